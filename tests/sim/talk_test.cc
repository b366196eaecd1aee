// Two people talk, through the real hub.
#include <gtest/gtest.h>

#include "client/engine/file_names.h"
#include "tests/sim/chat.h"

namespace parley::sim {
namespace {

using Texts = std::vector<std::string>;

class Talk : public ::testing::Test {
 protected:
  World world{7};
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");

  api::MessageState state_of(SimDevice& device, const std::string& with, const std::string& text) {
    const auto all = history(world, device, with);
    const auto* message = find_text(all, text);
    return message ? message->state : api::MessageState::unspecified;
  }
};

TEST_F(Talk, BothSeeWhatBothSaid) {
  EXPECT_TRUE(say(world, alice, "bob", "hello").done);
  EXPECT_TRUE(say(world, bob, "alice", "hi yourself").done);
  EXPECT_TRUE(say(world, alice, "bob", "how are you?").done);
  const Texts expected{"hello", "hi yourself", "how are you?"};
  EXPECT_EQ(texts(world, alice, "bob"), expected);
  EXPECT_EQ(texts(world, bob, "alice"), expected);
}

// A command of somebody who does not know whether it was carried out.
api::Send once(api::Send send, std::uint8_t number) {
  send.once_id = Bytes(16, number);
  return send;
}

TEST_F(Talk, WhatIsGivenAgainAfterARestartIsCarriedOutOnce) {
  const auto first = world.run(alice, once(text_to("bob", "ok"), 1));
  alice.crash();
  alice.start(world.now());
  world.settle();
  const auto again = world.run(alice, once(text_to("bob", "ok"), 1));
  EXPECT_TRUE(again.done);
  EXPECT_EQ(again.message_id, first.message_id);
  EXPECT_EQ(texts(world, bob, "alice"), Texts{"ok"});
  // The same text on purpose, or from somebody who will not ask again, is another message.
  EXPECT_TRUE(world.run(alice, once(text_to("bob", "ok"), 2)).done);
  EXPECT_TRUE(say(world, alice, "bob", "ok").done);
  EXPECT_TRUE(say(world, alice, "bob", "ok").done);
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"ok", "ok", "ok", "ok"}));
}

TEST_F(Talk, AChangeThatIsGivenAgainIsDoneAndNotRefused) {
  const auto sent = say(world, alice, "bob", "helo");
  const auto change = [&](auto what, std::uint8_t number) {
    api::Send send;
    send.to = peer("bob");
    send.what = std::move(what);
    return once(std::move(send), number);
  };
  const std::vector<api::Send> changes{change(api::Edit{sent.message_id, "hello"}, 1),
                                       change(api::Reaction{sent.message_id, "👍"}, 2),
                                       change(api::Reaction{sent.message_id, ""}, 3),
                                       change(api::Deletion{sent.message_id}, 4)};
  for (const auto& one : changes) {
    EXPECT_TRUE(world.run(alice, one).done);
    EXPECT_TRUE(world.run(alice, one).done);
  }
  EXPECT_TRUE(history(world, bob, "alice").at(0).deleted);
}

TEST_F(Talk, WhatWasRefusedIsTriedAgain) {
  api::Send reply = once(text_to("bob", "yes"), 1);
  std::get<api::Text>(reply.what).in_reply_to = Bytes(32, 9);
  EXPECT_EQ(world.run(alice, reply).error, ErrorCode::unknown_reference);
  std::get<api::Text>(reply.what).in_reply_to.clear();
  EXPECT_TRUE(world.run(alice, reply).done);
}

TEST_F(Talk, OnlyTheNewestCommandsAreRemembered) {
  for (std::uint8_t i = 0; i <= 64; ++i) {
    EXPECT_TRUE(world.run(alice, once(text_to("bob", "n"), i)).done);
  }
  EXPECT_TRUE(world.run(alice, once(text_to("bob", "n"), 1)).done);
  EXPECT_EQ(texts(world, alice, "bob").size(), 65u);
  EXPECT_TRUE(world.run(alice, once(text_to("bob", "n"), 0)).done);
  EXPECT_EQ(texts(world, alice, "bob").size(), 66u);
}

TEST_F(Talk, AMessageShowsWhoWroteIt) {
  say(world, alice, "bob", "hello");
  const auto added = shown<api::MessageAdded>(bob);
  ASSERT_EQ(added.size(), 1u);
  EXPECT_EQ(added[0].message->peer_handle, "alice");
  EXPECT_FALSE(added[0].message->outgoing);
  EXPECT_EQ(added[0].message->state, api::MessageState::received);
}

TEST_F(Talk, AMessageBecomesDeliveredAndThenRead) {
  say(world, alice, "bob", "hello");
  EXPECT_EQ(state_of(alice, "bob", "hello"), api::MessageState::delivered);
  EXPECT_TRUE(world.run(bob, api::MarkRead{peer("alice")}).done);
  EXPECT_EQ(state_of(alice, "bob", "hello"), api::MessageState::read);
  EXPECT_FALSE(shown<api::ReceiptArrived>(alice).empty());
}

