// Which browsers are told that something waits, and when that ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/engine/world_for_tests.h"

namespace parley::hub::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kEndpoint = "https://push.example/1";

EngineConfig with_pushes() {
  EngineConfig config;
  config.push_key = Bytes(65, 4);
  return config;
}

class SubscriptionsTest : public ::testing::Test {
 protected:
  SubscriptionsTest() { world.acquaint(*alice, *bob); }

  Status set(const Client& client, const std::string& endpoint) {
    return set(client.token().clone(), endpoint);
  }
  Status set(SecretBuffer token, const std::string& endpoint) {
    ws::SetPush request;
    request.session_token = std::move(token);
    request.endpoint = endpoint;
    std::optional<Status> result;
    world.engine->set_push(std::move(request), AddressBucket{7}, world.now,
                           [&](Status status) { result = std::move(status); });
    world.run();
    EXPECT_TRUE(result);
    return result ? *result : Status();
  }
  ErrorCode problem(const Status& status) {
    return status ? ErrorCode::unspecified : status.error().code;
  }
  void write_to_alice() {
    bob->ask(world.make_send(*bob, {alice.get()}, "x"));
    world.run();
  }

  World world{with_pushes()};
  Person alices;
  std::unique_ptr<Client> alice = world.sign_up("alice", &alices);
  std::unique_ptr<Client> bob = world.sign_up("bob");
};

TEST_F(SubscriptionsTest, a_browser_is_told_once_it_is_closed) {
  ASSERT_TRUE(set(*alice, kEndpoint));
  write_to_alice();
  EXPECT_THAT(world.pushes.told, IsEmpty()) << "she is connected";
  alice->disconnect();
  write_to_alice();
  EXPECT_THAT(world.pushes.told, ElementsAre("1 https://push.example/1"));
  write_to_alice();
  EXPECT_EQ(world.pushes.told.size(), 1u) << "one in 30 seconds";
  world.pass(seconds(31));
  EXPECT_EQ(world.pushes.told.size(), 2u) << "and one for what came since";
}

TEST_F(SubscriptionsTest, only_the_device_for_which_something_waits_is_told) {
  const auto second = world.add_device(alices);
  ASSERT_TRUE(set(*alice, kEndpoint));
  ASSERT_TRUE(set(*second, "https://push.example/2"));
  alice->disconnect();
  bob->ask(world.make_send(*bob, {alice.get(), second.get()}, "x"));
  world.run();
  EXPECT_THAT(world.pushes.told, ElementsAre("1 https://push.example/1"));
}

TEST_F(SubscriptionsTest, nobody_is_told_who_did_not_ask_or_does_not_want_any_more) {
  alice->disconnect();
  write_to_alice();
  EXPECT_THAT(world.pushes.told, IsEmpty());
  ASSERT_TRUE(set(*alice, kEndpoint));
  ASSERT_TRUE(set(*alice, ""));
  world.pass(minutes(1));
  write_to_alice();
  EXPECT_THAT(world.pushes.told, IsEmpty());
}

TEST_F(SubscriptionsTest, the_newest_endpoint_counts_and_outlives_the_hub) {
  ASSERT_TRUE(set(*alice, "https://push.example/old"));
  ASSERT_TRUE(set(*alice, kEndpoint));
  world.crash();
  world.start();
  bob->connect();
  write_to_alice();
  EXPECT_THAT(world.pushes.told, ElementsAre("1 https://push.example/1"));
}

TEST_F(SubscriptionsTest, what_the_push_service_forgot_is_forgotten_but_not_what_came_since) {
  ASSERT_TRUE(set(*alice, "https://push.example/old"));
  ASSERT_TRUE(set(*alice, kEndpoint));
  world.engine->push_endpoint_gone(alice->address(), "https://push.example/old", world.now);
  world.run();
  alice->disconnect();
  write_to_alice();
  EXPECT_EQ(world.pushes.told.size(), 1u);
  world.engine->push_endpoint_gone(alice->address(), kEndpoint, world.now);
  world.run();
  world.pass(minutes(1));
  write_to_alice();
  EXPECT_EQ(world.pushes.told.size(), 1u);
}

TEST_F(SubscriptionsTest, it_goes_with_the_device) {
  const auto second = world.add_device(alices);
  ASSERT_TRUE(set(*second, kEndpoint));
  alice->ask(wc::RemoveDevice{second->address().device.value});
  EXPECT_EQ(problem(set(*second, kEndpoint)), ErrorCode::not_authenticated);
  const auto third = world.add_device(alices);
  ASSERT_EQ(third->address(), second->address()) << "the same number again";
  third->disconnect();
  bob->ask(world.make_send(*bob, {alice.get(), third.get()}, "x"));
  EXPECT_THAT(world.pushes.told, IsEmpty());
}

TEST_F(SubscriptionsTest, only_a_session_and_only_an_address_with_tls_will_do) {
  EXPECT_EQ(problem(set(SecretBuffer(32), kEndpoint)), ErrorCode::not_authenticated);
  EXPECT_EQ(problem(set(SecretBuffer(), kEndpoint)), ErrorCode::not_authenticated);
  for (const char* endpoint : {"http://push.example/", "push.example", "https://a\nb",
                               "https://a b", "javascript:x", "https://\xc3\xa4.example/"}) {
    EXPECT_EQ(problem(set(*alice, endpoint)), ErrorCode::invalid_argument) << endpoint;
  }
}

TEST_F(SubscriptionsTest, changes_are_bounded) {
  ErrorCode last = ErrorCode::unspecified;
  for (int i = 0; i < 1'000 && last == ErrorCode::unspecified; ++i) {
    last = problem(set(*alice, kEndpoint));
  }
  EXPECT_EQ(last, ErrorCode::rate_limited);
}

TEST(Subscriptions, a_hub_without_a_key_sends_none_and_says_so) {
  World world;
  EXPECT_TRUE(world.engine->hub_info().push_key.empty());
  const auto alice = world.sign_up("alice");
  ws::SetPush request;
  request.session_token = alice->token().clone();
  request.endpoint = kEndpoint;
  ErrorCode code = ErrorCode::unspecified;
  world.engine->set_push(std::move(request), AddressBucket{7}, world.now,
                         [&](const Status& status) { code = status.error().code; });
  EXPECT_EQ(code, ErrorCode::not_found);
}

}  // namespace
}  // namespace parley::hub::testing
