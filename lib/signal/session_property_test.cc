// Two devices and a network that loses, repeats and reorders: whatever arrives is
// read rightly or refused for a reason that the limits give. A failure prints its
// seed; PARLEY_SEED=N repeats it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "lib/signal/session_test_base.h"

namespace parley::signal {
namespace {

using testing::code;
using testing::TestDevice;

class World {
 public:
  explicit World(std::uint64_t seed)
      : random_(seed), devices_{TestDevice(seed * 2 + 1), TestDevice(seed * 2 + 2)} {}

  void step() {
    switch (random_.below(16)) {
      case 0:
        return restart(random_.below(2));
      case 1:
        return store_and_load(random_.below(2));
      case 2:
      case 3:
        return lose();
      default:
        return random_.below(5) < 2 ? send(random_.below(2)) : deliver();
    }
  }
  std::size_t read() const { return read_; }
  std::size_t unread() const { return unread_; }

 private:
  struct Travelling {
    std::size_t to;
    Message message;
    std::string text;
    bool came = false;
  };

  // A new session though there may be one: a reset, or both starting at once.
  void restart(std::size_t who) {
    if (random_.below(20) != 0 && devices_[who].record.can_encrypt(devices_[who].now)) return;
    ASSERT_TRUE(devices_[who].start(devices_[1 - who].bundle(
        {.one_time = random_.below(2) == 0, .last_resort = random_.below(2) == 0})));
  }
  void store_and_load(std::size_t who) {
    const Bytes bytes = testing::stored(devices_[who].record);
    devices_[who].record = SessionRecord::parse(bytes).value();
    ASSERT_EQ(testing::stored(devices_[who].record), bytes);
  }
  void send(std::size_t who) {
    if (!devices_[who].record.can_encrypt(devices_[who].now)) restart(who);
    const std::string text = "text " + std::to_string(sent_++);
    network_.push_back({1 - who, devices_[who].send(text).value(), text});
  }
  void lose() {
    if (!network_.empty() && random_.below(8) == 0) take();
  }
  Travelling take() {
    const auto at = static_cast<std::ptrdiff_t>(random_.below(network_.size()));
    Travelling one = std::move(network_[static_cast<std::size_t>(at)]);
    network_.erase(network_.begin() + at);
    return one;
  }
  void deliver() {
    if (network_.empty()) return;
    Travelling one = take();
    TestDevice& device = devices_[one.to];
    const Bytes before = testing::stored(device.record);
    const auto text = device.receive(one.message);
    if (text) {
      EXPECT_FALSE(one.came) << "read twice: " << one.text;
      EXPECT_EQ(*text, one.text);
      ++read_;
    } else {
      EXPECT_EQ(testing::stored(device.record), before);
      explain(text.error().code, one);
    }
    one.came = true;
    if (random_.below(6) == 0) network_.push_back(std::move(one));
  }
  void explain(ErrorCode problem, const Travelling& one) {
    if (one.came) {
      // A repetition is named as such for as long as its chain is known.
      EXPECT_TRUE(problem == ErrorCode::duplicate_message ||
                  problem == ErrorCode::decryption_failed || problem == ErrorCode::unknown_prekey);
      return;
    }
    // Too old: its chain was forgotten (five are kept).
    EXPECT_EQ(problem, ErrorCode::decryption_failed) << one.text;
    ++unread_;
  }

  crypto::SeededRandom random_;
  TestDevice devices_[2];
  std::vector<Travelling> network_;
  int sent_ = 0;
  std::size_t read_ = 0;
  std::size_t unread_ = 0;
};

TEST(SessionProperty, WhatArrivesIsReadOnceAndRightly) {
  const char* chosen = std::getenv("PARLEY_SEED");
  const std::uint64_t first = chosen ? std::strtoull(chosen, nullptr, 10) : 1;
  const std::uint64_t last = chosen ? first : 12;
  std::size_t read = 0;
  std::size_t unread = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("PARLEY_SEED=" + std::to_string(seed));
    World world(seed);
    for (int i = 0; i < 600 && !::testing::Test::HasFailure(); ++i) world.step();
    read += world.read();
    unread += world.unread();
  }
  EXPECT_GT(read, 20 * unread) << "the network should be harsh, not hopeless";
}

}  // namespace
}  // namespace parley::signal
