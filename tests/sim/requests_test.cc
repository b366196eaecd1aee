// What somebody writes whom the other one has not accepted: shown as a request, answered by
// nothing, until it is accepted, declined or blocked.
#include <gtest/gtest.h>

#include "client/engine/record_keys.h"
#include "proto/client_records.h"
#include "tests/sim/chat.h"

namespace parley::sim {
namespace {

namespace channel = wire::channel;
using Texts = std::vector<std::string>;

class Requests : public ::testing::Test {
 protected:
  Requests() {
    // Tells what bob says to the hub about anybody, which alice must not learn.
    world.tamper = [this](const SimDevice& device, channel::ServerBatch& batch) {
      for (auto& frame : batch.frames) {
        if (auto* deliver = std::get_if<channel::Deliver>(&frame.body)) {
          if (&device == &alice) ++to_alice;
          if (&device == &bob && damage) deliver->ciphertext.back() ^= 1;
        }
      }
    };
  }

  std::vector<api::Request> requests(SimDevice& device) {
    const auto outcome = world.run(device, api::ListRequests{});
    const auto* list = outcome.find<api::RequestList>();
    return list ? list->requests : std::vector<api::Request>{};
  }
  std::vector<api::Chat> chats(SimDevice& device) {
    const auto outcome = world.run(device, api::ListChats{});
    const auto* list = outcome.find<api::ChatList>();
    return list ? list->chats : std::vector<api::Chat>{};
  }
  api::MessageState state_of(SimDevice& device, const std::string& with, const std::string& text) {
    const auto all = history(world, device, with);
    const auto* message = find_text(all, text);
    return message ? message->state : api::MessageState::unspecified;
  }

  // From here on the device believes that everybody has answered it.
  void forget_the_rules(SimDevice& device) {
    constexpr auto kContact = static_cast<std::uint32_t>(client::RecordKind::contact);
    api::Query all;
    all.kind = kContact;
    all.what = api::ScanRecords{{}, {}, false, 100};
    std::vector<api::Write> writes;
    for (const auto& record : device.disk.answer(all).records) {
      auto contact = wire::decode<wire::client_records::Contact>(record.value.view());
      ASSERT_TRUE(contact.has_value());
      contact->answered = true;
      api::Write write;
      write.kind = kContact;
      write.key = record.key;
      write.value = wire::encode_secret(*contact);
      writes.push_back(std::move(write));
    }
    device.disk.apply(writes);
    world.restart(device);
    world.settle();
  }

  World world{41};
  SimDevice& alice = world.add_stranger("alice");
  SimDevice& bob = world.add_stranger("bob");
  std::size_t to_alice = 0;
  bool damage = false;
};

TEST_F(Requests, AFirstMessageIsARequestAndNotAChat) {
  EXPECT_TRUE(say(world, alice, "bob", "hello").done);
  ASSERT_EQ(requests(bob).size(), 1u);
  EXPECT_EQ(requests(bob)[0].peer_handle, "alice");
  EXPECT_EQ(requests(bob)[0].preview, "hello");
  EXPECT_TRUE(chats(bob).empty());
  EXPECT_TRUE(shown<api::MessageAdded>(bob).empty());
  const auto changed = shown<api::RequestChanged>(bob);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].state, api::RequestState::open);
  EXPECT_EQ(changed[0].message->text, "hello");
  EXPECT_TRUE(requests(alice).empty());
  EXPECT_EQ(chats(alice).size(), 1u);
}

