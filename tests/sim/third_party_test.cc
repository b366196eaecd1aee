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

  // Bob is somebody of Nordlys to alice, carol somebody with a poorer program, or bob anew.
  void rename(channel::ServerFrame& frame) {
    auto* account = std::get_if<channel::Account>(&frame.body);
    if (!account || (account->handle != "bob" && account->handle != "carol")) return;
    account->provider = "nordlys";
    if (account->handle == "carol" && !carol_is_bob) {
      account->handle = "carol@nordlys";
      account->features = {channel::Feature::reply};
      return;
    }
    account->handle = "bob@nordlys";
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
  bool carol_is_bob = false;
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
  EXPECT_EQ(shown.trust->protocol, "Signal Protocol, version 4 (PQXDH, Double Ratchet)");
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
  // And known before: what is shown of them is what can be sent.
  EXPECT_EQ(contact(world, alice, "bob@nordlys").features,
            (std::vector{channel::Feature::reply, channel::Feature::delivery_receipt}));
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

TEST_F(ThirdParty, AServiceThatIsGoneIsDescribedAsItDeclaredLast) {
  offer.providers.clear();
  push();
  const auto shown = contact(world, alice, "bob@nordlys");
  EXPECT_EQ(shown.closed, ErrorCode::provider_suspended);
  EXPECT_EQ(shown.provider_name, "Nordlys");
  EXPECT_EQ(shown.trust->level, api::TrustLevel::end_to_end_as_declared);
  EXPECT_EQ(shown.trust->provider_policy->retention, "thirty days");
  ASSERT_FALSE(shown.trust->declared.empty());
  EXPECT_NE(shown.trust->declared.back().find("not connected for you any more"), std::string::npos);
}

TEST_F(ThirdParty, TheProtocolIsTheOneThatIsUsedWhateverIsDeclared) {
  offer.providers[0].protection = channel::Protection::end_to_end_omemo;
  push();
  EXPECT_EQ(contact(world, alice, "bob@nordlys").trust->protocol,
            "Signal Protocol, version 4 (PQXDH, Double Ratchet)");
}

TEST_F(ThirdParty, ReceiptsHeldDuringARequestGoOnlyToWhoUnderstandsThem) {
  SimDevice& carol = world.add_stranger("carol");
  say(world, carol, "alice", "hello");
  EXPECT_TRUE(world.run(alice, api::Accept{peer("carol@nordlys")}).done);
  world.run_for(minutes(1));
  EXPECT_EQ(history(world, carol, "alice").at(0).state, api::MessageState::sent);
  EXPECT_EQ(history(world, bob, "alice").at(0).state, api::MessageState::delivered);
}

TEST_F(ThirdParty, ABlockHoldsForWhoeverComesBackUnderTheName) {
  ASSERT_TRUE(world.run(alice, api::SetBlocked{peer("bob@nordlys"), true}).done);
  const auto before = contact(world, alice, "bob@nordlys");
  carol_is_bob = true;
  SimDevice& carol = world.add_stranger("carol");
  say(world, carol, "alice", "me again");
  const auto after = contact(world, alice, "bob@nordlys");
  EXPECT_NE(after.account_id, before.account_id);
  EXPECT_TRUE(after.blocked);
  EXPECT_FALSE(after.request);
  EXPECT_EQ(shown<api::RequestChanged>(alice).back().state, api::RequestState::accepted)
      << "nothing of it is shown";
  // Whoever else has the name by now can be let in.
  ASSERT_TRUE(world.run(alice, api::SetBlocked{peer("bob@nordlys"), false}).done);
  say(world, carol, "alice", "the new one");
  EXPECT_EQ(texts(world, alice, "bob@nordlys"), Texts{"the new one"});
  EXPECT_TRUE(contact(world, alice, "bob@nordlys").request);
}

class InboxChoice : public ThirdParty {
 protected:
  api::Inbox inbox(SimDevice& device) {
    const auto outcome = world.run(device, api::ListChats{});
    const auto* list = outcome.find<api::ChatList>();
    return list ? list->inbox : api::Inbox::unspecified;
  }
  Outcome choose(SimDevice& device, api::Inbox inbox, channel::SetThirdParty choices = {}) {
    return world.run(device, api::SetThirdParty{std::move(choices), inbox});
  }

  SimDevice& tablet = world.link_device(alice, "tablet");
};

TEST_F(InboxChoice, IsTheSameOnAllDevicesAndAnswered) {
  const auto outcome = choose(alice, api::Inbox::combined);
  EXPECT_TRUE(outcome.done);
  ASSERT_NE(outcome.find<api::ThirdParty>(), nullptr);
  EXPECT_EQ(outcome.find<api::ThirdParty>()->inbox, api::Inbox::combined);
  EXPECT_EQ(inbox(alice), api::Inbox::combined);
  EXPECT_EQ(inbox(tablet), api::Inbox::combined);
  SimDevice& laptop = world.link_device(alice, "laptop");
  world.run_for(minutes(2));
  EXPECT_EQ(inbox(laptop), api::Inbox::combined);
}

TEST_F(InboxChoice, IsNotOverwrittenByOtherChoices) {
  choose(alice, api::Inbox::combined);
  world.set_online(tablet, false);
  choose(alice, api::Inbox::separate);
  // This device does not know of the later choice when it comes back with another one.
  world.submit(tablet, api::SetThirdParty{channel::SetThirdParty{}, api::Inbox::unspecified});
  world.set_online(tablet, true);
  world.run_for(minutes(1));
  EXPECT_EQ(inbox(alice), api::Inbox::separate);
  EXPECT_EQ(inbox(tablet), api::Inbox::separate);
}

TEST_F(InboxChoice, IsNoneWhereTheHubDidNotAgree) {
  const auto refused =
      choose(alice, api::Inbox::combined, channel::SetThirdParty{true, {"nowhere"}, true});
  EXPECT_NE(refused.error, ErrorCode::unspecified);
  EXPECT_EQ(inbox(alice), api::Inbox::separate);
  EXPECT_EQ(inbox(tablet), api::Inbox::separate);
}

TEST_F(ThirdParty, WhatIsKnownSurvivesARestart) {
  world.restart(alice);
  world.settle();
  EXPECT_EQ(contact(world, alice, "bob@nordlys").provider_name, "Nordlys");
}

}  // namespace
}  // namespace parley::sim
