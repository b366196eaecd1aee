// The client's part of third-party chats: what it makes of what the hub says. The hub's word
// is changed on its way, so that an ordinary account stands for somebody of another service.
#include <gtest/gtest.h>

#include "tests/sim/chat.h"

namespace parley::sim {
namespace {

namespace channel = wire::channel;
using Texts = std::vector<std::string>;

class ThirdParty : public ::testing::Test {
 protected:
  ThirdParty() {
    world.tamper = [this](const SimDevice& device, channel::ServerBatch& batch) {
      if (&device != &alice) return;
      for (auto& frame : batch.frames) {
        rename(frame);
        if (std::holds_alternative<channel::ThirdParty>(frame.body)) frame.body = offer;
      }
      if (pushed) {
        channel::ServerFrame frame;
        frame.body = *std::exchange(pushed, {});
        batch.frames.push_back(std::move(frame));
      }
    };
    offer.availability = channel::Availability::offered;
    offer.choices = channel::SetThirdParty{true, {"nordlys"}, true};
    offer.providers.emplace_back();
    auto& provider = offer.providers.back();
    provider.provider_id = "nordlys";
    provider.display_name = "Nordlys";
    provider.protection = channel::Protection::end_to_end_signal;
    provider.features = {channel::Feature::reply, channel::Feature::delivery_receipt,
                         channel::Feature::retry_receipt};
    provider.state = channel::ProviderState::live;
    provider.data_policy = channel::DataPolicy{};
    provider.data_policy->retention = "thirty days";
    offer.hub_policy = channel::DataPolicy{};
    offer.hub_policy->retention = "one day";
    push();
    say(world, bob, "alice", "hello from outside");
    world.run(alice, api::Accept{peer("bob@nordlys")});
  }

  // Bob is somebody of Nordlys to alice.
  static void rename(channel::ServerFrame& frame) {
    auto* account = std::get_if<channel::Account>(&frame.body);
    if (!account || account->handle != "bob") return;
    account->handle = "bob@nordlys";
    account->provider = "nordlys";
    account->features = {channel::Feature::reply, channel::Feature::reaction,
                         channel::Feature::delivery_receipt};
  }
  void push() {
    pushed = offer;
    world.run(alice, api::SetProfile{"Alice"});  // makes the hub say something
    EXPECT_FALSE(pushed);
  }

  World world{43};
  SimDevice& alice = world.add_stranger("alice");
  SimDevice& bob = world.add_stranger("bob");
  channel::ThirdParty offer;
  std::optional<channel::ThirdParty> pushed;
};

TEST_F(ThirdParty, AChatShowsItsService) {
  const auto outcome = world.run(alice, api::ListChats{});
  const auto* list = outcome.find<api::ChatList>();
  ASSERT_NE(list, nullptr);
  ASSERT_EQ(list->chats.size(), 1u);
  EXPECT_EQ(list->chats[0].peer_handle, "bob@nordlys");
  EXPECT_EQ(list->chats[0].provider_name, "Nordlys");
  EXPECT_EQ(list->chats[0].closed, ErrorCode::unspecified);
  EXPECT_EQ(list->inbox, api::Inbox::separate);
}

TEST_F(ThirdParty, TheTrustLineIsComputedFromWhatIsDeclaredAndChecked) {
  auto shown = contact(world, alice, "bob@nordlys");
  EXPECT_EQ(shown.trust->level, api::TrustLevel::end_to_end_as_declared);
  EXPECT_EQ(shown.trust->line, "end-to-end encrypted, as Nordlys declares");
  EXPECT_EQ(shown.trust->provider_policy->retention, "thirty days");
  EXPECT_EQ(shown.trust->hub_policy->retention, "one day");
  EXPECT_FALSE(shown.trust->their_identity_key.empty());
  EXPECT_FALSE(shown.trust->declared.empty());
  world.run(alice, api::SetVerified{peer("bob@nordlys"), true});
  shown = contact(world, alice, "bob@nordlys");
  EXPECT_EQ(shown.trust->level, api::TrustLevel::verified);
}

TEST_F(ThirdParty, WhatTheOtherSideLacksIsRefusedBeforeItIsSent) {
  EXPECT_TRUE(say(world, alice, "bob@nordlys", "hi").done);
  const auto id = history(world, alice, "bob@nordlys").at(0).message_id;
  auto reply = text_to("bob@nordlys", "an answer");
  std::get<api::Text>(reply.what).in_reply_to = id;
  EXPECT_TRUE(world.run(alice, reply).done);
  api::Send react;
  react.to = peer("bob@nordlys");
  react.what = api::Reaction{.message_id = id, .emoji = "👍"};
  // The device could, its service cannot.
  EXPECT_EQ(world.run(alice, react).error, ErrorCode::unsupported_feature);
  auto expiring = text_to("bob@nordlys", "soon gone");
  expiring.expires_s = 60;
  EXPECT_EQ(world.run(alice, expiring).error, ErrorCode::unsupported_feature);
  api::SendFiles files;
  files.to = peer("bob@nordlys");
  files.files.push_back(api::LocalFile{"/a.png", "image/png", {}, {}});
  EXPECT_EQ(world.run(alice, files).error, ErrorCode::unsupported_feature);
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"hello from outside", "hi", "an answer"}));
}

TEST_F(ThirdParty, TurnedOffTheChatStaysReadableAndClosed) {
  const auto before = shown<api::ThirdParty>(alice).size();
  offer.choices->enabled = false;
  push();
  EXPECT_EQ(shown<api::ThirdParty>(alice).size(), before + 1) << "an app must learn of it";
  EXPECT_EQ(say(world, alice, "bob@nordlys", "hi").error, ErrorCode::third_party_off);
  EXPECT_EQ(texts(world, alice, "bob@nordlys"), Texts{"hello from outside"});
  EXPECT_EQ(contact(world, alice, "bob@nordlys").closed, ErrorCode::third_party_off);
  offer.choices->enabled = true;
  push();
  EXPECT_TRUE(say(world, alice, "bob@nordlys", "hi").done);
}

TEST_F(ThirdParty, ASuspendedServiceClosesItsChatsWithTheReason) {
  offer.providers[0].state = channel::ProviderState::suspended;
  offer.providers[0].state_reason = "too many reports";
  push();
  EXPECT_EQ(say(world, alice, "bob@nordlys", "hi").error, ErrorCode::provider_suspended);
  EXPECT_EQ(contact(world, alice, "bob@nordlys").closed_detail, "too many reports");
}

TEST_F(ThirdParty, ANewServiceIsSaidSoOnce) {
  offer.providers.push_back(offer.providers[0]);
  offer.providers[1].provider_id = "sudlys";
  push();
  const auto events = shown<api::ThirdParty>(alice);
  ASSERT_FALSE(events.empty());
  const auto& fresh = events.back().new_providers;
  EXPECT_NE(std::find(fresh.begin(), fresh.end(), "sudlys"), fresh.end());
  EXPECT_GE(events.back().warnings.size(), 4u);
}

TEST_F(ThirdParty, WhatIsKnownSurvivesARestart) {
  world.restart(alice);
  world.settle();
  EXPECT_EQ(contact(world, alice, "bob@nordlys").provider_name, "Nordlys");
}

}  // namespace
}  // namespace parley::sim
