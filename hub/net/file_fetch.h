// A file of another service for a program that waits for it, piece by piece, by the rules of the
// media proxy: an address below the service's own, checked addresses and certificates, few
// redirects, bounded time.
//
//   FileFetch fetch({.authorization = ...});
//   PARLEY_TRY(length, fetch.open(url, base, false));
//   while (...) PARLEY_TRY(piece, fetch.read(most));   // empty: the end
//
// One thread, which waits. Errors: not_allowed (the address), not_found, too_large,
// provider_unreachable, each with what happened.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "hub/net/media_limits.h"
#include "hub/net/upstream.h"
#include "lib/base/bytes.h"

namespace parley::hub {

class FileFetch {
 public:
  struct Parts {
    // For each request another: "Bearer " and a token of the hub.
    std::function<Result<std::string>()> authorization;
    MediaLimits limits = {};
    NameLookup::System system = NameLookup::ask_system;
    // PEM; empty: the system's authorities.
    std::string authorities_file = {};
  };
  explicit FileFetch(Parts parts)
      : parts_(std::move(parts)), names_(io_, {.threads = 1}, parts_.system) {}

  // How long the file is.
  Result<std::uint64_t> open(const std::string& url, const std::string& base, bool private_too);
  Result<Bytes> read(std::size_t most);

 private:
  Result<Upstream::Head> ask(const Url& url, bool private_too);

  Parts parts_;
  IoContext io_{1};
  NameLookup names_;
  std::optional<TlsClient> tls_;
  std::shared_ptr<Upstream> upstream_;
};

}  // namespace parley::hub
