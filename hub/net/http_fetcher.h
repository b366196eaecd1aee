// Asking somebody else's server over HTTP, as a port, so that what uses it can be tested
// without sockets. Every completion comes exactly once, on the engine's thread, never before
// fetch() returned.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hub/engine/types.h"
#include "lib/base/result.h"
#include "lib/base/time.h"

namespace parley::hub {

struct OutgoingRequest {
  std::string method = "GET";
  std::string url = {};
  std::string body = {};           // sent as JSON
  std::string authorization = {};  // empty: none
  std::vector<std::pair<std::string, std::string>> headers = {};
  // An answer's body may have so many bytes.
  std::size_t most_bytes = 64 * 1024;
  // Whether the operator allows private addresses, and http, for this service.
  bool private_addresses = false;
};

struct OutgoingReply {
  int status = 0;
  std::string body = {};
  // What the server says about itself; absent or not understood: nothing.
  std::optional<Duration> max_age = {};
  std::optional<Duration> retry_after = {};
};

class HttpFetcher {
 public:
  virtual ~HttpFetcher() = default;
  // Any status is a reply; redirects are not followed. ErrorCode::provider_unreachable with
  // what happened, bad_config for the URL, overloaded where too much waits already.
  virtual void fetch(OutgoingRequest request, Completion<Result<OutgoingReply>> done) = 0;
};

}  // namespace parley::hub
