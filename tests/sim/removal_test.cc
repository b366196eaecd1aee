// Messages removed from one device only, and messages that are not to be sent after all.
#include <gtest/gtest.h>

#include "lib/wire/wire.h"
#include "tests/sim/chat.h"

namespace parley::sim {
namespace {

namespace channel = wire::channel;
using Texts = std::vector<std::string>;

class Removal : public ::testing::Test {
 protected:
  World world{41};
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");

  Outcome remove(SimDevice& device, const std::string& with, const Bytes& id,
                 bool only_unsent = false) {
    api::RemoveMessage request;
    request.chat = peer(with);
    request.message_id = id;
    request.only_unsent = only_unsent;
    return world.run(device, std::move(request));
  }
  Outcome edit(SimDevice& device, const std::string& with, const Bytes& id,
               const std::string& text) {
    api::Send send;
    send.to = peer(with);
    send.what = api::Edit{.message_id = id, .text = text};
    return world.run(device, std::move(send));
  }
  void go_online(SimDevice& device, bool online) {
    world.set_online(device, online);
    world.settle();
  }
  // What alice sends reaches the hub, and the hub's answer does not reach her.
  void lose_answers() {
    world.tamper = [this](const SimDevice& device, channel::ServerBatch& batch) {
      if (&device != &alice) return;
      std::erase_if(batch.frames, [](const auto& frame) {
        return std::holds_alternative<channel::Accepted>(frame.body);
      });
    };
  }
};

TEST_F(Removal, AMessageIsRemovedOnOneDeviceOnly) {
  SimDevice& tablet = world.link_device(alice, "tablet");
  const auto mine = say(world, alice, "bob", "mine").message_id;
  say(world, bob, "alice", "yours");
  const auto yours = find_text(history(world, alice, "bob"), "yours")->message_id;
  say(world, alice, "bob", "stays");
  EXPECT_TRUE(remove(alice, "bob", mine).done);
  EXPECT_TRUE(remove(alice, "bob", yours).done);
  EXPECT_EQ(texts(world, alice, "bob"), Texts{"stays"});
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"mine", "yours", "stays"}));
  EXPECT_EQ(texts(world, tablet, "bob"), (Texts{"mine", "yours", "stays"}));
  EXPECT_TRUE(shown<api::MessageChanged>(alice).back().message->removed);
  EXPECT_EQ(remove(alice, "bob", mine).error, ErrorCode::unknown_reference);
}

TEST_F(Removal, WhatTheOtherDoesToItLaterDoesNotBringItBack) {
  const auto id = say(world, bob, "alice", "helo").message_id;
  remove(alice, "bob", id);
  world.restart(alice);
  world.settle();
  EXPECT_TRUE(edit(bob, "alice", id, "hello").done);
  api::Send change;
  change.to = peer("alice");
  change.what = api::Deletion{.message_id = id};
  EXPECT_TRUE(world.run(bob, change).done);
  EXPECT_TRUE(history(world, alice, "bob").empty());
}

TEST_F(Removal, AnImportDoesNotBringItBack) {
  const auto id = say(world, alice, "bob", "hello").message_id;
  const auto exported = world.run(alice, api::ExportHistory{"correct horse"});
  Bytes file;
  for (const auto& event : exported.events) {
    if (const auto* chunk = std::get_if<api::ExportChunk>(&event.body)) append(file, chunk->data);
  }
  remove(alice, "bob", id);
  EXPECT_TRUE(world.run(alice, api::ImportHistory{"correct horse", file, true}).done);
  EXPECT_TRUE(texts(world, alice, "bob").empty());
}

TEST_F(Removal, AMessageThatWaitsIsNotSent) {
  go_online(alice, false);
  const auto id = say(world, alice, "bob", "regretted").message_id;
  edit(alice, "bob", id, "regretted still");
  say(world, alice, "bob", "meant");
  EXPECT_TRUE(remove(alice, "bob", id, true).done);
  EXPECT_EQ(status(world, alice).waiting, 1u) << "what changed it does not go out either";
  go_online(alice, true);
  EXPECT_EQ(texts(world, alice, "bob"), Texts{"meant"});
  EXPECT_EQ(texts(world, bob, "alice"), Texts{"meant"});
}

