// An HttpFetcher whose answers a test gives by hand.
#pragma once

#include <deque>
#include <utility>

#include "hub/net/http_fetcher.h"

namespace parley::hub::testing {

class FakeFetcher final : public HttpFetcher {
 public:
  void fetch(OutgoingRequest request, Completion<Result<OutgoingReply>> done) override {
    ++fetches;
    open.emplace_back(std::move(request), std::move(done));
  }
  // Answers the oldest open request.
  void answer(Result<OutgoingReply> reply) {
    auto done = std::move(open.front().second);
    open.pop_front();
    done(std::move(reply));
  }
  void answer(int status, std::string body = {}) {
    answer(OutgoingReply{.status = status, .body = std::move(body)});
  }
  void fail_with(ErrorCode code, std::string detail = "no connection") {
    answer(parley::fail(code, std::move(detail)));
  }

  int fetches = 0;
  std::deque<std::pair<OutgoingRequest, Completion<Result<OutgoingReply>>>> open;
};

}  // namespace parley::hub::testing