TEST_F(Requests, NothingComesBackUntilItIsAccepted) {
  say(world, alice, "bob", "hello");
  world.run(bob, api::MarkRead{peer("alice")});
  world.run(bob, api::SetTyping{peer("alice"), true});
  world.run_for(minutes(10));
  EXPECT_EQ(state_of(alice, "bob", "hello"), api::MessageState::sent);
  EXPECT_EQ(to_alice, 0u);
  EXPECT_TRUE(shown<api::TypingChanged>(alice).empty());

  EXPECT_TRUE(world.run(bob, api::Accept{peer("alice")}).done);
  EXPECT_EQ(state_of(alice, "bob", "hello"), api::MessageState::delivered);
  world.run(bob, api::MarkRead{peer("alice")});
  EXPECT_EQ(state_of(alice, "bob", "hello"), api::MessageState::read);
  EXPECT_TRUE(requests(bob).empty());
  EXPECT_EQ(chats(bob).size(), 1u);
}

TEST_F(Requests, AnAnswerAccepts) {
  say(world, alice, "bob", "hello");
  EXPECT_TRUE(say(world, bob, "alice", "hi").done);
  EXPECT_TRUE(requests(bob).empty());
  EXPECT_EQ(state_of(alice, "bob", "hello"), api::MessageState::delivered);
  EXPECT_EQ(texts(world, alice, "bob"), (Texts{"hello", "hi"}));
  // Alice wrote first, so bob's answer was never a request.
  EXPECT_TRUE(shown<api::RequestChanged>(alice).empty());
}

TEST_F(Requests, AfterThreeTheRestWaitsForAnAnswerAndCanBeTriedAgain) {
  for (const char* text : {"one", "two", "three"}) {
    EXPECT_TRUE(say(world, alice, "bob", text).done) << text;
  }
  auto fourth = text_to("bob", "four");
  fourth.wait = true;
  const auto refused = world.run(alice, fourth);
  EXPECT_EQ(refused.error, ErrorCode::request_pending);
  const auto all = history(world, alice, "bob");
  const auto* failed = find_text(all, "four");
  ASSERT_NE(failed, nullptr) << "it stays visible";
  EXPECT_EQ(failed->state, api::MessageState::failed);
  EXPECT_EQ(failed->failure, ErrorCode::request_pending);
  EXPECT_EQ(status(world, alice).waiting, 0u);

  world.run(bob, api::Accept{peer("alice")});
  EXPECT_TRUE(world.run(alice, api::Resend{peer("bob"), failed->message_id, true}).done);
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"one", "two", "three", "four"}));
  EXPECT_EQ(state_of(alice, "bob", "four"), api::MessageState::delivered);
  EXPECT_EQ(world.run(alice, api::Resend{peer("bob"), failed->message_id, true}).error,
            ErrorCode::invalid_argument);
}

TEST_F(Requests, ADeclinedOneIsGoneAndNotTold) {
  say(world, alice, "bob", "hello");
  EXPECT_TRUE(world.run(bob, api::Decline{peer("alice"), false}).done);
  EXPECT_TRUE(requests(bob).empty());
  EXPECT_TRUE(chats(bob).empty());
  EXPECT_TRUE(say(world, alice, "bob", "are you there?").done);
  EXPECT_TRUE(requests(bob).empty());
  EXPECT_EQ(state_of(alice, "bob", "are you there?"), api::MessageState::sent);
  EXPECT_EQ(to_alice, 0u);
  // Writing undoes it.
  say(world, bob, "alice", "now I am");
  say(world, alice, "bob", "good");
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"hello", "now I am", "good"}));
}

TEST_F(Requests, DeclineAndBlockIsABlock) {
  say(world, alice, "bob", "hello");
  EXPECT_TRUE(world.run(bob, api::Decline{peer("alice"), true}).done);
  EXPECT_TRUE(contact(world, bob, "alice").blocked);
  EXPECT_EQ(say(world, bob, "alice", "no").error, ErrorCode::not_allowed);
  EXPECT_EQ(to_alice, 0u);
}