TEST_F(Talk, ReadReceiptsCanBeTurnedOff) {
  world.run(bob, api::SetSettings{api::Settings{.read_receipts = false, .typing = true}});
  say(world, alice, "bob", "hello");
  world.run(bob, api::MarkRead{peer("alice")});
  EXPECT_EQ(state_of(alice, "bob", "hello"), api::MessageState::delivered);
}

TEST_F(Talk, AMessageWaitsForAnAbsentRecipient) {
  world.set_online(bob, false);
  world.settle();
  say(world, alice, "bob", "hello");
  EXPECT_EQ(state_of(alice, "bob", "hello"), api::MessageState::sent);
  world.set_online(bob, true);
  world.settle();
  EXPECT_EQ(texts(world, bob, "alice"), Texts{"hello"});
}

TEST_F(Talk, AMessageWrittenWithoutALinkIsSentLater) {
  say(world, alice, "bob", "first");
  world.set_online(alice, false);
  world.settle();
  EXPECT_TRUE(say(world, alice, "bob", "second").done);
  EXPECT_EQ(state_of(alice, "bob", "second"), api::MessageState::queued);
  EXPECT_EQ(status(world, alice).waiting, 1u);
  world.set_online(alice, true);
  world.settle();
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"first", "second"}));
  EXPECT_EQ(status(world, alice).waiting, 0u);
}

TEST_F(Talk, NobodyByThatNameIsSaidSo) {
  EXPECT_EQ(say(world, alice, "nobody", "hello").error, ErrorCode::unknown_account);
}

TEST_F(Talk, AReplyNamesWhatItAnswers) {
  say(world, alice, "bob", "tea or coffee?");
  const auto question = history(world, bob, "alice").at(0).message_id;
  auto send = text_to("alice", "tea");
  std::get<api::Text>(send.what).in_reply_to = question;
  world.run(bob, std::move(send));
  const auto seen = history(world, alice, "bob");
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[1].in_reply_to, seen[0].message_id);
}

TEST_F(Talk, AReactionAppearsAndIsTakenBack) {
  const auto id = say(world, alice, "bob", "cake!").message_id;
  api::Send react;
  react.to = peer("alice");
  react.what = api::Reaction{.message_id = id, .emoji = "🎂"};
  EXPECT_TRUE(world.run(bob, react).done);
  ASSERT_EQ(history(world, alice, "bob").at(0).reactions.size(), 1u);
  EXPECT_EQ(history(world, alice, "bob")[0].reactions[0].emoji, "🎂");
  EXPECT_FALSE(history(world, alice, "bob")[0].reactions[0].own);
  EXPECT_TRUE(history(world, bob, "alice").at(0).reactions.at(0).own);

  std::get<api::Reaction>(react.what).emoji.clear();
  EXPECT_TRUE(world.run(bob, react).done);
  EXPECT_TRUE(history(world, alice, "bob")[0].reactions.empty());
  EXPECT_TRUE(history(world, bob, "alice")[0].reactions.empty());
}

TEST_F(Talk, AnEditReplacesTheText) {
  const auto id = say(world, alice, "bob", "helo").message_id;
  api::Send edit;
  edit.to = peer("bob");
  edit.what = api::Edit{.message_id = id, .text = "hello"};
  EXPECT_TRUE(world.run(alice, edit).done);
  std::get<api::Edit>(edit.what).text = "hello!";
  EXPECT_TRUE(world.run(alice, edit).done);
  for (auto* device : {&alice, &bob}) {
    const auto seen = history(world, *device, device == &alice ? "bob" : "alice");
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].text, "hello!");
    EXPECT_TRUE(seen[0].edited);
  }
}

TEST_F(Talk, NobodyEditsOrDeletesAnotherOnesMessage) {
  const auto id = say(world, alice, "bob", "mine").message_id;
  api::Send change;
  change.to = peer("alice");
  change.what = api::Edit{.message_id = id, .text = "yours"};
  EXPECT_NE(world.run(bob, change).error, ErrorCode::unspecified);
  change.what = api::Deletion{.message_id = id};
  EXPECT_NE(world.run(bob, change).error, ErrorCode::unspecified);
  EXPECT_EQ(texts(world, alice, "bob"), Texts{"mine"});
}

TEST_F(Talk, ADeletionRemovesTheTextOnBothSides) {
  const auto id = say(world, alice, "bob", "oops").message_id;
  api::Send deletion;
  deletion.to = peer("bob");
  deletion.what = api::Deletion{.message_id = id};
  EXPECT_TRUE(world.run(alice, deletion).done);
  for (auto* device : {&alice, &bob}) {
    const auto seen = history(world, *device, device == &alice ? "bob" : "alice");
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_TRUE(seen[0].deleted);
    EXPECT_EQ(seen[0].text, "");
  }
}

TEST_F(Talk, AnExpiringMessageDisappearsAfterItWasRead) {
  auto send = text_to("bob", "burn after reading");
  send.expires_s = 60;
  world.run(alice, std::move(send));
  world.run_for(seconds(120));
  EXPECT_EQ(texts(world, bob, "alice").size(), 1u) << "not read yet";
  EXPECT_TRUE(texts(world, alice, "bob").empty()) << "for its writer the time began at once";
  world.run(bob, api::MarkRead{peer("alice")});
  world.run_for(seconds(61));
  EXPECT_TRUE(texts(world, bob, "alice").empty());
}

