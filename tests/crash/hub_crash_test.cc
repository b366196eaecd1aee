// The promise "never lose, never repeat", against the real programs: people talk
// through a real parleyd that is killed with SIGKILL again and again, in the middle
// of it. Whatever the hub acknowledged must be shown to its recipient, once, in
// order; also to somebody who was away all the time.
//
// Nothing here depends on how fast the machine is: kills come after a number of
// acknowledged messages, and the end is when everything has arrived.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <numeric>

#include "client/runtime/temporary_folder.h"
#include "lib/crypto/system_random.h"
#include "tests/crash/hub_process.h"
#include "tests/crash/person.h"

namespace parley::crash {
namespace {

using namespace std::chrono_literals;

constexpr int kMessagesToEach = 40;
constexpr int kAcknowledgedBetweenKills = 45;
constexpr int kKills = 8;
// Only bounds a run that hangs.
constexpr auto kPatience = 180s;

class HubCrash : public ::testing::Test {
 protected:
  HubCrash() : hub_(PARLEYD, folder_.path() / "hub") {}

  Person& add(const std::string& name) {
    const auto address = client::HubAddress::parse("127.0.0.1:" + std::to_string(hub_.port()));
    people_.push_back(
        std::make_unique<Person>(io_, random_, name, folder_.path() / name, address.value()));
    return *people_.back();
  }

  // Lets everything run until the condition holds. False: it never did.
  bool run_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      io_.restart();
      io_.run_for(20ms);
    }
    return true;
  }

  bool everyone(const std::function<bool(const Person&)>& holds) const {
    return std::all_of(people_.begin(), people_.end(),
                       [&](const auto& person) { return holds(*person); });
  }

  int acknowledged() const {
    return std::accumulate(people_.begin(), people_.end(), 0, [](int sum, const auto& person) {
      return sum + person->acknowledged();
    });
  }

  void expect_no_problems() const {
    for (const auto& person : people_) {
      for (const auto& problem : person->problems()) ADD_FAILURE() << problem;
    }
  }

  client::TemporaryFolder folder_;
  boost::asio::io_context io_;
  crypto::SystemRandom random_;
  HubProcess hub_;
  std::vector<std::unique_ptr<Person>> people_;
};

std::vector<int> numbers_up_to(int count) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

TEST_F(HubCrash, WhatTheHubAcknowledgedArrivesOnceAndInOrderThoughItIsKilledAgainAndAgain) {
  ASSERT_TRUE(hub_.start());
  const std::vector<std::string> talkers = {"alice", "bob", "carol"};
  for (const auto& name : talkers) add(name).come();
  Person& away = add("dave");
  away.come();
  ASSERT_TRUE(run_until([&] { return everyone([](auto& p) { return p.is_ready(); }); }));
  for (auto& person : people_) person->accept(talkers);
  ASSERT_TRUE(run_until([&] { return everyone([](auto& p) { return p.has_accepted(); }); }));
  away.leave();
  ASSERT_TRUE(run_until([&] { return away.has_left(); }));

  for (auto& person : people_) {
    if (person.get() == &away) continue;
    std::vector<std::string> audience = {"dave"};
    for (const auto& name : talkers) {
      if (name != person->name()) audience.push_back(name);
    }
    person->talk_to(audience, kMessagesToEach);
  }
  for (int kill = 1; kill <= kKills; ++kill) {
    const int due = kill * kAcknowledgedBetweenKills;
    ASSERT_TRUE(run_until([&] { return acknowledged() >= due; })) << "before kill " << kill;
    hub_.kill();
    ASSERT_TRUE(hub_.start()) << "after kill " << kill;
  }
  ASSERT_TRUE(run_until([&] { return everyone([](auto& p) { return p.has_said_everything(); }); }))
      << acknowledged() << " acknowledged";
  hub_.kill();
  ASSERT_TRUE(hub_.start());

  away.come();
  const auto talkers_count = static_cast<int>(talkers.size());
  const bool all_shown = run_until([&] {
    return everyone([&](const Person& person) {
      const int writers = &person == &away ? talkers_count : talkers_count - 1;
      return person.shown_in_all() >= writers * kMessagesToEach;
    });
  });
  EXPECT_TRUE(all_shown);
  for (const auto& person : people_) {
    for (const auto& writer : talkers) {
      if (writer == person->name()) continue;
      const auto shown = person->shown().find(writer);
      ASSERT_NE(shown, person->shown().end()) << writer << " to " << person->name();
      EXPECT_EQ(shown->second, numbers_up_to(kMessagesToEach))
          << writer << " to " << person->name();
    }
  }

  // The stored history says the same.
  away.read_history("alice");
  ASSERT_TRUE(run_until([&] { return away.history_is_complete(); }));
  EXPECT_EQ(away.history(), numbers_up_to(kMessagesToEach));
  expect_no_problems();
  EXPECT_EQ(hub_.stop(), 0);
  for (auto& person : people_) person->leave();
  EXPECT_TRUE(run_until([&] { return everyone([](auto& p) { return p.has_left(); }); }));
}

}  // namespace
}  // namespace parley::crash
