// Power fails at every step of a conversation, at each of its points, on either side; each
// time the device starts again from its store and nothing is lost or shown twice.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/chat.h"

namespace parley::sim {
namespace {

using Texts = std::vector<std::string>;

constexpr CrashPoint kPoints[] = {CrashPoint::before_persist, CrashPoint::after_persist,
                                  CrashPoint::before_show};

// Starts what has crashed, until all is quiet.
void recover(World& world) {
  world.settle();
  for (const auto& device : world.devices()) {
    if (!device->running()) world.restart(*device);
  }
  world.settle();
}

bool has_text(World& world, SimDevice& device, const std::string& with, const std::string& text) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto life = device.life;
    const auto all = texts(world, device, with);
    recover(world);
    // A look into the chat may itself have been cut short.
    if (device.life == life) return std::count(all.begin(), all.end(), text) > 0;
  }
  return false;
}

bool has_account(World& world, SimDevice& device) {
  auto outcome = world.run(device, api::GetStatus{});
  if (!outcome.done) {  // it crashed right then
    recover(world);
    outcome = world.run(device, api::GetStatus{});
  }
  const auto* found = outcome.find<api::Status>();
  return found && found->has_account;
}

// As a person would: if after the crash one's message is not there, write it again.
void say_until_it_stands(World& world, SimDevice& from, const std::string& to,
                         const std::string& text) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    world.submit(from, text_to(to, text));
    recover(world);
    if (has_text(world, from, to, text)) return;
    recover(world);
  }
  ADD_FAILURE() << text << " never stood in the chat";
}

struct Pair {
  explicit Pair(std::uint64_t seed) : world(seed) {}
  World world;
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");
};

void converse(Pair& pair) {
  say_until_it_stands(pair.world, pair.alice, "bob", "one");
  say_until_it_stands(pair.world, pair.bob, "alice", "two");
  say_until_it_stands(pair.world, pair.alice, "bob", "three");
  pair.world.run(pair.bob, api::MarkRead{peer("alice")});
  recover(pair.world);
}

void expect_all_is_there(Pair& pair) {
  const Texts expected{"one", "two", "three"};
  EXPECT_EQ(texts(pair.world, pair.alice, "bob"), expected);
  EXPECT_EQ(texts(pair.world, pair.bob, "alice"), expected);
  EXPECT_EQ(status(pair.world, pair.alice).waiting, 0u);
  EXPECT_EQ(status(pair.world, pair.bob).waiting, 0u);
  for (auto* device : {&pair.alice, &pair.bob}) {
    EXPECT_EQ(notices(*device, api::NoticeKind::message_lost), 0u);
    EXPECT_EQ(notices(*device, api::NoticeKind::message_refused), 0u);
    std::vector<Bytes> ids;
    for (const auto& added : shown<api::MessageAdded>(*device)) {
      ids.push_back(added.message->message_id);
    }
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end()) << "shown twice";
  }
}

class CrashAtEveryStep : public ::testing::TestWithParam<std::tuple<bool, CrashPoint>> {};

TEST_P(CrashAtEveryStep, LosesAndRepeatsNothing) {
  const auto [sender, point] = GetParam();
  for (std::uint64_t offset = 1;; ++offset) {
    SCOPED_TRACE("step " + std::to_string(offset));
    Pair pair(23);
    SimDevice& victim = sender ? pair.alice : pair.bob;
    const std::uint64_t at = victim.steps() + offset;
    victim.crash_at(at, point);
    const std::uint64_t lives = victim.life;
    converse(pair);
    if (victim.life == lives) {
      EXPECT_GT(offset, 10u);
      break;  // the conversation was over before that step
    }
    expect_all_is_there(pair);
    if (HasFailure()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(, CrashAtEveryStep,
                         ::testing::Combine(::testing::Bool(), ::testing::ValuesIn(kPoints)));

TEST(CrashDuringSignUp, LeavesNothingThatCannotBeFinished) {
  for (const CrashPoint point : kPoints) {
    for (std::uint64_t offset = 1;; ++offset) {
      SCOPED_TRACE("step " + std::to_string(offset) + " point " +
                   std::to_string(static_cast<int>(point)));
      World world(29);
      SimDevice& bob = world.add_person("bob");
      SimDevice& alice = world.add_device("alice");
      alice.crash_at(alice.steps() + offset, point);
      const std::uint64_t lives = alice.life;
      const api::SignUp request{"alice", "correct horse", "DE", "laptop"};
      world.submit(alice, request);
      recover(world);
      const bool crashed = alice.life != lives;
      if (!has_account(world, alice)) {
        const auto again = world.run(alice, request);
        EXPECT_TRUE(again.done) << to_string(again.error);
      }
      recover(world);
      EXPECT_TRUE(say(world, bob, "alice", "welcome").done);
      EXPECT_EQ(texts(world, alice, "bob"), Texts{"welcome"});
      // A device that was made and never came back holds nothing up.
      EXPECT_TRUE(say(world, alice, "bob", "thanks").done);
      EXPECT_EQ(texts(world, bob, "alice"), (Texts{"welcome", "thanks"}));
      if (HasFailure()) return;
      if (!crashed) break;
    }
  }
}

}  // namespace
}  // namespace parley::sim