TEST_F(Requests, OnlyTextIsShownBeforeAndEverythingAfterwards) {
  api::Send file;
  file.to = peer("bob");
  api::File body;
  body.content_type = "image/png";
  body.url = "https://example.org/x";
  body.size = 7;
  body.key = Bytes(32, 1);
  body.nonce = Bytes(12, 2);
  body.encryption = 1;
  body.ciphertext_sha256 = Bytes(32, 3);
  body.plaintext_sha256 = Bytes(32, 4);
  body.filename = "x.png";
  file.what = body;
  EXPECT_EQ(world.run(alice, file).error, ErrorCode::request_too_large);
  // A client that does not keep to the rules.
  forget_the_rules(alice);
  ASSERT_TRUE(world.run(alice, file).done);
  const auto before = history(world, bob, "alice");
  ASSERT_EQ(before.size(), 1u);
  EXPECT_TRUE(before[0].files.empty());
  EXPECT_TRUE(before[0].unsupported);
  world.run(bob, api::Accept{peer("alice")});
  const auto after = history(world, bob, "alice");
  ASSERT_EQ(after.at(0).files.size(), 1u);
  EXPECT_FALSE(after[0].unsupported);
}

TEST_F(Requests, WhatCannotBeReadIsAskedForOnlyAfterAcceptance) {
  damage = true;
  say(world, alice, "bob", "hello");
  damage = false;
  world.run_for(minutes(5));
  EXPECT_EQ(to_alice, 0u) << "a retry request would tell that it arrived";
  ASSERT_EQ(requests(bob).size(), 1u);
  EXPECT_EQ(requests(bob)[0].unreadable, 1u);
  EXPECT_TRUE(texts(world, bob, "alice").empty());
  world.run(bob, api::Accept{peer("alice")});
  world.run_for(minutes(1));
  EXPECT_EQ(texts(world, bob, "alice"), Texts{"hello"});
}

TEST_F(Requests, ADecisionHoldsOnTheOtherDevices) {
  SimDevice& tablet = world.link_device(bob, "tablet");
  say(world, alice, "bob", "hello");
  EXPECT_EQ(requests(tablet).size(), 1u);
  world.run(bob, api::Accept{peer("alice")});
  EXPECT_TRUE(requests(tablet).empty());
  EXPECT_EQ(chats(tablet).size(), 1u);
  world.run(tablet, api::Decline{peer("alice"), true});
  EXPECT_TRUE(contact(world, bob, "alice").blocked);
}

TEST_F(Requests, ABlockFollowsThePersonToTheirOtherNames) {
  SimDevice& robert = world.add_stranger("robert");
  SimDevice& tablet = world.link_device(bob, "tablet");
  say(world, robert, "bob", "it is me");
  world.run(bob, api::Accept{peer("robert")});
  api::SetBlocked block{peer("alice"), true, {"Robert"}};
  ASSERT_TRUE(world.run(bob, block).done);
  EXPECT_TRUE(contact(world, bob, "robert").suppressed);
  EXPECT_FALSE(contact(world, bob, "robert").blocked) << "that is not told to the hub";
  EXPECT_TRUE(contact(world, tablet, "robert").suppressed);
  say(world, robert, "bob", "again me");
  EXPECT_EQ(texts(world, bob, "robert"), Texts{"it is me"});
  EXPECT_EQ(texts(world, tablet, "robert"), Texts{"it is me"});
  EXPECT_EQ(state_of(robert, "bob", "again me"), api::MessageState::sent);

  block = {peer("alice"), false, {"robert"}};
  ASSERT_TRUE(world.run(bob, block).done);
  EXPECT_TRUE(contact(world, bob, "robert").also.empty());
  say(world, robert, "bob", "and now?");
  EXPECT_EQ(texts(world, bob, "robert"), (Texts{"it is me", "and now?"}));
}

