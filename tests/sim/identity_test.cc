// Safety numbers, changed identities, lost sessions and refused messages.
#include <gtest/gtest.h>

#include "client/engine/record_keys.h"
#include "tests/sim/chat.h"

namespace parley::sim {
namespace {

using Texts = std::vector<std::string>;

class Identity : public ::testing::Test {
 protected:
  // Alice loses everything and resets her identity.
  SimDevice& reset_alice() {
    SimDevice& fresh = world.add_device("fresh");
    const auto outcome = world.run(fresh, api::LogIn{.handle = "alice",
                                                     .password = "correct horse",
                                                     .device_name = "fresh",
                                                     .recovery_key = "",
                                                     .reset_identity = true});
    EXPECT_TRUE(outcome.done) << to_string(outcome.error);
    return fresh;
  }
  void lose_sessions(SimDevice& device) {
    world.restart(device);
    device.crash();
    device.disk.lose(static_cast<std::uint32_t>(client::RecordKind::session));
    device.start(world.now());
    world.settle();
  }

  World world{13};
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");
};

TEST_F(Identity, BothSeeTheSameSafetyNumber) {
  const auto ours = contact(world, alice, "bob");
  const auto theirs = contact(world, bob, "alice");
  EXPECT_EQ(ours.safety_number.size(), 60u);
  EXPECT_EQ(ours.safety_number, theirs.safety_number);
  EXPECT_FALSE(ours.scannable.empty());
  EXPECT_NE(ours.scannable, theirs.scannable) << "each names itself first";
}

TEST_F(Identity, ALinkedDeviceDoesNotChangeTheSafetyNumber) {
  const auto before = contact(world, bob, "alice").safety_number;
  SimDevice& tablet = world.link_device(alice, "tablet");
  say(world, tablet, "bob", "hello");
  EXPECT_EQ(contact(world, bob, "alice").safety_number, before);
  EXPECT_EQ(contact(world, tablet, "bob").safety_number, before);
}

TEST_F(Identity, AResetRaisesANoticeBeforeTheFirstMessage) {
  say(world, alice, "bob", "hello");
  SimDevice& fresh = reset_alice();
  say(world, fresh, "bob", "new phone");
  const auto seen = history(world, bob, "alice");
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[1].notice, api::NoticeKind::identity_changed);
  EXPECT_EQ(seen[2].text, "new phone");
  EXPECT_EQ(notices(bob, api::NoticeKind::identity_changed), 1u);
}

TEST_F(Identity, AnUnverifiedContactIsWrittenToAfterAReset) {
  say(world, alice, "bob", "hello");
  SimDevice& fresh = reset_alice();
  EXPECT_TRUE(say(world, bob, "alice", "who is there?").done);
  EXPECT_EQ(texts(world, fresh, "bob"), Texts{"who is there?"});
  EXPECT_EQ(notices(bob, api::NoticeKind::identity_changed), 1u);
}

TEST_F(Identity, SendingToAVerifiedContactWaitsForADecision) {
  say(world, alice, "bob", "hello");
  world.run(bob, api::SetVerified{.who = peer("alice"), .verified = true});
  SimDevice& fresh = reset_alice();
  say(world, fresh, "bob", "new phone");
  EXPECT_TRUE(contact(world, bob, "alice").identity_change_pending);
  EXPECT_FALSE(contact(world, bob, "alice").verified);

  auto send = text_to("alice", "secret");
  send.wait = true;
  EXPECT_EQ(world.run(bob, send).error, ErrorCode::identity_changed);
  EXPECT_TRUE(texts(world, fresh, "bob").size() == 1u) << "nothing reached the new key";

  EXPECT_TRUE(world.run(bob, api::AcceptIdentity{peer("alice")}).done);
  EXPECT_TRUE(world.run(bob, text_to("alice", "hello again")).done);
  const auto seen = texts(world, fresh, "bob");
  EXPECT_EQ(seen.back(), "hello again");
  EXPECT_FALSE(contact(world, bob, "alice").identity_change_pending);
}

TEST_F(Identity, VerifyingTheNewKeyLetsMessagesPassToo) {
  say(world, alice, "bob", "hello");
  world.run(bob, api::SetVerified{.who = peer("alice"), .verified = true});
  SimDevice& fresh = reset_alice();
  say(world, fresh, "bob", "new phone");
  EXPECT_TRUE(world.run(bob, api::SetVerified{.who = peer("alice"), .verified = true}).done);
  EXPECT_TRUE(contact(world, bob, "alice").verified);
  EXPECT_TRUE(say(world, bob, "alice", "good").done);
  EXPECT_EQ(texts(world, fresh, "bob").back(), "good");
}

class TwoDevices : public Identity {
 protected:
  TwoDevices() {
    say(world, alice, "bob", "hello");
    world.run(bob, api::SetVerified{.who = peer("alice"), .verified = true});
    // Whatever alice writes from now on reaches bob's phone alone.
    world.tamper = [this, from = status(world, alice).account_id](
                       const SimDevice& device, wire::channel::ServerBatch& batch) {
      if (&device != &tablet) return;
      std::erase_if(batch.frames, [&](const auto& frame) {
        const auto* deliver = std::get_if<wire::channel::Deliver>(&frame.body);
        return deliver && deliver->sender_account_id == from;
      });
    };
    fresh = &reset_alice();
    say(world, *fresh, "bob", "new phone");
    EXPECT_TRUE(contact(world, bob, "alice").identity_change_pending);
    EXPECT_TRUE(contact(world, tablet, "alice").verified) << "it has not heard of it";
  }

