// The web app's files, as the hub serves them at `/`: read into memory once, so that a request
// is a look-up among known names and never becomes a path of the file system.
//
// A folder holds index.html and what it loads. Names under `assets/` carry a hash of their
// content and are cached for good; the others are asked for again each time, by their ETag.
// A file `X.br` or `X.gz` is the compressed form of `X` and has no address of its own.
//
// The content policy is this file's, not the folder's: the folder adds the hashes of
// index.html's own inline scripts and nothing else.
//
// One thread. Errors of load(): bad_config, naming what is wrong with the folder.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "hub/net/setup_api.h"
#include "lib/base/result.h"

namespace parley::hub {

class WebFiles {
 public:
  static constexpr std::size_t kMaxFiles = 1'000;
  static constexpr std::size_t kMaxBytes = 32 * 1024 * 1024;

  // The app's, or the operator's page, which lies in the folder `admin` of the app's and is
  // served at /admin. Neither serves the other's.
  enum class Part : std::uint8_t { app, admin };
  static Result<WebFiles> load(const std::filesystem::path& folder, Part part = Part::app);

  struct Request {
    std::string_view path;  // without a query
    std::string_view accept_encoding;
    std::string_view if_none_match;
  };
  // Nothing: there is no such file.
  std::optional<Answer> answer(const Request& request) const;

  std::size_t size() const { return files_.size(); }

 private:
  using Content = std::shared_ptr<const std::string>;
  struct File {
    Content plain, brotli, gzip;
    std::string etag, type;
    bool immutable = false;
  };
  // `path` below `root`.
  void add(const std::string& root, std::string path, Content content);

  std::map<std::string, File, std::less<>> files_;
  std::string policy_;        // Content-Security-Policy of pages
  std::string_view devices_;  // in their Permissions-Policy
};

}  // namespace parley::hub