TEST_F(Requests, ASuppressedNameGetsNothingAgainEither) {
  SimDevice& robert = world.add_stranger("robert");
  say(world, robert, "bob", "it is me");
  world.run(bob, api::Accept{peer("robert")});
  // Both know the session now: what follows ends with its MAC. The end of a prekey message is
  // looked at only by who does not know its session yet.
  say(world, bob, "robert", "so it is");
  say(world, robert, "bob", "yes");
  world.set_online(robert, false);
  world.settle();
  say(world, bob, "robert", "secret");
  ASSERT_TRUE(world.run(bob, api::SetBlocked{peer("alice"), true, {"robert"}}).done);
  std::size_t asked = 0;
  world.tamper = [&](const SimDevice& device, channel::ServerBatch& batch) {
    for (auto& frame : batch.frames) {
      auto* deliver = std::get_if<channel::Deliver>(&frame.body);
      if (!deliver) continue;
      if (&device == &robert) deliver->ciphertext.back() ^= 1;
      asked += deliver->type == channel::CiphertextType::retry_request ? 1 : 0;
    }
  };
  world.set_online(robert, true);
  world.settle();
  world.tamper = nullptr;
  world.run_for(minutes(5));
  EXPECT_GE(asked, 1u);
  EXPECT_EQ(texts(world, robert, "bob"), (Texts{"it is me", "so it is", "yes"}));
}

TEST_F(Requests, LinkedNamesAreBlockedAtTheHubOnlyIfTheUserWantsThat) {
  SimDevice& robert = world.add_stranger("robert");
  say(world, robert, "bob", "it is me");
  world.run(bob, api::Accept{peer("robert")});
  std::size_t to_bob = 0;
  world.tamper = [&](const SimDevice& device, channel::ServerBatch& batch) {
    for (auto& frame : batch.frames) {
      to_bob += &device == &bob && std::holds_alternative<channel::Deliver>(frame.body) ? 1 : 0;
    }
  };
  EXPECT_EQ(world.run(bob, api::SetBlocked{peer("alice"), true, {"robert", "nobody"}, true}).error,
            ErrorCode::unknown_account);
  EXPECT_FALSE(contact(world, bob, "alice").blocked) << "nothing of it has happened";
  EXPECT_TRUE(contact(world, bob, "alice").also.empty());

  ASSERT_TRUE(world.run(bob, api::SetBlocked{peer("alice"), true, {"robert"}}).done);
  say(world, robert, "bob", "one");
  EXPECT_EQ(to_bob, 1u) << "the hub does not know";
  ASSERT_TRUE(world.run(bob, api::SetBlocked{peer("alice"), true, {}, true}).done);
  EXPECT_TRUE(contact(world, bob, "robert").blocked);
  say(world, robert, "bob", "two");
  EXPECT_EQ(to_bob, 1u);
  EXPECT_EQ(texts(world, bob, "robert"), Texts{"it is me"});

  ASSERT_TRUE(world.run(bob, api::SetBlocked{peer("alice"), false, {}, true}).done);
  EXPECT_FALSE(contact(world, bob, "robert").blocked);
  say(world, robert, "bob", "three");
  EXPECT_EQ(texts(world, bob, "robert").back(), "three");
}

TEST_F(Requests, ADeviceThatJoinsLearnsWhatWasDecided) {
  SimDevice& robert = world.add_stranger("robert");
  SimDevice& carol = world.add_stranger("carol");
  api::SetBlocked block{peer("alice"), true, {"robert"}};
  world.run(bob, block);
  world.run(bob, api::Accept{peer("carol")});
  world.run(bob, api::SetVerified{peer("carol"), true});
  SimDevice& tablet = world.link_device(bob, "tablet");
  world.run_for(minutes(2));
  EXPECT_TRUE(contact(world, tablet, "alice").blocked);
  EXPECT_TRUE(contact(world, tablet, "robert").suppressed);
  EXPECT_TRUE(contact(world, tablet, "carol").accepted);
  say(world, robert, "bob", "me again");
  say(world, carol, "bob", "hello");
  EXPECT_TRUE(texts(world, tablet, "robert").empty());
  EXPECT_EQ(texts(world, tablet, "carol"), Texts{"hello"});
  EXPECT_TRUE(contact(world, tablet, "carol").verified);
  EXPECT_EQ(status(world, bob).waiting, 0u);
}

