#include "hub/net/push_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/net/testing/fake_fetcher.h"
#include "lib/base/encoding.h"
#include "lib/crypto/system_random.h"

namespace parley::hub {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class PushSenderTest : public ::testing::Test {
 protected:
  PushSenderTest() {
    sender_.sign_with(&key_, "hub-id");
    sender_.on_change([this] { ++wakes_; });
  }
  void notify(const std::string& who) { sender_.notify(service_, who); }
  // Lets time pass until the next try; false: none comes.
  bool wait_for_try() {
    while (fetcher_.open.empty()) {
      const auto next = sender_.next_wakeup();
      if (!next) return false;
      now_ = std::max(now_, *next);
      sender_.tick();
    }
    return true;
  }
  const ServiceTraffic& traffic() { return traffic_["nordlys"]; }

  testing::FakeFetcher fetcher_;
  TrafficTable traffic_;
  crypto::SeededRandom random_{2};
  jose::SigningKey key_{crypto::Ed25519KeyPair::from_seed(Secret<32>(ByteArray<32>{9}))};
  Time now_{5'000};
  PushSender sender_{
      fetcher_,
      traffic_,
      random_,
      {.wall = [] { return Time{1'800'000'000'000}; }, .steady = [this] { return now_; }}};
  PushSender::Service service_{"nordlys", "https://nordlys.example/push", false};
  int wakes_ = 0;
};

TEST_F(PushSenderTest, PostsWhoAndNothingElseSigned) {
  notify("bob");
  ASSERT_EQ(fetcher_.open.size(), 1u);
  const OutgoingRequest& request = fetcher_.open[0].first;
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://nordlys.example/push");
  EXPECT_EQ(request.body, R"({"to":"bob"})");
  ASSERT_THAT(request.authorization, StartsWith("Bearer "));
  const std::string token = request.authorization.substr(7);
  const std::size_t first = token.find('.');
  const auto claims = base64url_decode(token.substr(first + 1, token.rfind('.') - first - 1));
  ASSERT_TRUE(claims);
  const std::string text(as_text(*claims));
  EXPECT_THAT(text, HasSubstr(R"("iss":"hub-id","aud":"nordlys")"));
  EXPECT_THAT(text, HasSubstr(R"("iat":1800000000,"exp":1800000300)"));
  fetcher_.answer(202);
  EXPECT_EQ(traffic().pushes_sent, 1u);
  EXPECT_EQ(traffic().pushes_waiting, 0u);
  EXPECT_FALSE(sender_.next_wakeup());
}

TEST_F(PushSenderTest, EscapesWhatAnAddressMayHold) {
  notify(R"("b\o"@x)");
  EXPECT_EQ(fetcher_.open[0].first.body, R"({"to":"\"b\\o\"@x"})");
}

TEST_F(PushSenderTest, MakesOnePushOfWhatComesForTheSamePerson) {
  notify("bob");
  for (int i = 0; i < 10; ++i) notify("bob");
  EXPECT_EQ(fetcher_.fetches, 1);
  // Written while the first was under way: it may have come too early for that.
  fetcher_.answer(200);
  EXPECT_EQ(fetcher_.fetches, 2);
  fetcher_.answer(200);
  EXPECT_EQ(fetcher_.fetches, 2);
  EXPECT_EQ(traffic().pushes_waiting, 0u);
}

TEST_F(PushSenderTest, TriesAgainAtGrowingDistancesForAnHour) {
  for (const int status : {0, 408, 429, 500, 503}) {
    const Time begin = now_;
    const int before = fetcher_.fetches;
    std::vector<std::int64_t> distances;
    Time last = now_;
    notify("bob");
    while (wait_for_try()) {
      distances.push_back((now_ - last).ms);
      last = now_;
      if (status == 0) {
        fetcher_.fail_with(ErrorCode::provider_unreachable);
      } else {
        fetcher_.answer(status);
      }
    }
    const int tries = fetcher_.fetches - before;
    EXPECT_GE(tries, 12) << status;
    EXPECT_LE(tries, 35) << status;
    EXPECT_GE(distances[1], 750);
    EXPECT_LE(distances[1], 1'300);
    EXPECT_GE((last - begin).ms, minutes(55).ms);
    EXPECT_LE((last - begin).ms, minutes(75).ms);
    EXPECT_EQ(traffic().pushes_waiting, 0u);
    now_ = now_ + hours(2);
  }
  EXPECT_EQ(traffic().pushes_dropped, 5u);
}

TEST_F(PushSenderTest, DropsWhatAServiceRefuses) {
  for (const int status : {301, 302, 400, 401, 403, 404, 410}) {
    notify("bob");
    fetcher_.answer(status);
    EXPECT_FALSE(sender_.next_wakeup()) << status;
    EXPECT_THAT(traffic().push_problem, HasSubstr(std::to_string(status)));
  }
  EXPECT_EQ(traffic().pushes_dropped, 7u);
  notify("bob");
  fetcher_.answer(200);
  EXPECT_EQ(traffic().push_problem, "");
}

TEST_F(PushSenderTest, RespectsRetryAfterWithinBounds) {
  notify("bob");
  fetcher_.answer(OutgoingReply{.status = 429, .retry_after = seconds(120)});
  EXPECT_GE((*sender_.next_wakeup() - now_).ms, 120'000);
  ASSERT_TRUE(wait_for_try());
  fetcher_.answer(OutgoingReply{.status = 503, .retry_after = days(300)});
  EXPECT_LE((*sender_.next_wakeup() - now_).ms, hours(1).ms);
}

TEST_F(PushSenderTest, LeavesAServiceAloneThatIsDown) {
  for (int i = 0; i < 100; ++i) notify("person" + std::to_string(i));
  EXPECT_EQ(fetcher_.fetches, 4);
  while (!fetcher_.open.empty()) fetcher_.fail_with(ErrorCode::provider_unreachable);
  EXPECT_EQ(fetcher_.fetches, 4);
  // New people do not make it ask sooner.
  notify("somebody");
  EXPECT_EQ(fetcher_.fetches, 4);
  ASSERT_TRUE(sender_.next_wakeup());
  EXPECT_GT(*sender_.next_wakeup(), now_);
  // Once it answers, everybody's push is sent.
  while (wait_for_try()) fetcher_.answer(202);
  EXPECT_EQ(traffic().pushes_sent, 101u);
}

TEST_F(PushSenderTest, OnePersonsTroubleDoesNotHoldUpOthers) {
  notify("broken");
  fetcher_.answer(500);
  notify("bob");
  ASSERT_EQ(fetcher_.open.size(), 1u);
  EXPECT_EQ(fetcher_.open[0].first.body, R"({"to":"bob"})");
}

TEST_F(PushSenderTest, OneServicesTroubleDoesNotHoldUpOthers) {
  for (int i = 0; i < 100; ++i) notify("person" + std::to_string(i));
  sender_.notify({"other", "https://other.example/push", true}, "carol");
  ASSERT_EQ(fetcher_.open.size(), 5u);
  EXPECT_EQ(fetcher_.open.back().first.url, "https://other.example/push");
  EXPECT_TRUE(fetcher_.open.back().first.private_addresses);
}

TEST_F(PushSenderTest, BoundsWhatWaits) {
  for (int i = 0; i < 10'100; ++i) notify("person" + std::to_string(i));
  EXPECT_EQ(traffic().pushes_waiting, 10'000u);
  EXPECT_EQ(traffic().pushes_dropped, 100u);
}

TEST_F(PushSenderTest, ForgetsAServiceEvenWithPushesUnderWay) {
  for (int i = 0; i < 10; ++i) notify("person" + std::to_string(i));
  sender_.forget("nordlys");
  EXPECT_FALSE(sender_.next_wakeup());
  notify("person1");
  EXPECT_EQ(fetcher_.open.size(), 5u);
  for (int i = 0; i < 4; ++i) fetcher_.answer(200);  // of before: count for nothing
  EXPECT_EQ(traffic().pushes_sent, 0u);
  fetcher_.answer(200);
  EXPECT_EQ(traffic().pushes_sent, 1u);
}

TEST_F(PushSenderTest, SendsNothingToAServiceWithoutAddress) {
  service_.push_url.clear();
  notify("bob");
  EXPECT_EQ(fetcher_.fetches, 0);
}

TEST_F(PushSenderTest, WakesItsOwner) {
  notify("bob");
  const int before = wakes_;
  EXPECT_GT(before, 0);
  fetcher_.answer(500);
  EXPECT_GT(wakes_, before);
}

}  // namespace
}  // namespace parley::hub