TEST_F(Removal, ItsSenderIsToldWhoWaitedForIt) {
  go_online(alice, false);
  auto send = text_to("bob", "regretted");
  send.wait = true;
  const auto command = world.submit(alice, std::move(send));
  world.settle();
  const auto id = history(world, alice, "bob").at(0).message_id;
  remove(alice, "bob", id);
  EXPECT_EQ(world.outcome(alice, command).error, ErrorCode::unknown_reference);
}

TEST_F(Removal, WhatMayHaveReachedTheHubIsNotCalledUnsent) {
  say(world, alice, "bob", "before");
  go_online(bob, false);
  lose_answers();
  const auto id = say(world, alice, "bob", "perhaps").message_id;
  go_online(alice, false);
  ASSERT_EQ(history(world, alice, "bob").back().state, api::MessageState::queued);
  EXPECT_EQ(remove(alice, "bob", id, true).error, ErrorCode::out_of_place);
  EXPECT_EQ(texts(world, alice, "bob"), (Texts{"before", "perhaps"})) << "nothing changes";

  EXPECT_TRUE(remove(alice, "bob", id).done);
  EXPECT_EQ(status(world, alice).waiting, 0u);
  world.tamper = {};
  go_online(alice, true);
  go_online(bob, true);
  EXPECT_EQ(texts(world, alice, "bob"), Texts{"before"});
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"before", "perhaps"}));
  EXPECT_TRUE(say(world, alice, "bob", "after").done);
  EXPECT_EQ(texts(world, bob, "alice").back(), "after");
}

TEST_F(Removal, WhatWasSentIsNotCalledUnsent) {
  const auto id = say(world, alice, "bob", "hello").message_id;
  EXPECT_EQ(remove(alice, "bob", id, true).error, ErrorCode::out_of_place);
  EXPECT_EQ(texts(world, alice, "bob"), Texts{"hello"});
}

// The hub answers every send with this refusal.
class Refused : public Removal {
 protected:
  void refuse(ErrorCode code) {
    go_online(bob, false);  // his receipt would tell that it came after all
    world.tamper = [this, code](const SimDevice& device, channel::ServerBatch& batch) {
      if (&device != &alice) return;
      for (auto& frame : batch.frames) {
        if (!std::holds_alternative<channel::Accepted>(frame.body)) continue;
        channel::Failure failure;
        failure.code = code;
        failure.retry_after_ms = minutes(30).ms;
        frame.body = std::move(failure);
      }
    };
  }
};

TEST_F(Refused, WhatTheHubTurnedDownForNowIsUnsent) {
  say(world, alice, "bob", "before");
  refuse(ErrorCode::first_contact_limit);
  const auto id = say(world, alice, "bob", "too much").message_id;
  EXPECT_EQ(history(world, alice, "bob").back().failure, ErrorCode::first_contact_limit);
  EXPECT_TRUE(remove(alice, "bob", id, true).done);
  EXPECT_EQ(texts(world, alice, "bob"), Texts{"before"});
}

TEST_F(Refused, AfterAMistakeOfTheHubNobodyKnows) {
  say(world, alice, "bob", "before");
  refuse(ErrorCode::internal);
  const auto id = say(world, alice, "bob", "perhaps").message_id;
  EXPECT_EQ(remove(alice, "bob", id, true).error, ErrorCode::out_of_place);
}

TEST_F(Refused, WhatWaitsIsTriedAtOnceWhenAskedTo) {
  say(world, alice, "bob", "before");
  refuse(ErrorCode::first_contact_limit);
  const auto id = say(world, alice, "bob", "again").message_id;
  world.tamper = {};
  world.settle();
  ASSERT_EQ(history(world, alice, "bob").back().state, api::MessageState::queued);
  api::Resend resend;
  resend.to = peer("bob");
  resend.message_id = id;
  resend.wait = true;
  const std::int64_t asked_ms = world.now().ms;
  EXPECT_TRUE(world.run(alice, std::move(resend)).done);
  EXPECT_LT(world.now().ms - asked_ms, minutes(1).ms);
  EXPECT_NE(history(world, alice, "bob").back().state, api::MessageState::queued);
}

TEST_F(Refused, WhatCouldNotBeSentIsRemoved) {
  refuse(ErrorCode::request_too_large);
  const auto id = say(world, alice, "bob", "in vain").message_id;
  ASSERT_EQ(history(world, alice, "bob").back().state, api::MessageState::failed);
  EXPECT_TRUE(remove(alice, "bob", id, true).done);
  EXPECT_TRUE(history(world, alice, "bob").empty());
}

}  // namespace
}  // namespace parley::sim
