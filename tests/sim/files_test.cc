// Files between people: what the engine orders of its runtime and what people see, over
// restarts, failures and files that change.
#include <gtest/gtest.h>

#include "client/engine/record_keys.h"
#include "tests/sim/chat.h"

namespace parley::sim {
namespace {

constexpr auto kTransferKind = static_cast<std::uint32_t>(client::RecordKind::transfer);

class Files : public ::testing::Test {
 protected:
  Files() {
    // Both have heard of each other.
    say(world, alice, "bob", "hello");
    say(world, bob, "alice", "hello");
    world.media.put(alice, "/home/cat.png", cat);
    world.media.put(alice, "/home/dog.mp4", dog);
  }

  static api::SendFiles files(std::initializer_list<const char*> paths, bool wait = true) {
    api::SendFiles send;
    send.to = peer("bob");
    for (const char* path : paths) {
      api::LocalFile file;
      file.path = path;
      file.content_type = std::string(path).ends_with("png") ? "image/png" : "video/mp4";
      send.files.push_back(std::move(file));
    }
    send.wait = wait;
    return send;
  }
  api::SaveFile save_of(const api::Message& message, std::uint32_t index = 0) {
    api::SaveFile save;
    save.chat = peer("alice");
    save.message_id = message.message_id;
    save.index = index;
    save.folder = "/tmp";
    save.wait = true;
    return save;
  }
  api::Message newest(SimDevice& device, const std::string& with) {
    auto all = history(world, device, with);
    EXPECT_FALSE(all.empty());
    return all.empty() ? api::Message{} : all.back();
  }
  static std::optional<api::Transfer> last_transfer(const SimDevice& device) {
    const auto all = shown<api::Transfer>(device);
    return all.empty() ? std::nullopt : std::optional(all.back());
  }

