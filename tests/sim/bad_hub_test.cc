// A hub (or whoever holds it) that lies: what it changes is refused, noticed or without
// effect, and never ends a device's ability to go on.
#include <gtest/gtest.h>

#include "lib/crypto/curve25519.h"
#include "lib/wire/wire.h"
#include "tests/sim/chat.h"

namespace parley::sim {
namespace {

namespace channel = wire::channel;
using Texts = std::vector<std::string>;

class BadHub : public ::testing::Test {
 protected:
  // Changes every frame of a kind on its way to a device.
  template <typename Body, typename Change>
  void change(SimDevice& to, Change change) {
    world.tamper = [&to, change](const SimDevice& device, channel::ServerBatch& batch) {
      if (&device != &to) return;
      for (auto& frame : batch.frames) {
        if (auto* body = std::get_if<Body>(&frame.body)) change(*body);
      }
    };
  }

  World world{31};
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");
};

TEST_F(BadHub, AContentWithAForeignTagIsRefusedVisibly) {
  say(world, alice, "bob", "hello");
  change<channel::Deliver>(bob, [](channel::Deliver& deliver) {
    if (!deliver.franking_tag.empty()) deliver.franking_tag[0] ^= 1;
  });
  say(world, alice, "bob", "cannot be reported");
  world.tamper = nullptr;
  EXPECT_EQ(texts(world, bob, "alice"), Texts{"hello"});
  EXPECT_EQ(notices(bob, api::NoticeKind::message_refused), 1u);
  say(world, alice, "bob", "next");
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"hello", "next"}));
}

TEST_F(BadHub, AContentWithoutItsTagIsRefusedToo) {
  say(world, alice, "bob", "hello");
  change<channel::Deliver>(bob, [](channel::Deliver& deliver) { deliver.franking_tag.clear(); });
  say(world, alice, "bob", "cannot be reported");
  world.tamper = nullptr;
  EXPECT_EQ(texts(world, bob, "alice"), Texts{"hello"});
}

TEST_F(BadHub, AMessageIsNeverShownAsSomebodyElses) {
  SimDevice& carol = world.add_person("carol");
  say(world, alice, "bob", "hello from alice");
  say(world, carol, "bob", "hello from carol");
  const Bytes carol_id = status(world, carol).account_id;
  change<channel::Deliver>(
      bob, [&](channel::Deliver& deliver) { deliver.sender_account_id = carol_id; });
  say(world, alice, "bob", "I owe you 100 euros");
  world.tamper = nullptr;
  EXPECT_EQ(texts(world, bob, "carol"), Texts{"hello from carol"});
}

TEST_F(BadHub, AMessageThatIsDeliveredTwiceIsShownOnce) {
  world.tamper = [&](const SimDevice&, channel::ServerBatch& batch) {
    auto frames = batch.frames;
    for (const auto& frame : batch.frames) {
      if (std::holds_alternative<channel::Deliver>(frame.body)) frames.push_back(frame);
    }
    batch.frames = std::move(frames);
  };
  say(world, alice, "bob", "one");
  say(world, bob, "alice", "two");
  say(world, alice, "bob", "three");
  world.tamper = nullptr;
  EXPECT_EQ(texts(world, alice, "bob"), (Texts{"one", "two", "three"}));
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"one", "two", "three"}));
  EXPECT_EQ(shown<api::MessageAdded>(bob).size(), 3u);
}

TEST_F(BadHub, PrekeysThatTheKnownKeyDidNotSignGetNoCiphertext) {
  change<channel::PrekeyBundles>(alice, [](channel::PrekeyBundles& bundles) {
    for (auto& device : bundles.devices) device.signed_prekey->signature[5] ^= 1;
  });
  const auto said = say(world, alice, "bob", "secret");
  EXPECT_TRUE(said.done) << "it stands in the outbox or has failed";
  world.tamper = nullptr;
  EXPECT_TRUE(texts(world, bob, "alice").empty());
  const auto seen = history(world, alice, "bob");
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].state, api::MessageState::failed);
  EXPECT_EQ(seen[0].failure, ErrorCode::bad_signature);
}

