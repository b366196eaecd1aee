// Which endpoint a set-up request goes to, and what its answer means; without any
// I/O. See proto/setup.proto.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "proto/client.h"

namespace parley::client {

struct HttpRequest {
  std::string_view path;
  std::string json;
};

// Fails only where a text is not UTF-8 (malformed).
Result<HttpRequest> http_request_of(const wire::client::SetupRequest& request);

// An answer of any status; never fails.
wire::client::SetupReply setup_reply_of(const wire::client::SetupRequest& request, int status,
                                        std::string_view body);

// What an answer without success says: the hub's own words, or what a stranger's mean.
Error http_error_of(int status, std::string_view body);

wire::client::SetupReply setup_failure(std::uint64_t id, const Error& error);

}  // namespace parley::client
