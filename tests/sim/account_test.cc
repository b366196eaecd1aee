// Signing up and in, further devices, recovery, export, leaving.
#include <gtest/gtest.h>

#include "lib/wire/wire.h"
#include "tests/sim/chat.h"

namespace parley::sim {
namespace {

using Texts = std::vector<std::string>;

api::LogIn log_in(const std::string& handle) {
  return {.handle = handle,
          .password = "correct horse",
          .device_name = "another",
          .recovery_key = "",
          .reset_identity = false};
}

class Account : public ::testing::Test {
 protected:
  std::string recovery_key(SimDevice& device, bool renew = false) {
    const auto outcome = world.run(device, api::ShowRecoveryKey{.renew = renew});
    const auto* key = outcome.find<api::RecoveryKey>();
    EXPECT_NE(key, nullptr) << to_string(outcome.error);
    return key ? key->text : "";
  }

  World world{11};
};

TEST_F(Account, ATakenNameIsRefused) {
  world.add_person("alice");
  SimDevice& other = world.add_device("other");
  EXPECT_EQ(world.run(other, api::SignUp{"alice", "correct horse", "DE", "x"}).error,
            ErrorCode::handle_taken);
  EXPECT_TRUE(world.run(other, api::SignUp{"alice2", "correct horse", "DE", "x"}).done)
      << "one may try again";
}

TEST_F(Account, AnUnusableNameOrPasswordIsRefused) {
  SimDevice& device = world.add_device("device");
  EXPECT_EQ(world.run(device, api::SignUp{"a b", "correct horse", "DE", "x"}).error,
            ErrorCode::invalid_argument);
  EXPECT_EQ(world.run(device, api::SignUp{"alice", "short", "DE", "x"}).error,
            ErrorCode::invalid_argument);
}

TEST_F(Account, CommandsBeforeSignUpSayThatThereIsNoAccount) {
  SimDevice& device = world.add_device("device");
  EXPECT_EQ(say(world, device, "bob", "hello").error, ErrorCode::no_account);
  EXPECT_EQ(world.run(device, api::ListChats{}).error, ErrorCode::no_account);
  EXPECT_FALSE(status(world, device).has_account);
}

TEST_F(Account, ASecondSignUpOnADeviceIsRefused) {
  SimDevice& alice = world.add_person("alice");
  EXPECT_EQ(world.run(alice, api::SignUp{"alicia", "correct horse", "DE", "x"}).error,
            ErrorCode::account_exists);
}

TEST_F(Account, AWrongPasswordIsRefused) {
  world.add_person("alice");
  SimDevice& other = world.add_device("other");
  auto request = log_in("alice");
  request.password = "wrong horse";
  request.reset_identity = true;
  EXPECT_EQ(world.run(other, request).error, ErrorCode::wrong_credentials);
}

TEST_F(Account, BothSidesOfALinkShowTheSameDigits) {
  SimDevice& alice = world.add_person("alice");
  SimDevice& tablet = world.add_device("tablet");
  const auto link = world.run(tablet, api::StartLink{"tablet"});
  const auto* code = link.find<api::LinkCode>();
  ASSERT_NE(code, nullptr);
  const auto inspected = world.run(alice, api::InspectLink{code->code});
  const auto* check = inspected.find<api::LinkCheck>();
  ASSERT_NE(check, nullptr);
  EXPECT_EQ(check->check, code->check);
  EXPECT_EQ(check->check.size(), 6u);
}

TEST_F(Account, ALinkedDeviceGetsEverythingThatComesAndGoes) {
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");
  say(world, alice, "bob", "before");
  SimDevice& tablet = world.link_device(alice, "tablet");
  say(world, bob, "alice", "to both");
  say(world, alice, "bob", "from the first");
  say(world, tablet, "bob", "from the second");
  const Texts expected{"to both", "from the first", "from the second"};
  EXPECT_EQ(texts(world, tablet, "bob"), expected);
  const Texts all{"before", "to both", "from the first", "from the second"};
  EXPECT_EQ(texts(world, alice, "bob"), all);
  EXPECT_EQ(texts(world, bob, "alice"), all);
  EXPECT_EQ(notices(bob, api::NoticeKind::identity_changed), 0u);
}

TEST_F(Account, ReadMarksAndDecisionsReachOwnDevices) {
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");
  SimDevice& tablet = world.link_device(alice, "tablet");
  say(world, bob, "alice", "hello");
  world.run(alice, api::MarkRead{peer("bob")});
  const auto chats = world.run(tablet, api::ListChats{});
  ASSERT_NE(chats.find<api::ChatList>(), nullptr);
  EXPECT_EQ(chats.find<api::ChatList>()->chats.at(0).unread, 0u);
  EXPECT_TRUE(world.run(alice, api::SetVerified{.who = peer("bob"), .verified = true}).done);
  EXPECT_TRUE(contact(world, tablet, "bob").verified);
  world.run(tablet, api::SetBlocked{.who = peer("bob"), .blocked = true});
  EXPECT_TRUE(contact(world, alice, "bob").blocked);
}

TEST_F(Account, DevicesAreListedRenamedAndRemoved) {
  SimDevice& alice = world.add_person("alice");
  SimDevice& tablet = world.link_device(alice, "tablet");
  const auto listed = world.run(alice, api::ListDevices{});
  const auto* list = listed.find<api::DeviceList>();
  ASSERT_NE(list, nullptr);
  ASSERT_EQ(list->devices.size(), 2u);
  EXPECT_EQ(list->devices[0].name, "alice's");
  EXPECT_EQ(list->devices[1].name, "tablet");
  EXPECT_TRUE(list->devices[0].this_device);
  EXPECT_FALSE(list->devices[1].this_device);

  const std::uint32_t id = list->devices[1].device_id;
  EXPECT_TRUE(world.run(alice, api::RenameDevice{.device_id = id, .name = "kitchen"}).done);
  const auto renamed = world.run(tablet, api::ListDevices{});
  EXPECT_EQ(renamed.find<api::DeviceList>()->devices.at(1).name, "kitchen");

  EXPECT_TRUE(world.run(alice, api::RemoveDevice{id}).done);
  world.run_for(seconds(60));
  const auto after = status(world, tablet);
  EXPECT_EQ(after.link, api::LinkState::offline);
  EXPECT_NE(after.problem, ErrorCode::unspecified);
  EXPECT_EQ(world.run(alice, api::ListDevices{}).find<api::DeviceList>()->devices.size(), 1u);
}

TEST_F(Account, SendingGoesOnAfterADeviceWasRemoved) {
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");
  SimDevice& tablet = world.link_device(alice, "tablet");
  say(world, bob, "alice", "one");
  const auto devices = world.run(alice, api::ListDevices{});
  const auto id = status(world, tablet).device_id;
  world.run(alice, api::RemoveDevice{id});
  say(world, bob, "alice", "two");
  EXPECT_EQ(texts(world, alice, "bob"), (Texts{"one", "two"}));
}

TEST_F(Account, TheRecoveryKeyKeepsTheIdentity) {
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");
  say(world, alice, "bob", "hello");
  const auto before = contact(world, bob, "alice").identity_key;
  const auto key = recovery_key(alice);
  world.set_online(alice, false);

  SimDevice& fresh = world.add_device("fresh");
  auto request = log_in("alice");
  request.recovery_key = key;
  const auto logged_in = world.run(fresh, request);
  EXPECT_TRUE(logged_in.done) << to_string(logged_in.error);
  EXPECT_TRUE(say(world, fresh, "bob", "it is me").done);
  EXPECT_EQ(texts(world, bob, "alice"), (Texts{"hello", "it is me"}));
  EXPECT_EQ(contact(world, bob, "alice").identity_key, before);
  EXPECT_EQ(notices(bob, api::NoticeKind::identity_changed), 0u);
}

TEST_F(Account, AWrongOrOldRecoveryKeyOpensNothing) {
  SimDevice& alice = world.add_person("alice");
  const auto old = recovery_key(alice);
  const auto renewed = recovery_key(alice, true);
  EXPECT_NE(old, renewed);
  EXPECT_EQ(recovery_key(alice), renewed) << "shown again, not made again";
  SimDevice& fresh = world.add_device("fresh");
  auto request = log_in("alice");
  request.recovery_key = old;
  EXPECT_EQ(world.run(fresh, request).error, ErrorCode::recovery_failed);
  request.recovery_key = "not a key";
  EXPECT_EQ(world.run(fresh, request).error, ErrorCode::recovery_failed);
  request.recovery_key = renewed;
  EXPECT_TRUE(world.run(fresh, request).done);
}

TEST_F(Account, AnExportRestoresTheHistoryOnceOnly) {
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");
  Texts said;
  for (int i = 0; i < 40; ++i) {
    said.push_back("message " + std::to_string(i));
    say(world, i % 2 ? alice : bob, i % 2 ? "bob" : "alice", said.back());
  }
  const auto exported = world.run(alice, api::ExportHistory{"long passphrase"});
  ASSERT_TRUE(exported.done) << to_string(exported.error);
  SimDevice& tablet = world.link_device(alice, "tablet");
  ASSERT_TRUE(texts(world, tablet, "bob").empty());

  for (int round = 0; round < 2; ++round) {
    std::uint64_t id = 0;
    for (const auto& event : exported.events) {
      const auto* chunk = std::get_if<api::ExportChunk>(&event.body);
      if (!chunk) continue;
      api::Command command;
      id = command.id = 1'000'000u + static_cast<std::uint64_t>(round);
      command.body = api::ImportHistory{"long passphrase", chunk->data, chunk->last};
      tablet.feed(world.now(), std::move(command));
      world.settle();
    }
    EXPECT_TRUE(world.outcome(tablet, id).done) << to_string(world.outcome(tablet, id).error);
    EXPECT_EQ(texts(world, tablet, "bob"), said);
  }
}

TEST_F(Account, AnExportOfLongMessagesComesInPiecesThatFit) {
  SimDevice& alice = world.add_person("alice");
  world.add_person("bob");
  say(world, alice, "bob", "hello");
  for (int i = 0; i < 60; ++i) {
    world.submit(alice, text_to("bob", std::string(30'000, static_cast<char>('a' + i % 26))));
  }
  world.settle();
  const auto exported = world.run(alice, api::ExportHistory{"long passphrase"});
  ASSERT_TRUE(exported.done);
  std::size_t pieces = 0;
  for (const auto& event : exported.events) {
    const auto* chunk = std::get_if<api::ExportChunk>(&event.body);
    if (!chunk) continue;
    ++pieces;
    EXPECT_TRUE(wire::decode<api::ExportChunk>(wire::encode(*chunk)).has_value());
  }
  EXPECT_GT(pieces, 4u);
}

TEST_F(Account, AnExportNeedsItsPassphraseAndEveryByte) {
  SimDevice& alice = world.add_person("alice");
  world.add_person("bob");
  say(world, alice, "bob", "hello");
  const auto exported = world.run(alice, api::ExportHistory{"long passphrase"});
  Bytes file;
  for (const auto& event : exported.events) {
    if (const auto* chunk = std::get_if<api::ExportChunk>(&event.body)) append(file, chunk->data);
  }
  ASSERT_FALSE(file.empty());
  EXPECT_EQ(as_text(file).find("hello"), std::string_view::npos);
  const auto import = [&](Bytes data, const std::string& passphrase) {
    return world.run(alice, api::ImportHistory{passphrase, std::move(data), true}).error;
  };
  EXPECT_EQ(import(file, "another one"), ErrorCode::backup_failed);
  Bytes damaged = file;
  damaged[damaged.size() / 2] ^= 1;
  EXPECT_EQ(import(damaged, "long passphrase"), ErrorCode::backup_failed);
  EXPECT_EQ(import(Bytes(file.begin(), file.end() - 20), "long passphrase"),
            ErrorCode::backup_failed)
      << "cut off";
  EXPECT_EQ(import(file, "long passphrase"), ErrorCode::unspecified);
}

TEST_F(Account, LoggingOutLeavesNothingBehind) {
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");
  SimDevice& tablet = world.link_device(alice, "tablet");
  say(world, bob, "alice", "hello");
  EXPECT_TRUE(world.run(tablet, api::LogOut{}).done);
  EXPECT_EQ(tablet.disk.size(), 0u);
  EXPECT_FALSE(status(world, tablet).has_account);
  EXPECT_EQ(world.run(alice, api::ListDevices{}).find<api::DeviceList>()->devices.size(), 1u);
  EXPECT_TRUE(say(world, bob, "alice", "still there?").done);
  EXPECT_EQ(texts(world, alice, "bob").size(), 2u);
}

TEST_F(Account, ADeletedAccountCannotBeWrittenTo) {
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");
  say(world, bob, "alice", "hello");
  EXPECT_EQ(world.run(alice, api::DeleteAccount{"wrong horse"}).error,
            ErrorCode::wrong_credentials);
  EXPECT_TRUE(world.run(alice, api::DeleteAccount{"correct horse"}).done);
  EXPECT_EQ(alice.disk.size(), 0u);
  auto send = text_to("alice", "are you there?");
  send.wait = true;
  EXPECT_EQ(world.run(bob, std::move(send)).error, ErrorCode::account_deleted);
  const auto seen = history(world, bob, "alice");
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[1].state, api::MessageState::failed);
}

TEST_F(Account, APasswordCanBeChanged) {
  SimDevice& alice = world.add_person("alice");
  EXPECT_EQ(world.run(alice, api::ChangePassword{"wrong horse", "better staple"}).error,
            ErrorCode::wrong_credentials);
  EXPECT_TRUE(world.run(alice, api::ChangePassword{"correct horse", "better staple"}).done);
  EXPECT_EQ(world.run(alice, api::DeleteAccount{"correct horse"}).error,
            ErrorCode::wrong_credentials);
}

}  // namespace
}  // namespace parley::sim
