#include "hub/net/name_lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <map>
#include <mutex>

namespace parley::hub {
namespace {

const IpAddress kAddress = boost::asio::ip::make_address("192.0.2.1");

// Names that begin with "slow" are answered when the test says so.
class NameLookupTest : public ::testing::Test {
 protected:
  ~NameLookupTest() override { let_go(); }

  NameLookup::Addresses answer(const std::string& host) {
    std::unique_lock lock(mutex_);
    ++asked_[host];
    changed_.notify_all();
    if (host.starts_with("slow")) changed_.wait(lock, [this] { return free_; });
    return {kAddress};
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    free_ = true;
    changed_.notify_all();
  }
  void wait_until_asked(const std::string& host) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_[host] > 0; });
  }
  int times_asked(const std::string& host) {
    const std::lock_guard lock(mutex_);
    return asked_[host];
  }

  // "waiting", "none" or the first address.
  std::shared_ptr<std::string> find(const std::string& host) {
    auto outcome = std::make_shared<std::string>("waiting");
    lookup().find(host, [outcome](const NameLookup::Addresses& addresses) {
      *outcome = addresses.empty() ? "none" : addresses.front().to_string();
    });
    return outcome;
  }
  NameLookup& lookup() {
    if (!lookup_) {
      lookup_.emplace(io_, limits_, [this](const std::string& host) { return answer(host); });
    }
    return *lookup_;
  }
  void wait_for(const std::shared_ptr<std::string>& outcome) {
    while (*outcome == "waiting") io_.run_one();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, int> asked_;
  bool free_ = false;
  IoContext io_;
  boost::asio::executor_work_guard<IoContext::executor_type> work_{io_.get_executor()};
  NameLookupLimits limits_;
  std::optional<NameLookup> lookup_;
};

TEST_F(NameLookupTest, ASlowNameKeepsNobodyElseWaiting) {
  std::vector<std::shared_ptr<std::string>> slow;
  for (int i = 0; i < 60; ++i) slow.push_back(find("slow.example"));
  const auto other = find("other.example");
  wait_for(other);
  EXPECT_EQ(*other, "192.0.2.1");
  EXPECT_EQ(*slow.front(), "waiting");
  wait_until_asked("slow.example");
  let_go();
  wait_for(slow.back());
  EXPECT_EQ(*slow.front(), "192.0.2.1");
  EXPECT_EQ(times_asked("slow.example"), 1) << "whoever waits for a name gets one answer";
  wait_for(find("slow.example"));
  EXPECT_EQ(times_asked("slow.example"), 2) << "nothing is kept";
}

TEST_F(NameLookupTest, AsksForAsManyNamesAtOnceAsItHasThreads) {
  limits_.threads = 2;
  find("slow.a.example");
  find("slow.b.example");
  wait_until_asked("slow.a.example");
  wait_until_asked("slow.b.example");
  const auto third = find("c.example");
  io_.poll();
  EXPECT_EQ(times_asked("c.example"), 0);
  let_go();
  wait_for(third);
  EXPECT_EQ(*third, "192.0.2.1");
}

TEST_F(NameLookupTest, BoundsWhatWaits) {
  limits_ = {.threads = 1, .waiting_for_one = 2, .waiting = 3};
  const auto first = find("slow.example"), second = find("slow.example");
  EXPECT_EQ(*find("slow.example"), "none");
  const auto other = find("other.example");
  EXPECT_EQ(*find("third.example"), "none");
  let_go();
  for (const auto& each : {first, second, other}) wait_for(each);
  EXPECT_EQ(*other, "192.0.2.1");
  const auto later = find("third.example");
  wait_for(later);
  EXPECT_EQ(*later, "192.0.2.1");
}

TEST_F(NameLookupTest, DoesNotLookUpAddresses) {
  EXPECT_EQ(*find("127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(*find("fd00::1"), "fd00::1");
  EXPECT_EQ(times_asked("127.0.0.1"), 0);
}

TEST_F(NameLookupTest, TellsNobodyAfterItsEnd) {
  const auto outcome = find("slow.example"), queued = find("slow.other.example");
  wait_until_asked("slow.example");
  let_go();
  lookup_.reset();
  io_.poll();
  EXPECT_EQ(*outcome, "waiting");
  EXPECT_EQ(*queued, "waiting");
}

TEST(SystemNames, AreFound) {
  const auto found = NameLookup::ask_system("localhost");
  ASSERT_FALSE(found.empty());
  for (const IpAddress& each : found) EXPECT_TRUE(each.is_loopback());
  EXPECT_TRUE(NameLookup::ask_system("no-such-name.invalid").empty());
}

}  // namespace
}  // namespace parley::hub