TEST_F(Requests, AnAcceptanceThatTheHubForgotIsRepeated) {
  say(world, alice, "bob", "hello");
  world.run(bob, api::Accept{peer("alice")});
  // As after a crash between the two: the hub still calls it a request.
  world.tamper = [this](const SimDevice& device, channel::ServerBatch& batch) {
    for (auto& frame : batch.frames) {
      if (auto* deliver = std::get_if<channel::Deliver>(&frame.body)) {
        deliver->request |= &device == &bob;
      }
    }
  };
  say(world, alice, "bob", "more");
  EXPECT_TRUE(requests(bob).empty());
  EXPECT_EQ(state_of(alice, "bob", "more"), api::MessageState::delivered);
}

TEST_F(Requests, AMessageThatHasToWaitForLongSaysWhy) {
  bool limited = true;
  world.tamper = [&](const SimDevice& device, channel::ServerBatch& batch) {
    for (auto& frame : batch.frames) {
      if (!limited || &device != &alice || !std::holds_alternative<channel::Accepted>(frame.body)) {
        continue;
      }
      limited = false;
      channel::Failure failure;
      failure.code = ErrorCode::first_contact_limit;
      failure.retry_after_ms = hours(3).ms;
      frame.body = std::move(failure);
    }
  };
  auto first = text_to("bob", "hello");
  first.wait = true;
  EXPECT_EQ(world.run(alice, first).error, ErrorCode::first_contact_limit);
  const auto waiting = history(world, alice, "bob").at(0);
  EXPECT_EQ(waiting.state, api::MessageState::queued);
  EXPECT_EQ(waiting.failure, ErrorCode::first_contact_limit);
  world.run_for(hours(4));
  const auto sent = history(world, alice, "bob").at(0);
  EXPECT_EQ(sent.state, api::MessageState::sent);
  EXPECT_EQ(sent.failure, ErrorCode::unspecified);
}

TEST_F(Requests, AReportIsShownFirstAndProvesWhatWasSent) {
  const auto id = say(world, alice, "bob", "buy this").message_id;
  api::SendReport report;
  report.who = peer("alice");
  report.reason = channel::ReportReason::spam;
  report.preview = true;
  const auto shown_first = world.run(bob, report);
  const auto* preview = shown_first.find<api::ReportPreview>();
  ASSERT_NE(preview, nullptr);
  ASSERT_EQ(preview->messages.size(), 1u);
  EXPECT_EQ(preview->messages[0].text, "buy this");
  report.preview = false;
  report.messages.push_back(api::MessageRef{id});
  EXPECT_TRUE(world.run(bob, report).done);
  EXPECT_TRUE(world.run(bob, report).done) << "a repeat is answered like the first";
  report.messages[0].message_id[0] ^= 1;
  EXPECT_EQ(world.run(bob, report).error, ErrorCode::unknown_reference);
  EXPECT_EQ(to_alice, 0u);
}

TEST_F(Requests, WhatWasEditedSinceIsReportedAsItWasSent) {
  const auto id = say(world, alice, "bob", "buy this").message_id;
  world.run(bob, api::Accept{peer("alice")});
  api::Send edit;
  edit.to = peer("bob");
  edit.what = api::Edit{.message_id = id, .text = "have a nice day"};
  world.run(alice, edit);
  api::SendReport report;
  report.who = peer("alice");
  report.preview = true;
  const auto outcome = world.run(bob, report);
  ASSERT_NE(outcome.find<api::ReportPreview>(), nullptr);
  EXPECT_EQ(outcome.find<api::ReportPreview>()->messages.at(0).text, "buy this");
}

}  // namespace
}  // namespace parley::sim
