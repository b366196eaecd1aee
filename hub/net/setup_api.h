// The set-up endpoints of proto/setup.proto, and the hub's own keys, without sockets: a method, a
// path and a JSON body go in, a status and a JSON body come out.
//
// Errors travel as SetupFailure with the status of the catalogue. One thread (the
// engine's); each completion comes exactly once.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/net/engine_loop.h"

namespace parley::hub {

struct Answer {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  // For the header Retry-After; 0: none.
  std::int64_t retry_after_ms = 0;
  std::string cache_control = "no-store";
  std::vector<std::pair<std::string, std::string>> headers = {};
  // Sent instead of `body`, without a copy for each reader.
  std::shared_ptr<const std::string> file = nullptr;
};

// The answer that reports an error.
Answer failure_answer(const Error& error);

class SetupApi {
 public:
  explicit SetupApi(EngineLoop& loop) : loop_(loop) {}

  // What /v1/jwks answers from now on.
  void publish_keys(std::string key_set) { key_set_ = std::move(key_set); }

  // `body` is wiped when it has been read: it may hold a password.
  void handle(std::string_view method, std::string_view path, std::string body,
              AddressBucket origin, Completion<Answer> done);

 private:
  EngineLoop& loop_;
  std::string key_set_;
};

}  // namespace parley::hub