  SimDevice& tablet = world.link_device(bob, "tablet");
  SimDevice* fresh = nullptr;
};

TEST_F(TwoDevices, ADecisionAboutThePersonIsNoneAboutTheirKey) {
  for (const bool blocked : {true, false}) {
    EXPECT_TRUE(world.run(tablet, api::SetBlocked{peer("alice"), blocked}).done);
  }
  EXPECT_TRUE(world.run(tablet, api::Accept{peer("alice")}).done);
  EXPECT_TRUE(contact(world, bob, "alice").identity_change_pending);
  EXPECT_EQ(say(world, bob, "alice", "secret").error, ErrorCode::identity_changed);
  world.run_for(minutes(5));
  EXPECT_EQ(texts(world, *fresh, "bob"), Texts{"new phone"});
}

TEST_F(TwoDevices, WhatOneOfThemComparedTheOtherLearns) {
  EXPECT_TRUE(world.run(bob, api::SetVerified{.who = peer("alice"), .verified = true}).done);
  EXPECT_TRUE(contact(world, tablet, "alice").verified) << "it asked the hub for the new key";
  EXPECT_TRUE(say(world, tablet, "alice", "good").done);
  EXPECT_EQ(texts(world, *fresh, "bob").back(), "good");
}

TEST_F(TwoDevices, WhatOneOfThemAgreedToHoldsForBoth) {
  EXPECT_TRUE(world.run(bob, api::AcceptIdentity{peer("alice")}).done);
  EXPECT_TRUE(say(world, bob, "alice", "good").done);
  EXPECT_FALSE(contact(world, tablet, "alice").verified);
  EXPECT_TRUE(say(world, tablet, "alice", "as well").done);
  EXPECT_EQ(texts(world, *fresh, "bob"), (Texts{"new phone", "good", "as well"}));
}

TEST_F(Identity, ADeviceThatJoinsDoesNotWriteToAnotherKeyThanTheVerifiedOne) {
  say(world, alice, "bob", "hello");
  world.run(bob, api::SetVerified{.who = peer("alice"), .verified = true});
  world.set_online(bob, false);
  SimDevice& fresh = reset_alice();
  world.set_online(bob, true);
  SimDevice& tablet = world.link_device(bob, "tablet");
  world.run_for(minutes(2));
  auto send = text_to("alice", "secret");
  send.wait = true;
  EXPECT_EQ(world.run(tablet, send).error, ErrorCode::identity_changed);
  EXPECT_TRUE(texts(world, fresh, "bob").empty());
}

TEST_F(Identity, ALostSessionIsRepairedByAskingAgain) {
  say(world, alice, "bob", "one");
  say(world, bob, "alice", "two");
  lose_sessions(bob);
  say(world, alice, "bob", "three");
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"one", "two", "three"}));
  say(world, bob, "alice", "four");
  say(world, alice, "bob", "five");
  const Texts all{"one", "two", "three", "four", "five"};
  EXPECT_EQ(texts(world, bob, "alice"), all);
  EXPECT_EQ(texts(world, alice, "bob"), all);
  EXPECT_EQ(notices(bob, api::NoticeKind::message_lost), 0u);
}

TEST_F(Identity, SeveralMessagesToALostSessionAreAllRepaired) {
  say(world, alice, "bob", "one");
  say(world, bob, "alice", "two");
  world.set_online(bob, false);
  world.settle();
  for (int i = 0; i < 10; ++i) say(world, alice, "bob", "m" + std::to_string(i));
  bob.crash();
  bob.disk.lose(static_cast<std::uint32_t>(client::RecordKind::session));
  bob.start(world.now());
  world.set_online(bob, true);
  world.settle();
  world.run_for(minutes(10));
  auto seen = texts(world, bob, "alice");
  EXPECT_EQ(seen.size(), 12u);
  EXPECT_EQ(notices(bob, api::NoticeKind::message_lost), 0u);
}

TEST_F(Identity, BothMayLoseTheirSessions) {
  say(world, alice, "bob", "one");
  say(world, bob, "alice", "two");
  lose_sessions(alice);
  lose_sessions(bob);
  say(world, alice, "bob", "three");
  say(world, bob, "alice", "four");
  const Texts all{"one", "two", "three", "four"};
  EXPECT_EQ(texts(world, bob, "alice"), all);
  EXPECT_EQ(texts(world, alice, "bob"), all);
}

TEST_F(Identity, BothMayStartAtTheSameTime) {
  world.submit(alice, text_to("bob", "from alice"));
  world.submit(bob, text_to("alice", "from bob"));
  world.settle();
  for (int i = 0; i < 4; ++i) {
    say(world, alice, "bob", "a" + std::to_string(i));
    say(world, bob, "alice", "b" + std::to_string(i));
  }
  EXPECT_EQ(texts(world, alice, "bob").size(), 10u);
  EXPECT_EQ(texts(world, alice, "bob"), texts(world, bob, "alice"));
}

}  // namespace
}  // namespace parley::sim
