#include "hub/net/browser_pushes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/net/testing/fake_fetcher.h"
#include "lib/crypto/system_random.h"

namespace parley::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::StartsWith;

constexpr const char* kEndpoint = "https://push.example:8443/wpush/v2/abc";

DeviceAddress device(std::uint8_t number) {
  AccountId account;
  account.bytes.fill(0xf0);
  return {account, DeviceId{number}};
}

class BrowserPushesTest : public ::testing::Test {
 protected:
  BrowserPushesTest() {
    auto made = jose::VapidKey::generate();
    EXPECT_TRUE(made);
    key_.emplace(*std::move(made));
    sign(false);
    pushes_.on_gone([this](const DeviceAddress& who, const std::string& endpoint) {
      gone_.emplace_back(who, endpoint);
    });
  }
  void sign(bool private_addresses) {
    pushes_.sign_with(&*key_, {"mailto:a@hub.example", private_addresses});
  }
  bool wait_for_try() {
    while (fetcher_.open.empty()) {
      const auto next = pushes_.next_wakeup();
      if (!next) return false;
      now_ = std::max(now_, *next);
      pushes_.tick();
    }
    return true;
  }

  testing::FakeFetcher fetcher_;
  TrafficTable traffic_;
  crypto::SeededRandom random_{2};
  Time now_{5'000};
  std::optional<jose::VapidKey> key_;
  BrowserPushes pushes_{
      fetcher_,
      traffic_,
      random_,
      {.wall = [] { return Time{1'800'000'000'000}; }, .steady = [this] { return now_; }}};
  std::vector<std::pair<DeviceAddress, std::string>> gone_;
};

TEST_F(BrowserPushesTest, PostsNothingButThatSomethingWaits) {
  pushes_.notify(device(1), kEndpoint);
  ASSERT_EQ(fetcher_.open.size(), 1u);
  const OutgoingRequest& request = fetcher_.open[0].first;
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, kEndpoint);
  EXPECT_EQ(request.body, "");
  EXPECT_FALSE(request.private_addresses);
  EXPECT_THAT(request.authorization, StartsWith("vapid t="));
  EXPECT_THAT(request.headers, ElementsAre(Pair("TTL", "2419200"), Pair("Urgency", "high"),
                                           Pair("Topic", "parley")));
  fetcher_.answer(201);
  EXPECT_EQ(traffic_[kBrowserTraffic].pushes_sent, 1u);
  EXPECT_EQ(traffic_[kBrowserTraffic].pushes_waiting, 0u);
  EXPECT_TRUE(gone_.empty());
}

TEST_F(BrowserPushesTest, GivesBackWhatThePushServiceForgot) {
  for (const int status : {404, 410}) {
    pushes_.notify(device(2), kEndpoint);
    fetcher_.answer(status);
    ASSERT_EQ(gone_.size(), 1u) << status;
    EXPECT_EQ(gone_[0].first, device(2));
    EXPECT_EQ(gone_[0].second, kEndpoint);
    EXPECT_FALSE(wait_for_try());
    gone_.clear();
  }
}

TEST_F(BrowserPushesTest, KeepsAnEndpointThatIsOnlyRefused) {
  // A redirect, a wrong token, too large: none of them says that the browser is gone.
  for (const int status : {307, 400, 401, 403, 413}) {
    pushes_.notify(device(1), kEndpoint);
    fetcher_.answer(status);
    EXPECT_FALSE(wait_for_try()) << status;
    EXPECT_TRUE(gone_.empty()) << status;
  }
}

TEST_F(BrowserPushesTest, TriesAgainWhatAPushServiceCouldNotTake) {
  pushes_.notify(device(1), kEndpoint);
  fetcher_.answer(503);
  ASSERT_TRUE(wait_for_try());
  fetcher_.answer(201);
  EXPECT_EQ(traffic_[kBrowserTraffic].pushes_sent, 1u);
}

TEST_F(BrowserPushesTest, MakesOnePushOfSeveralForTheSameDevice) {
  for (int i = 0; i < 5; ++i) pushes_.notify(device(1), kEndpoint);
  EXPECT_EQ(fetcher_.open.size(), 1u);
}

TEST_F(BrowserPushesTest, OnePushServicesTroubleDoesNotHoldUpOthers) {
  pushes_.notify(device(1), "https://down.example/a");
  fetcher_.answer(503);
  pushes_.notify(device(2), "https://down.example/b");
  EXPECT_TRUE(fetcher_.open.empty()) << "it is left alone";
  pushes_.notify(device(3), kEndpoint);
  EXPECT_EQ(fetcher_.open.size(), 1u);
}

TEST_F(BrowserPushesTest, AsksNobodyWhereNoTlsIs) {
  for (const char* endpoint :
       {"http://push.example/a", "ftp://push.example/", "https://u@x/", "x"}) {
    gone_.clear();
    pushes_.notify(device(1), endpoint);
    EXPECT_TRUE(fetcher_.open.empty()) << endpoint;
    EXPECT_EQ(gone_.size(), 1u) << endpoint;
  }
  sign(true);
  pushes_.notify(device(1), "http://127.0.0.1:9/a");
  ASSERT_EQ(fetcher_.open.size(), 1u);
  EXPECT_TRUE(fetcher_.open[0].first.private_addresses);
}

TEST_F(BrowserPushesTest, BoundsForHowManyPushServicesSomethingWaits) {
  // Made up by hostile browsers; none of them answers.
  for (std::size_t i = 0; i < BrowserPushes::kRules.most_parties + 10; ++i) {
    pushes_.notify(device(1), "https://h" + std::to_string(i) + ".example/");
  }
  EXPECT_EQ(traffic_[kBrowserTraffic].pushes_waiting, BrowserPushes::kRules.most_parties);
  EXPECT_EQ(traffic_[kBrowserTraffic].pushes_dropped, 10u);
}

}  // namespace
}  // namespace parley::hub