  World world{77};
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");
  Bytes cat = Bytes(3000, 'c'), dog = Bytes(5'000'000, 'd');
};

TEST_F(Files, AFileAboveTwoGigabytesIsNotSent) {
  world.media.pretended_size = (std::uint64_t{2} << 30) + 1;
  const auto refused = world.run(alice, files({"/home/cat.png"}));
  EXPECT_EQ(refused.error, ErrorCode::too_large);
  EXPECT_EQ(last_transfer(alice)->state, api::TransferState::stopped);
  EXPECT_EQ(world.media.upload_orders, 0);
}

TEST_F(Files, AFileArrivesWithItsCaptionAndIsSaved) {
  auto send = files({"/home/cat.png"});
  send.caption = "look at her";
  const auto sent = world.run(alice, std::move(send));
  ASSERT_TRUE(sent.done) << to_string(sent.error);
  const api::Message got = newest(bob, "alice");
  EXPECT_EQ(got.message_id, sent.message_id);
  EXPECT_EQ(got.text, "look at her");
  ASSERT_EQ(got.files.size(), 1u);
  EXPECT_EQ(got.files[0].filename, "cat.png");
  EXPECT_EQ(got.files[0].kind, api::FileKind::image_file);
  EXPECT_EQ(got.files[0].size, 3000u);
  EXPECT_TRUE(got.files[0].key.empty() && got.files[0].url.empty()) << "keys are not shown";

  EXPECT_TRUE(world.run(bob, save_of(got)).done);
  ASSERT_NE(world.media.find(bob, "/tmp/cat.png"), nullptr);
  EXPECT_EQ(*world.media.find(bob, "/tmp/cat.png"), cat);
  EXPECT_EQ(last_transfer(bob)->path, "/tmp/cat.png");
  EXPECT_EQ(last_transfer(bob)->state, api::TransferState::completed);
  EXPECT_EQ(alice.disk.count(kTransferKind), 0u) << "the keys go with the transfer";
  EXPECT_EQ(bob.disk.count(kTransferKind), 0u);
}

TEST_F(Files, SeveralFilesAreOneMessage) {
  ASSERT_TRUE(world.run(alice, files({"/home/cat.png", "/home/dog.mp4"})).done);
  const api::Message got = newest(bob, "alice");
  ASSERT_EQ(got.files.size(), 2u);
  EXPECT_EQ(got.files[1].kind, api::FileKind::video_file);
  EXPECT_TRUE(world.run(bob, save_of(got, 1)).done);
  EXPECT_EQ(*world.media.find(bob, "/tmp/dog.mp4"), dog);
  EXPECT_EQ(world.run(bob, save_of(got, 2)).error, ErrorCode::unknown_reference);
  EXPECT_EQ(last_transfer(alice)->size, cat.size() + dog.size());
}

TEST_F(Files, TheOwnOtherDeviceCanSaveThemToo) {
  SimDevice& laptop = world.link_device(alice, "laptop");
  ASSERT_TRUE(world.run(alice, files({"/home/cat.png"})).done);
  auto save = save_of(newest(laptop, "bob"));
  save.chat = peer("bob");
  EXPECT_TRUE(world.run(laptop, save).done);
  EXPECT_EQ(*world.media.find(laptop, "/tmp/cat.png"), cat);
}

TEST_F(Files, ATransferGoesOnAfterAFailureAtAnyStep) {
  for (int step = 1; step < 25; ++step) {
    for (const auto point :
         {CrashPoint::before_persist, CrashPoint::after_persist, CrashPoint::before_show}) {
      SCOPED_TRACE(step);
      const std::size_t before = history(world, bob, "alice").size();
      // Not waited for: the command's answer may be what is lost.
      alice.crash_at(alice.steps() + static_cast<std::uint64_t>(step), point);
      world.submit(alice, files({"/home/cat.png"}, false));
      world.settle();
      if (!alice.running()) {
        world.restart(alice);
        world.settle();
      }
      const auto after = history(world, bob, "alice");
      // It may have failed before anything was stored; then there is nothing, and never half.
      ASSERT_LE(after.size(), before + 1);
      if (after.size() > before) {
        EXPECT_EQ(after.back().files.at(0).size, cat.size());
      }
      EXPECT_EQ(alice.disk.count(kTransferKind), 0u);
    }
  }
}

TEST_F(Files, ANetworkThatComesBackIsWaitedFor) {
  world.media.failures = 4;
  const auto command = world.submit(alice, files({"/home/cat.png"}));
  world.run_for(minutes(2));
  EXPECT_TRUE(world.outcome(alice, command).done);
  EXPECT_EQ(newest(bob, "alice").files.size(), 1u);
}

TEST_F(Files, AFileThatChangedStopsAndIsSentAnewUnderAnotherKey) {
  world.media.failures = 0;
  world.submit(alice, files({"/home/dog.mp4"}, false));
  // The hash is taken, then the file changes, then the upload begins.
  while (world.media.digests == 0) ASSERT_TRUE(world.run_one());
  world.media.put(alice, "/home/dog.mp4", Bytes(10, 'x'));
  world.settle();
  ASSERT_EQ(last_transfer(alice)->state, api::TransferState::stopped);
  EXPECT_EQ(last_transfer(alice)->failure, ErrorCode::file_changed);
  world.restart(alice);
  world.settle();
  const auto listed = world.run(alice, api::ListTransfers{});
  ASSERT_EQ(listed.find<api::TransferList>()->transfers.size(), 1u);
  const auto number = listed.find<api::TransferList>()->transfers[0].number;
  EXPECT_EQ(listed.find<api::TransferList>()->transfers[0].state, api::TransferState::stopped);
  EXPECT_TRUE(world.run(alice, api::ResumeTransfer{number, true}).done);
  EXPECT_EQ(newest(bob, "alice").files.at(0).size, 10u);
}

TEST_F(Files, AFileThatCannotBeReadIsSaid) {
  EXPECT_EQ(world.run(alice, files({"/home/none"})).error, ErrorCode::invalid_argument);
  world.media.put(alice, "/home/none", cat);
  const auto number = last_transfer(alice)->number;
  EXPECT_TRUE(world.run(alice, api::ResumeTransfer{number, true}).done);
  EXPECT_EQ(world.run(alice, files({"relative"})).error, ErrorCode::invalid_argument);
  EXPECT_EQ(world.run(alice, api::ResumeTransfer{99, true}).error, ErrorCode::unknown_reference);
}

TEST_F(Files, WhatIsCancelledLeavesNothing) {
  world.media.failures = 1000;
  const auto waiting = world.submit(alice, files({"/home/cat.png"}));
  world.settle();
  const auto number = last_transfer(alice)->number;
  EXPECT_TRUE(world.run(alice, api::CancelTransfer{number}).done);
  EXPECT_EQ(world.outcome(alice, waiting).error, ErrorCode::unknown_reference);
  world.media.failures = 0;
  world.run_for(minutes(5));
  EXPECT_EQ(alice.disk.count(kTransferKind), 0u);
  EXPECT_EQ(world.media.stops, 1);
  EXPECT_EQ(history(world, bob, "alice").size(), 2u);
}

TEST_F(Files, WhatIsNotWhatWasNamedIsRefusedForGood) {
  world.media.damages = true;
  ASSERT_TRUE(world.run(alice, files({"/home/cat.png"})).done);
  const auto got = newest(bob, "alice");
  EXPECT_EQ(world.run(bob, save_of(got)).error, ErrorCode::file_damaged);
  EXPECT_EQ(world.media.find(bob, "/tmp/cat.png"), nullptr);
  world.run_for(minutes(10));
  EXPECT_EQ(world.media.downloads, 1) << "it is not tried again by itself";
}

TEST_F(Files, TooManyAtATimeAreRefused) {
  world.set_online(alice, false);
  world.settle();
  for (std::size_t i = 0; i < client::kMaxTransfers; ++i) {
    ASSERT_TRUE(world.run(alice, files({"/home/cat.png"}, false)).done);
  }
  EXPECT_EQ(world.run(alice, files({"/home/cat.png"})).error, ErrorCode::limit_reached);
}

TEST_F(Files, FilesThatAreAskedForAgainAfterARestartGoOnce) {
  auto send = files({"/home/cat.png"}, false);
  send.once_id = Bytes(16, 7);
  ASSERT_TRUE(world.run(alice, send).done);
  alice.crash();
  alice.start(world.now());
  world.settle();
  EXPECT_TRUE(world.run(alice, send).done);
  EXPECT_EQ(alice.disk.count(kTransferKind), 0u);
  EXPECT_EQ(history(world, bob, "alice").size(), 3u) << "two greetings and the picture";
}

TEST_F(Files, ATransferSaysWhereItsFilesAre) {
  ASSERT_TRUE(world.run(alice, files({"/home/cat.png", "/home/dog.mp4"})).done);
  const auto sent = last_transfer(alice);
  EXPECT_EQ(sent->sources, (std::vector<std::string>{"/home/cat.png", "/home/dog.mp4"}));
  ASSERT_TRUE(world.run(bob, save_of(newest(bob, "alice"))).done);
  EXPECT_TRUE(last_transfer(bob)->sources.empty());
}

// --- before acceptance

class FirstWords : public ::testing::Test {
 protected:
  World world{78};
  SimDevice& alice = world.add_stranger("alice");
  SimDevice& bob = world.add_stranger("bob");
};

TEST_F(FirstWords, NoFileGoesBeforeSomethingCameBack) {
  world.media.put(alice, "/a.txt", Bytes(10));
  api::SendFiles send;
  send.to = peer("bob");
  send.files.push_back(api::LocalFile{"/a.txt", "text/plain", {}, {}});
  send.wait = true;
  EXPECT_EQ(world.run(alice, send).error, ErrorCode::request_too_large);
  say(world, alice, "bob", "hello");
  EXPECT_EQ(world.run(alice, send).error, ErrorCode::request_too_large);
  world.run(bob, api::Accept{peer("alice")});  // the held report goes out
  EXPECT_TRUE(world.run(alice, send).done);
}

TEST_F(FirstWords, ALongTextIsRefusedBeforeItLeaves) {
  const auto refused = say(world, alice, "bob", std::string(800, 'x'));
  EXPECT_EQ(refused.error, ErrorCode::request_too_large);
  EXPECT_TRUE(history(world, alice, "bob").empty());
  const auto* why = refused.find<api::CommandFailed>();
  ASSERT_NE(why, nullptr);
  EXPECT_NE(why->detail.find("800 bytes"), std::string::npos) << why->detail;
  // As much as it says fits, and the hub agrees.
  const auto at = why->detail.rfind(", ") + 2;
  const std::size_t room = std::stoul(why->detail.substr(at));
  EXPECT_GT(room, 700u);
  api::Send exact = text_to("bob", std::string(room, 'x'));
  exact.wait = true;
  const auto sent = world.run(alice, std::move(exact));
  EXPECT_TRUE(sent.done) << to_string(sent.error);
  EXPECT_EQ(say(world, alice, "bob", std::string(room + 1, 'x')).error,
            ErrorCode::request_too_large);
  say(world, bob, "alice", "well?");
  EXPECT_TRUE(say(world, alice, "bob", std::string(5000, 'x')).done);
}

TEST_F(FirstWords, NothingIsFetchedInARequest) {
  say(world, alice, "bob", "hello");
  const auto request = history(world, bob, "alice");
  ASSERT_EQ(request.size(), 1u);
  api::SaveFile save;
  save.chat = peer("alice");
  save.message_id = request[0].message_id;
  save.folder = "/tmp";
  EXPECT_EQ(world.run(bob, save).error, ErrorCode::not_allowed);
}

}  // namespace
}  // namespace parley::sim
