#include "hub/net/web_files.h"

#include <fstream>
#include <iterator>

#include "lib/base/encoding.h"
#include "lib/crypto/hash.h"

namespace parley::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndex = "index.html";
constexpr std::string_view kHashedNames = "/assets/";
constexpr std::string_view kAdminFolder = "admin";

// What an address ending so holds. Nothing else is served.
constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".wasm", "application/wasm"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
};

// Everything comes from the hub itself. WebAssembly needs its own permission; blob: is how
// the page shows a file that was decrypted here. No form is ever sent by the browser itself. Text
// becomes markup or code only through the two policies named: the app's and its framework's.
constexpr std::string_view kPolicyBeforeHashes =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "connect-src 'self'; font-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "manifest-src 'self'; style-src 'self'; worker-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types parley svelte-trusted-html; "
    "script-src 'self' 'wasm-unsafe-eval'";

// The operator's page needs less: no WebAssembly, no workers, no files of anybody.
constexpr std::string_view kAdminPolicyBeforeHashes =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "connect-src 'self'; img-src 'self'; style-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types svelte-trusted-html; script-src 'self'";

constexpr std::string_view kAppDevices = "camera=(self), microphone=(self)";
constexpr std::string_view kNoDevices = "camera=(), microphone=()";

std::string_view type_of(std::string_view path) {
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return {};
}

std::optional<std::string> content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string content((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in) return {};
  return content;
}

// The scripts inside a page, by the hashes that a browser compares (CSP level 3, 2.3.1).
std::string script_hashes(std::string_view page) {
  constexpr std::string_view kBegin = "<script>";
  constexpr std::string_view kEnd = "</script>";
  std::string hashes;
  for (std::size_t at = page.find(kBegin); at != page.npos; at = page.find(kBegin, at)) {
    at += kBegin.size();
    const std::string_view script = page.substr(at, page.find(kEnd, at) - at);
    hashes += " 'sha256-" + base64_encode(crypto::sha256(as_bytes(script))) + "'";
  }
  return hashes;
}

// "gzip, br;q=0.5": whether a coding is named, and not with q=0.
bool accepts(std::string_view header, std::string_view coding) {
  while (!header.empty()) {
    const std::size_t comma = std::min(header.find(','), header.size());
    std::string_view one = header.substr(0, comma);
    header.remove_prefix(std::min(comma + 1, header.size()));
    one.remove_prefix(std::min(one.find_first_not_of(" \t"), one.size()));
    const std::size_t end = std::min(one.find_first_of("; \t"), one.size());
    if (one.substr(0, end) != coding) continue;
    const std::size_t weight = one.find("q=", end);
    return weight == one.npos || one.find_first_not_of("0.", weight + 2) != one.npos;
  }
  return false;
}

bool names_etag(std::string_view if_none_match, std::string_view etag) {
  return if_none_match == "*" || if_none_match.find(etag) != if_none_match.npos;
}

}  // namespace

Result<WebFiles> WebFiles::load(const fs::path& app_folder, Part part) {
  const bool admin = part == Part::admin;
  const fs::path folder = admin ? app_folder / kAdminFolder : app_folder;
  const std::string root = admin ? "/" + std::string(kAdminFolder) : "";
  const auto refuse = [&](const std::string& why) {
    return fail(ErrorCode::bad_config, "web.folder: " + folder.string() + ": " + why);
  };
  WebFiles web;
  std::size_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (!admin && at.depth() == 0 && at->path().filename() == kAdminFolder) {
      at.disable_recursion_pending();
      continue;
    }
    // Links are not followed: what is served lies in the folder.
    if (at->is_symlink() || !at->is_regular_file()) continue;
    auto content = content_of(at->path());
    if (!content) return refuse(at->path().filename().string() + " cannot be read");
    bytes += content->size();
    if (web.files_.size() >= kMaxFiles || bytes > kMaxBytes) {
      return refuse("holds more than a web app");
    }
    web.add(root, "/" + at->path().lexically_relative(folder).generic_string(),
            std::make_shared<const std::string>(*std::move(content)));
  }
  if (error) return refuse(error.message());
  std::erase_if(web.files_, [](const auto& one) { return !one.second.plain; });
  const auto index = web.files_.find(root + "/" + std::string(kIndex));
  if (index == web.files_.end()) return refuse("has no index.html");
  web.policy_ = std::string(admin ? kAdminPolicyBeforeHashes : kPolicyBeforeHashes) +
                script_hashes(*index->second.plain);
  web.devices_ = admin ? kNoDevices : kAppDevices;
  web.files_.emplace(root + "/", index->second);
  if (admin) web.files_.emplace(root, index->second);
  return web;
}

void WebFiles::add(const std::string& root, std::string path, Content content) {
  Content File::* form = &File::plain;
  if (path.ends_with(".br")) form = &File::brotli;
  if (path.ends_with(".gz")) form = &File::gzip;
  if (form != &File::plain) path.resize(path.size() - 3);
  const std::string_view type = type_of(path);
  if (type.empty()) return;
  File& file = files_[root + path];
  if (form == &File::plain) {
    file.etag =
        '"' + base64url_encode(ByteView(crypto::sha256(as_bytes(*content))).first(18)) + '"';
    file.type = type;
    file.immutable = path.starts_with(kHashedNames);
  }
  file.*form = std::move(content);
}

std::optional<Answer> WebFiles::answer(const Request& request) const {
  const auto found = files_.find(request.path);
  if (found == files_.end()) return {};
  const File& file = found->second;
  Answer answer;
  answer.content_type = file.type;
  answer.cache_control = file.immutable ? "public, max-age=31536000, immutable" : "no-cache";
  answer.headers = {{"ETag", file.etag},
                    {"Vary", "Accept-Encoding"},
                    {"Referrer-Policy", "no-referrer"},
                    {"Cross-Origin-Opener-Policy", "same-origin"},
                    {"Cross-Origin-Embedder-Policy", "require-corp"},
                    {"Cross-Origin-Resource-Policy", "same-origin"}};
  if (file.type.starts_with("text/html") || file.type.starts_with("text/javascript")) {
    // Scripts too: a worker takes its policy from the answer that brought it.
    answer.headers.emplace_back("Content-Security-Policy", policy_);
    answer.headers.emplace_back("X-Frame-Options", "DENY");
    answer.headers.emplace_back("Permissions-Policy",
                                std::string(devices_) +
                                    ", geolocation=(), payment=(), usb=(), midi=(), serial=(), "
                                    "hid=(), accelerometer=(), gyroscope=(), magnetometer=()");
  }
  if (names_etag(request.if_none_match, file.etag)) {
    answer.status = 304;
    return answer;
  }
  answer.file = file.plain;
  if (file.brotli && accepts(request.accept_encoding, "br")) {
    answer.file = file.brotli;
    answer.headers.emplace_back("Content-Encoding", "br");
  } else if (file.gzip && accepts(request.accept_encoding, "gzip")) {
    answer.file = file.gzip;
    answer.headers.emplace_back("Content-Encoding", "gzip");
  }
  return answer;
}

}  // namespace parley::hub