TEST_F(BadHub, AVerifiedContactsMessagesAreNotEncryptedToAnotherKey) {
  say(world, alice, "bob", "hello");
  world.run(alice, api::SetVerified{.who = peer("bob"), .verified = true});
  // The hub hands out an identity key of its own and signs the prekeys with it.
  change<channel::PrekeyBundles>(alice, [this](channel::PrekeyBundles& bundles) {
    const auto key = crypto::KeyPair::generate(world.random());
    const auto sign = [&](const Bytes& prekey) {
      return to_bytes(crypto::sign(key.private_key, prekey, world.random()));
    };
    bundles.identity_key = to_bytes(key.public_key.serialize());
    for (auto& device : bundles.devices) {
      device.signed_prekey->signature = sign(device.signed_prekey->public_key);
      device.kyber_prekey->signature = sign(device.kyber_prekey->public_key);
    }
  });
  SimDevice& tablet = world.link_device(bob, "tablet");
  auto send = text_to("bob", "secret");
  send.wait = true;
  const auto outcome = world.run(alice, std::move(send));
  EXPECT_EQ(outcome.error, ErrorCode::identity_changed);
  EXPECT_TRUE(contact(world, alice, "bob").identity_change_pending);
  EXPECT_EQ(notices(alice, api::NoticeKind::identity_changed), 1u);
  EXPECT_TRUE(texts(world, tablet, "alice").empty());
}

TEST_F(BadHub, AFirstMessageUnderAKeyThatTheHubDoesNotNameIsRefused) {
  say(world, alice, "bob", "hello");
  const auto known = contact(world, bob, "alice").identity_key;
  // Somebody writes as alice under a key of their own, and the hub still names hers.
  change<channel::Account>(bob, [&](channel::Account& account) {
    if (account.handle == "alice") account.identity_key = known;
  });
  SimDevice& other = world.add_device("other");
  world.run(other, api::LogIn{.handle = "alice",
                              .password = "correct horse",
                              .device_name = "other",
                              .recovery_key = "",
                              .reset_identity = true});
  say(world, other, "bob", "believe me");
  say(world, other, "bob", "really");
  EXPECT_EQ(texts(world, bob, "alice"), Texts{"hello"});
  EXPECT_EQ(notices(bob, api::NoticeKind::identity_changed), 0u);
  EXPECT_EQ(notices(bob, api::NoticeKind::message_refused), 2u);
  EXPECT_EQ(contact(world, bob, "alice").identity_key, known);
  EXPECT_TRUE(world.is_linked(bob));
  // As soon as the hub names the key it is a change like any other.
  world.tamper = nullptr;
  say(world, other, "bob", "the hub knows me");
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"hello", "the hub knows me"}));
  EXPECT_EQ(notices(bob, api::NoticeKind::identity_changed), 1u);
}

TEST_F(BadHub, FramesOfALaterProtocolAreSkipped) {
  say(world, alice, "bob", "hello");
  // An unknown push: field 200, two bytes.
  world.tamper = [&](const SimDevice&, channel::ServerBatch& batch) {
    batch.frames.insert(batch.frames.begin(), channel::ServerFrame{});
  };
  say(world, alice, "bob", "again");
  world.tamper = nullptr;
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"hello", "again"}));
}

TEST_F(BadHub, GarbageEndsTheConnectionAndNothingElse) {
  say(world, alice, "bob", "hello");
  bob.feed(world.now(), api::Received{Bytes{0xff, 0xff, 0xff}});
  world.settle();
  say(world, alice, "bob", "still there?");
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"hello", "still there?"}));
}

TEST_F(BadHub, AnEndedSessionIsSaidOnceAndNotTriedForever) {
  change<channel::Welcome>(bob, [](channel::Welcome&) {});
  world.tamper = [&](const SimDevice& device, channel::ServerBatch& batch) {
    if (&device != &bob) return;
    for (auto& frame : batch.frames) {
      if (std::holds_alternative<channel::Welcome>(frame.body)) {
        frame.body = channel::Failure{.code = ErrorCode::session_expired};
      }
    }
  };
  world.drop_link(bob, true);
  world.run_for(minutes(5));
  world.tamper = nullptr;
  EXPECT_EQ(status(world, bob).problem, ErrorCode::session_expired);
  EXPECT_EQ(status(world, bob).link, api::LinkState::offline);
  EXPECT_FALSE(world.is_linked(bob));
}

TEST_F(BadHub, AnotherHubInItsPlaceGetsNoToken) {
  change<channel::Challenge>(bob, [](channel::Challenge& challenge) { challenge.hub_id[0] ^= 1; });
  world.drop_link(bob, true);
  world.run_for(minutes(1));
  world.tamper = nullptr;
  EXPECT_EQ(status(world, bob).link, api::LinkState::offline);
  EXPECT_NE(status(world, bob).problem, ErrorCode::unspecified);
}

}  // namespace
}  // namespace parley::sim