TEST_F(Talk, AFileReferenceArrives) {
  say(world, alice, "bob", "hello");
  api::File file;
  file.content_type = "image/png";
  file.url = "https://hub.example/v1/blobs/abc";
  file.size = 12'345;
  file.encryption = 1;
  file.key = Bytes(16, 1);
  file.nonce = Bytes(12, 2);
  file.ciphertext_sha256 = Bytes(32, 3);
  file.plaintext_sha256 = Bytes(32, 4);
  file.description = "a cat";
  file.filename = "cat.png";
  api::Send send;
  send.to = peer("bob");
  send.what = file;
  EXPECT_TRUE(world.run(alice, send).done);
  const auto seen = history(world, bob, "alice");
  ASSERT_EQ(seen.size(), 2u);
  ASSERT_EQ(seen[1].files.size(), 1u);
  EXPECT_EQ(seen[1].files[0], client::shown_file(file));
}

TEST_F(Talk, TypingShowsAndEnds) {
  say(world, alice, "bob", "hello");
  say(world, bob, "alice", "hello");
  world.run(alice, api::SetTyping{.to = peer("bob"), .active = true});
  ASSERT_EQ(shown<api::TypingChanged>(bob).size(), 1u);
  EXPECT_TRUE(shown<api::TypingChanged>(bob)[0].active);
  world.run_for(seconds(11));
  ASSERT_EQ(shown<api::TypingChanged>(bob).size(), 2u) << "a notice lasts ten seconds";
  EXPECT_FALSE(shown<api::TypingChanged>(bob)[1].active);
}

TEST_F(Talk, TheChatListCountsWhatIsUnread) {
  say(world, alice, "bob", "one");
  say(world, alice, "bob", "two");
  const auto listed = world.run(bob, api::ListChats{});
  const auto* chats = listed.find<api::ChatList>();
  ASSERT_NE(chats, nullptr);
  ASSERT_EQ(chats->chats.size(), 1u);
  EXPECT_EQ(chats->chats[0].peer_handle, "alice");
  EXPECT_EQ(chats->chats[0].unread, 2u);
  EXPECT_EQ(chats->chats[0].preview, "two");
  world.run(bob, api::MarkRead{peer("alice")});
  const auto again = world.run(bob, api::ListChats{});
  EXPECT_EQ(again.find<api::ChatList>()->chats.at(0).unread, 0u);
}

TEST_F(Talk, ABlockedPersonIsNotHeard) {
  say(world, alice, "bob", "hello");
  EXPECT_TRUE(world.run(bob, api::SetBlocked{.who = peer("alice"), .blocked = true}).done);
  EXPECT_TRUE(say(world, alice, "bob", "are you there?").done);
  EXPECT_EQ(texts(world, bob, "alice"), Texts{"hello"});
  EXPECT_EQ(state_of(alice, "bob", "are you there?"), api::MessageState::sent) << "silently";
  world.run(bob, api::SetBlocked{.who = peer("alice"), .blocked = false});
  say(world, alice, "bob", "and now?");
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"hello", "and now?"}));
}

TEST_F(Talk, ATextThatIsTooLongIsRefused) {
  say(world, alice, "bob", "hello");
  const auto outcome = say(world, alice, "bob", std::string(32'768 + 1, 'x'));
  EXPECT_EQ(outcome.error, ErrorCode::too_large);
  EXPECT_TRUE(say(world, alice, "bob", std::string(32'768, 'x')).done);
  EXPECT_EQ(texts(world, bob, "alice").at(1).size(), 32'768u);
}

TEST_F(Talk, OneCanWriteNotesToOneself) {
  EXPECT_TRUE(say(world, alice, "alice", "buy milk").done);
  EXPECT_EQ(texts(world, alice, "alice"), Texts{"buy milk"});
  EXPECT_EQ(status(world, alice).waiting, 0u);
}

TEST_F(Talk, AProfileNameIsSeenByOthers) {
  EXPECT_TRUE(world.run(alice, api::SetProfile{"Alice A."}).done);
  SimDevice& carol = world.add_stranger("carol");
  EXPECT_EQ(contact(world, carol, "alice").profile_name, "Alice A.");
}

TEST_F(Talk, ManyMessagesFromBothSidesKeepTheirOrder) {
  for (int i = 0; i < 60; ++i) {
    world.submit(alice, text_to("bob", "a" + std::to_string(i)));
    world.submit(bob, text_to("alice", "b" + std::to_string(i)));
  }
  world.settle();
  const auto seen = texts(world, alice, "bob");
  EXPECT_EQ(seen.size(), 120u);
  EXPECT_EQ(seen, texts(world, bob, "alice"));
  for (const char who : {'a', 'b'}) {
    int next = 0;
    for (const auto& text : seen) {
      if (text[0] != who) continue;
      EXPECT_EQ(text, who + std::to_string(next++));
    }
  }
}

}  // namespace
}  // namespace parley::sim
