// Keys for those who have none yet: used up, replenished, rotated.
#include <gtest/gtest.h>

#include "client/engine/record_keys.h"
#include "lib/base/limits.h"
#include "tests/sim/chat.h"

namespace parley::sim {
namespace {

std::size_t count(const SimDevice& device, client::RecordKind kind) {
  return device.disk.count(static_cast<std::uint32_t>(kind));
}

TEST(Prekeys, AreReplenishedWhenTheyRunLow) {
  World world(17);
  SimDevice& bob = world.add_person("bob");
  const auto before = count(bob, client::RecordKind::one_time_prekey);
  EXPECT_GE(before, limits::kPrekeysLowMark);
  // Each stranger uses up one.
  for (std::size_t i = 0; i < before; ++i) {
    SimDevice& stranger = world.add_stranger("stranger" + std::to_string(i));
    EXPECT_TRUE(say(world, stranger, "bob", "hello").done);
  }
  world.run_for(minutes(5));
  EXPECT_GE(count(bob, client::RecordKind::one_time_prekey), limits::kPrekeysLowMark);
  EXPECT_GE(count(bob, client::RecordKind::kyber_prekey), limits::kPrekeysLowMark);
  EXPECT_EQ(shown<api::RequestChanged>(bob).size(), before);
}

TEST(Prekeys, SignedOnesRotateAndOldOnesStillOpenMessages) {
  World world(19);
  SimDevice& alice = world.add_person("alice");
  SimDevice& bob = world.add_person("bob");
  world.set_online(bob, false);
  world.settle();
  say(world, alice, "bob", "to the old key");
  world.run_for(days(6));
  world.set_online(bob, true);
  world.settle();
  EXPECT_EQ(texts(world, bob, "alice"), std::vector<std::string>{"to the old key"});
  EXPECT_GE(count(bob, client::RecordKind::signed_prekey), 2u) << "a new one was made";
  for (int i = 0; i < 30; ++i) world.run_for(days(2));
  EXPECT_LE(count(bob, client::RecordKind::signed_prekey), 20u) << "old ones go";
  SimDevice& carol = world.add_person("carol");
  EXPECT_TRUE(say(world, carol, "bob", "to the new key").done);
  EXPECT_EQ(texts(world, bob, "carol"), std::vector<std::string>{"to the new key"});
}

}  // namespace
}  // namespace parley::sim
