// Who gets a message again, how often and for how long; and what is kept of a message.
#include <gtest/gtest.h>

#include "client/engine/record_keys.h"
#include "lib/content/uri.h"
#include "lib/franking/franking.h"
#include "lib/wire/wire.h"
#include "proto/client_records.h"
#include "proto/e2e.h"
#include "tests/sim/chat.h"

namespace parley::sim {
namespace {

namespace channel = wire::channel;
using Texts = std::vector<std::string>;

class Retry : public ::testing::Test {
 protected:
  Retry() {
    world.tamper = [this](const SimDevice& device, channel::ServerBatch& batch) {
      if (&device == &bob) watch(batch);
      if (&device == &alice && injected_) inject(batch);
    };
    say(world, bob, "alice", "hello");
    say(world, alice, "bob", "the message");
    send_id_ = last_send_id_;
    deliveries_ = 0;
  }

  // Alice is made to believe that the account's device asks for the message again.
  void ask_as(const Bytes& account_id, std::uint32_t device_id) {
    wire::e2e::RetryRequest request;
    request.send_id = send_id_;
    request.attempt = 1;
    channel::Deliver deliver;
    deliver.accepted_at_us = world.now().ms * 1000 + ++asked_;
    deliver.sender_account_id = account_id;
    deliver.sender_device_id = device_id;
    deliver.conversation_id = Bytes(32, 1);
    deliver.type = channel::CiphertextType::retry_request;
    deliver.ciphertext = wire::encode(request);
    deliver.send_id = to_bytes(world.random().array<16>());
    injected_ = std::move(deliver);
    // Anything that makes the hub say something to alice.
    world.run(alice, api::SetProfile{"alice"});
    world.run_for(seconds(30));
    EXPECT_FALSE(injected_);
  }
  void ask_as(SimDevice& device) {
    const auto who = status(world, device);
    ask_as(who.account_id, who.device_id);
  }

  World world{37};
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");
  // Content that came to bob since the message.
  std::size_t deliveries_ = 0;

 private:
  void watch(const channel::ServerBatch& batch) {
    for (const auto& frame : batch.frames) {
      const auto* deliver = std::get_if<channel::Deliver>(&frame.body);
      if (!deliver || deliver->franking_tag.empty()) continue;
      ++deliveries_;
      last_send_id_ = deliver->send_id;
    }
  }
  void inject(channel::ServerBatch& batch) {
    channel::ServerFrame frame;
    frame.body = *std::exchange(injected_, {});
    batch.frames.push_back(std::move(frame));
  }

  Bytes last_send_id_;
  Bytes send_id_;
  std::int64_t asked_ = 0;
  std::optional<channel::Deliver> injected_;
};

TEST_F(Retry, AnOriginalTargetGetsItAgainAndShowsItOnce) {
  ask_as(bob);
  EXPECT_EQ(deliveries_, 1u);
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"hello", "the message"}));
  say(world, alice, "bob", "next");
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"hello", "the message", "next"}));
}

TEST_F(Retry, AtMostThreeTimes) {
  for (int i = 0; i < 6; ++i) ask_as(bob);
  EXPECT_EQ(deliveries_, 3u);
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"hello", "the message"}));
}

TEST_F(Retry, ADeviceThatWasNoTargetGetsNothing) {
  SimDevice& carol = world.add_person("carol");
  say(world, carol, "alice", "hello");
  SimDevice& tablet = world.link_device(bob, "tablet");
  ask_as(carol);
  ask_as(tablet);
  EXPECT_EQ(deliveries_, 0u);
  EXPECT_TRUE(texts(world, carol, "alice") == Texts{"hello"});
  EXPECT_TRUE(texts(world, tablet, "alice").empty());
}

TEST_F(Retry, NothingAfterTheIdentityChanged) {
  SimDevice& fresh = world.add_device("fresh");
  world.run(fresh, api::LogIn{.handle = "bob",
                              .password = "correct horse",
                              .device_name = "fresh",
                              .recovery_key = "",
                              .reset_identity = true});
  say(world, fresh, "alice", "new phone");
  const auto who = status(world, fresh);
  ask_as(who.account_id, 1);
  ask_as(who.account_id, who.device_id);
  EXPECT_EQ(texts(world, fresh, "alice"), Texts{"new phone"});
}

TEST_F(Retry, NothingAfterThirtyDays) {
  for (auto* device : {&alice, &bob}) world.set_online(*device, false);
  world.run_for(days(31));
  for (auto* device : {&alice, &bob}) world.set_online(*device, true);
  world.settle();
  ask_as(bob);
  EXPECT_EQ(deliveries_, 0u);
}

TEST_F(Retry, WhatAReportNeedsIsKept) {
  namespace records = wire::client_records;
  api::ScanRecords all;
  all.limit = 100;
  api::Query query;
  query.kind = static_cast<std::uint32_t>(client::RecordKind::message);
  query.what = all;
  std::size_t checked = 0;
  for (const auto& record : bob.disk.answer(query).records) {
    const auto message = wire::decode<records::Message>(record.value.view());
    ASSERT_TRUE(message.has_value());
    if (message->text != "the message") continue;
    ++checked;
    const auto hub = HubId::from(status(world, bob).hub_id);
    const auto writer = AccountId::from(status(world, alice).account_id);
    const auto reader = AccountId::from(status(world, bob).account_id);
    ASSERT_TRUE(hub && writer && reader);
    EXPECT_TRUE(franking::verify_tag(
        message->franking_tag, message->franking_key,
        {content::sender_uri(*hub, *writer), content::sender_uri(*hub, *reader),
         content::conversation_id(*writer, *reader), message->mimi_content}));
    EXPECT_EQ(message->stamp.size(), 32u);
  }
  EXPECT_EQ(checked, 1u);
}

TEST(Devices, MessagesOfAConversationKeepTheirOrderThroughAMismatch) {
  World world(41);
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");
  say(world, alice, "bob", "0");
  say(world, bob, "alice", "0");
  // Alice does not know of the tablet: her next sends are refused.
  SimDevice& tablet = world.link_device(bob, "tablet");
  Texts expected;
  for (int i = 1; i <= 20; ++i) {
    expected.push_back(std::to_string(i));
    world.submit(alice, text_to("bob", expected.back()));
  }
  world.settle();
  EXPECT_EQ(texts(world, tablet, "alice"), expected);
  expected.insert(expected.begin(), {"0", "0"});
  EXPECT_EQ(texts(world, bob, "alice"), expected);
  EXPECT_EQ(texts(world, alice, "bob"), expected);
}

}  // namespace
}  // namespace parley::sim
