// What people delete, edit, react with or let expire can still be reported by those who got it,
// for a bounded time.
#include <gtest/gtest.h>

#include "tests/sim/chat.h"

namespace parley::sim {
namespace {

namespace channel = wire::channel;
using Texts = std::vector<std::string>;

class Evidence : public ::testing::Test {
 protected:
  static api::SendReport report(std::vector<Bytes> ids = {}) {
    api::SendReport request;
    request.who = peer("alice");
    request.reason = channel::ReportReason::abuse;
    for (auto& id : ids) request.messages.push_back(api::MessageRef{std::move(id)});
    return request;
  }
  // What bob would show to the operator.
  std::vector<api::Message> preview(api::SendReport request) {
    request.preview = true;
    const auto outcome = world.run(bob, std::move(request));
    EXPECT_TRUE(outcome.done) << to_string(outcome.error);
    const auto* found = outcome.find<api::ReportPreview>();
    return found ? found->messages : std::vector<api::Message>{};
  }
  Texts preview_texts(api::SendReport request = report()) {
    Texts all;
    for (const auto& message : preview(std::move(request))) all.push_back(message.text);
    return all;
  }
  // The hub checks the proofs of exactly what was shown.
  ErrorCode reported(const api::SendReport& request) {
    std::vector<Bytes> ids;
    for (const auto& message : preview(request)) ids.push_back(message.message_id);
    EXPECT_FALSE(ids.empty());
    return world.run(bob, report(std::move(ids))).error;
  }
  void change(SimDevice& device, const std::string& with, decltype(api::Send::what) what) {
    api::Send send;
    send.to = peer(with);
    send.what = std::move(what);
    const auto outcome = world.run(device, std::move(send));
    EXPECT_TRUE(outcome.done) << to_string(outcome.error);
  }
  // Without anybody being connected.
  void pass(Duration time) {
    for (SimDevice* device : {&alice, &bob}) world.set_online(*device, false);
    world.run_for(time);
    for (SimDevice* device : {&alice, &bob}) world.set_online(*device, true);
    world.settle();
  }
  void accept() { EXPECT_TRUE(world.run(bob, api::Accept{peer("alice")}).done); }

  World world{53};
  SimDevice& alice = world.add_stranger("alice");
  SimDevice& bob = world.add_stranger("bob");
};

TEST_F(Evidence, ADeletedMessageCanBeReportedAlsoInsideARequest) {
  const auto id = say(world, alice, "bob", "abuse").message_id;
  change(alice, "bob", api::Deletion{.message_id = id});
  EXPECT_TRUE(texts(world, bob, "alice").empty()) << "it is not shown any more";
  EXPECT_EQ(preview_texts(), Texts{"abuse"});
  EXPECT_EQ(preview_texts(report({id})), Texts{"abuse"});
  EXPECT_EQ(reported(report({id})), ErrorCode::unspecified);
}

TEST_F(Evidence, AnEditStandsBesideWhatItWas) {
  const auto id = say(world, alice, "bob", "hi").message_id;
  accept();
  change(alice, "bob", api::Edit{.message_id = id, .text = "abuse"});
  const auto shown = preview(report({id}));
  ASSERT_EQ(shown.size(), 2u);
  EXPECT_EQ(shown[0].text, "hi");
  EXPECT_FALSE(shown[0].edited);
  EXPECT_EQ(shown[1].text, "abuse");
  EXPECT_TRUE(shown[1].edited);
  EXPECT_EQ(preview_texts(), (Texts{"hi", "abuse"}));
  EXPECT_EQ(reported(report()), ErrorCode::unspecified);
}

TEST_F(Evidence, AnEditIsStillThereAfterTheDeletion) {
  const auto id = say(world, alice, "bob", "hi").message_id;
  accept();
  change(alice, "bob", api::Edit{.message_id = id, .text = "abuse"});
  change(alice, "bob", api::Deletion{.message_id = id});
  EXPECT_EQ(preview_texts(report({id})), (Texts{"hi", "abuse"}));
  EXPECT_EQ(reported(report({id})), ErrorCode::unspecified);
}

TEST_F(Evidence, AReactionCanBeReportedEvenIfItWasTakenBack) {
  say(world, alice, "bob", "hello");
  const auto mine = say(world, bob, "alice", "my photo").message_id;
  change(alice, "bob", api::Reaction{.message_id = mine, .emoji = "abuse"});
  change(alice, "bob", api::Reaction{.message_id = mine, .emoji = ""});
  EXPECT_EQ(preview_texts(), (Texts{"hello", "abuse"}));
  EXPECT_EQ(preview_texts(report({mine})), Texts{"abuse"});
  EXPECT_EQ(reported(report({mine})), ErrorCode::unspecified);
}

TEST_F(Evidence, WhatExpiredCanBeReportedForAWeek) {
  say(world, alice, "bob", "hello");
  accept();
  auto send = text_to("bob", "abuse");
  send.expires_s = 60;
  const auto id = world.run(alice, send).message_id;
  change(alice, "bob", api::Edit{.message_id = id, .text = "worse"});
  world.run(bob, api::MarkRead{peer("alice")});
  world.run_for(minutes(2));
  EXPECT_EQ(texts(world, bob, "alice"), Texts{"hello"});
  EXPECT_EQ(preview_texts(), (Texts{"hello", "abuse", "worse"}));
  EXPECT_EQ(reported(report({id})), ErrorCode::unspecified);
  pass(days(8));
  EXPECT_EQ(preview_texts(), Texts{"hello"});
  EXPECT_EQ(world.run(bob, report({id})).error, ErrorCode::unknown_reference);
}

TEST_F(Evidence, WhatTheReceiverRemovedIsGone) {
  const auto id = say(world, alice, "bob", "hi").message_id;
  accept();
  change(alice, "bob", api::Edit{.message_id = id, .text = "abuse"});
  change(alice, "bob", api::Deletion{.message_id = id});
  EXPECT_TRUE(world.run(bob, api::RemoveMessage{peer("alice"), id}).done);
  EXPECT_TRUE(preview_texts().empty());
  EXPECT_EQ(world.run(bob, report({id})).error, ErrorCode::unknown_reference);
}

TEST_F(Evidence, OfOnesOwnChangesNothingIsKept) {
  say(world, alice, "bob", "hello");
  const auto mine = say(world, bob, "alice", "hi").message_id;
  change(bob, "alice", api::Edit{.message_id = mine, .text = "mine"});
  change(bob, "alice", api::Deletion{.message_id = mine});
  EXPECT_EQ(preview_texts(), Texts{"hello"});
}

TEST_F(Evidence, WhatIsTooOldForTheHubToCheckIsLeftOut) {
  const auto id = say(world, alice, "bob", "long ago").message_id;
  accept();
  pass(days(91));
  auto request = report({id});
  request.preview = true;
  const auto outcome = world.run(bob, request);
  ASSERT_NE(outcome.find<api::ReportPreview>(), nullptr);
  EXPECT_EQ(outcome.find<api::ReportPreview>()->left_out, 1u);
  EXPECT_TRUE(preview_texts().empty());
}

}  // namespace
}  // namespace parley::sim
