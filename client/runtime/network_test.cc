// The parts of the network code that decide and need no network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/runtime/backoff.h"
#include "client/runtime/hub_address.h"
#include "client/runtime/setup_mapping.h"
#include "lib/json/setup_json.h"

namespace parley::client {
namespace {

namespace api = wire::client;
namespace setup = wire::setup;

// Counts on from a byte: below() refuses some values and asks again.
class CountingRandom final : public RandomSource {
 public:
  explicit CountingRandom(std::uint8_t value) : value_(value) {}
  void fill(MutableByteView out) override {
    std::fill(out.begin(), out.end(), value_);
    ++value_;
  }

 private:
  std::uint8_t value_;
};

std::string parsed(std::string_view text) {
  auto address = HubAddress::parse(text);
  return address ? address->text() : "refused: " + address.error().detail;
}

TEST(BackoffTest, doubles_up_to_the_longest_and_stays_there) {
  const std::pair<std::uint32_t, std::int64_t> longest[] = {
      {0, 500}, {1, 500}, {2, 1'000}, {4, 4'000}, {7, 30'000}, {4'000'000'000u, 30'000}};
  for (const auto& [failures, most] : longest) {
    CountingRandom random(0);
    std::int64_t shortest_seen = most, longest_seen = 0;
    for (int draw = 0; draw < 200; ++draw) {
      const auto wait = backoff(failures, random).ms;
      shortest_seen = std::min(shortest_seen, wait);
      longest_seen = std::max(longest_seen, wait);
    }
    EXPECT_GE(shortest_seen, most / 2) << failures;
    EXPECT_LE(shortest_seen, most * 6 / 10) << failures;
    EXPECT_LE(longest_seen, most) << failures;
    EXPECT_GE(longest_seen, most * 9 / 10) << failures;
  }
}

TEST(BackoffTest, differs_between_clients) {
  CountingRandom one(1), other(200);
  EXPECT_NE(backoff(6, one), backoff(6, other));
}

TEST(HubAddressTest, this_machine_is_plain_and_others_need_tls) {
  EXPECT_EQ(parsed("127.0.0.1"), "http://127.0.0.1:8420");
  EXPECT_EQ(parsed("127.0.0.1:9000"), "http://127.0.0.1:9000");
  EXPECT_EQ(parsed("localhost:9000/"), "http://localhost:9000");
  EXPECT_EQ(parsed("[::1]:9000"), "http://[::1]:9000");
  EXPECT_EQ(parsed("https://127.0.0.1:9000"), "https://127.0.0.1:9000");
  EXPECT_EQ(parsed("Chat.Example.ORG"), "https://chat.example.org:443");
  EXPECT_EQ(parsed("wss://chat.example.org:8443"), "https://chat.example.org:8443");
  EXPECT_EQ(parsed("http://chat.example.org"), "refused: a hub on another machine needs https://");
  // A name that only starts like an address of this machine.
  EXPECT_EQ(parsed("http://127.evil.example"), "refused: a hub on another machine needs https://");
}

TEST(HubAddressTest, refuses_what_is_no_address) {
  for (const char* text : {"", ":8420", "http://", "a b", "host:0", "host:65536", "host:x", "[::1",
                           "host/path", "user@host", "ftp://host", "[::1]8420", "host:80:90"}) {
    EXPECT_THAT(parsed(text), testing::StartsWith("refused")) << text;
  }
}

TEST(HubAddressTest, each_hub_has_a_folder_of_its_own) {
  EXPECT_EQ(HubAddress::parse("127.0.0.1:8420")->folder_name(), "127.0.0.1_8420");
  EXPECT_EQ(HubAddress::parse("localhost:8420")->folder_name(), "127.0.0.1_8420");
  EXPECT_EQ(HubAddress::parse("chat.example.org")->folder_name(), "chat.example.org_443");
}

template <typename Body>
api::SetupRequest request_with(Body body) {
  api::SetupRequest request;
  request.id = 7;
  request.body = std::move(body);
  return request;
}

TEST(SetupMappingTest, each_request_goes_to_its_endpoint) {
  EXPECT_EQ(http_request_of(request_with(setup::SignUp{}))->path, "/v1/accounts");
  EXPECT_EQ(http_request_of(request_with(setup::LogIn{}))->path, "/v1/logins");
  EXPECT_EQ(http_request_of(request_with(setup::AddDevice{}))->path, "/v1/devices");
  EXPECT_EQ(http_request_of(request_with(setup::FetchRecovery{}))->path, "/v1/recovery");
  EXPECT_EQ(http_request_of(request_with(setup::OpenLink{}))->path, "/v1/links");
  EXPECT_EQ(http_request_of(request_with(setup::PollLink{}))->path, "/v1/links/poll");
  EXPECT_EQ(http_request_of(request_with(setup::ChangePassword{}))->path, "/v1/accounts/password");
  EXPECT_EQ(http_request_of(request_with(setup::DeleteAccount{}))->path, "/v1/accounts/delete");
}

TEST(SetupMappingTest, an_answer_is_read_by_what_was_asked) {
  setup::LinkResult result;
  result.ready = true;
  result.envelope = {1, 2, 3};
  const auto body = json::to_json(result);
  const auto reply = setup_reply_of(request_with(setup::PollLink{}), 200, *body);
  EXPECT_EQ(reply.id, 7u);
  EXPECT_EQ(reply.error, ErrorCode::unspecified);
  EXPECT_EQ(std::get<setup::LinkResult>(reply.body).envelope, result.envelope);
  const auto empty = setup_reply_of(request_with(setup::DeleteAccount{}), 200, "{}");
  EXPECT_EQ(empty.error, ErrorCode::unspecified);
}

TEST(SetupMappingTest, a_refusal_keeps_the_hubs_code_and_waiting_time) {
  setup::SetupFailure failure;
  failure.code = ErrorCode::rate_limited;
  failure.retry_after_ms = 1500;
  const auto reply = setup_reply_of(request_with(setup::LogIn{}), 429, *json::to_json(failure));
  EXPECT_EQ(reply.error, ErrorCode::rate_limited);
  EXPECT_EQ(reply.retry_after_ms, 1500);
}

TEST(SetupMappingTest, what_is_no_hub_is_called_that) {
  for (const auto& [status, body] : std::initializer_list<std::pair<int, const char*>>{
           {404, "<html>"}, {200, "hello"}, {200, "[]"}, {302, ""}, {400, "{}"}}) {
    const auto reply = setup_reply_of(request_with(setup::LogIn{}), status, body);
    EXPECT_EQ(reply.error, ErrorCode::hub_unreachable) << status << body;
    EXPECT_THAT(reply.detail, testing::HasSubstr("not a Parley hub"));
  }
}

}  // namespace
}  // namespace parley::client
