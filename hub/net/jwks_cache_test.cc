#include "hub/net/jwks_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "hub/net/testing/fake_fetcher.h"
#include "lib/base/encoding.h"
#include "lib/crypto/system_random.h"

namespace parley::hub {
namespace {

using ::testing::HasSubstr;

crypto::Ed25519KeyPair key(std::uint8_t number) {
  return crypto::Ed25519KeyPair::from_seed(Secret<32>(ByteArray<32>{number}));
}
std::string jwk(const std::string& id, std::uint8_t number) {
  return R"({"kty":"OKP","crv":"Ed25519","kid":")" + id + R"(","x":")" +
         base64url_encode(key(number).public_key) + "\"}";
}
std::string set_of(const std::string& keys) { return "{\"keys\":[" + keys + "]}"; }
std::string token(const std::string& id, std::uint8_t number) {
  const std::string header = R"({"alg":"EdDSA","kid":")" + id + "\"}";
  const std::string claims =
      R"({"iss":"nordlys","aud":"hub","sub":"bob","jti":"t","iat":1,"exp":2,"cnf":{"jkt":")" +
      base64url_encode(Bytes(32, 1)) + "\"}}";
  const std::string covered =
      base64url_encode(as_bytes(header)) + "." + base64url_encode(as_bytes(claims));
  return covered + "." + base64url_encode(crypto::sign_ed25519(key(number), as_bytes(covered)));
}

class JwksCacheTest : public ::testing::Test {
 protected:
  // What came of a token: "" good, "waiting", or the failure's detail.
  struct Outcome {
    std::string text = "waiting";
    ErrorCode code = ErrorCode::internal;
    std::int64_t retry_after_ms = 0;
  };
  std::shared_ptr<Outcome> verify(const std::string& text) {
    auto outcome = std::make_shared<Outcome>();
    cache_.verify(service_, text, [outcome](Result<jose::Claims> claims) {
      outcome->text = claims ? "" : claims.error().detail;
      if (!claims) {
        outcome->code = claims.error().code;
        outcome->retry_after_ms = claims.error().retry_after_ms;
      }
    });
    return outcome;
  }
  std::shared_ptr<Outcome> reach() {
    auto outcome = std::make_shared<Outcome>();
    cache_.reach(service_, [outcome](const Status& reached) {
      outcome->text = reached ? "" : reached.error().detail;
      if (reached) return;
      outcome->code = reached.error().code;
      outcome->retry_after_ms = reached.error().retry_after_ms;
    });
    return outcome;
  }
  void fill(const std::string& keys, std::optional<Duration> age = {}) {
    const auto outcome = verify(token("a", 1));
    fetcher_.answer(OutgoingReply{.status = 200, .body = set_of(keys), .max_age = age});
    ASSERT_EQ(outcome->text, "");
  }
  const ServiceTraffic& traffic() { return traffic_["nordlys"]; }

  testing::FakeFetcher fetcher_;
  TrafficTable traffic_;
  crypto::SeededRandom random_{1};
  Time now_{1'000'000};
  JwksCache cache_{fetcher_, traffic_, random_, [this] { return now_; }};
  JwksCache::Service service_{"nordlys", "https://nordlys.example/keys", false};
};

TEST_F(JwksCacheTest, FetchesOnceForAllThatWaitAndKeepsIt) {
  const auto first = verify(token("a", 1)), second = verify(token("a", 2));
  EXPECT_EQ(first->text, "waiting");
  EXPECT_EQ(fetcher_.fetches, 1);
  EXPECT_EQ(fetcher_.open[0].first.url, "https://nordlys.example/keys");
  EXPECT_EQ(fetcher_.open[0].first.most_bytes, 64u * 1024);
  fetcher_.answer(200, set_of(jwk("a", 1)));
  EXPECT_EQ(first->text, "");
  EXPECT_THAT(second->text, HasSubstr("does not fit"));
  EXPECT_EQ(second->code, ErrorCode::bad_token);
  EXPECT_EQ(verify(token("a", 1))->text, "");
  EXPECT_EQ(fetcher_.fetches, 1);
  EXPECT_EQ(traffic().tokens_accepted, 2u);
  EXPECT_EQ(traffic().tokens_refused, 1u);
}

TEST_F(JwksCacheTest, AsksNobodyAboutWhatIsNoToken) {
  EXPECT_THAT(verify("x.y")->text, HasSubstr("three parts"));
  EXPECT_EQ(fetcher_.fetches, 0);
}

TEST_F(JwksCacheTest, KeepsASetAsLongAsItsServerSaysWithinBounds) {
  const std::pair<std::optional<Duration>, Duration> table[] = {{std::nullopt, hours(1)},
                                                                {minutes(30), minutes(30)},
                                                                {seconds(0), minutes(5)},
                                                                {seconds(1), minutes(5)},
                                                                {days(300), hours(24)}};
  for (const auto& [said, kept] : table) {
    service_.jwks_url += "x";
    fill(jwk("a", 1), said);
    const int before = fetcher_.fetches;
    now_ = now_ + kept - milliseconds(1);
    EXPECT_EQ(verify(token("a", 1))->text, "");
    EXPECT_EQ(fetcher_.fetches, before);
    now_ = now_ + milliseconds(1);
    EXPECT_EQ(verify(token("a", 1))->text, "waiting");
    EXPECT_EQ(fetcher_.fetches, before + 1);
    fetcher_.answer(200, set_of(jwk("a", 1)));
  }
}

TEST_F(JwksCacheTest, FetchesAgainForAnUnknownKeyButNotForEachToken) {
  fill(jwk("a", 1));
  // A flood of tokens with made-up keys, within a minute of the last fetch.
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(verify(token("made-up", 2))->text, HasSubstr("no key with this kid"));
  }
  EXPECT_EQ(fetcher_.fetches, 1);
  now_ = now_ + minutes(1);
  const auto rotated = verify(token("b", 2));
  EXPECT_EQ(rotated->text, "waiting");
  EXPECT_EQ(fetcher_.fetches, 2);
  fetcher_.answer(200, set_of(jwk("b", 2)));
  EXPECT_EQ(rotated->text, "");
  EXPECT_THAT(verify(token("a", 1))->text, HasSubstr("no key"));
}

TEST_F(JwksCacheTest, TellsWhetherTheServiceAnswers) {
  const auto first = reach(), second = reach();
  EXPECT_EQ(first->text, "waiting");
  EXPECT_EQ(fetcher_.fetches, 1) << "one for all who ask";
  fetcher_.fail_with(ErrorCode::provider_unreachable);
  for (const auto& each : {first, second, reach()}) {
    EXPECT_EQ(each->code, ErrorCode::provider_unreachable);
    EXPECT_GE(each->retry_after_ms, 1'000);
  }
  EXPECT_EQ(fetcher_.fetches, 1) << "not before the next try is due";
  now_ = now_ + seconds(10);
  const auto again = reach();
  fetcher_.answer(503);
  EXPECT_EQ(again->code, ErrorCode::provider_unreachable);
  now_ = now_ + seconds(30);
  const auto at_last = reach();
  fetcher_.answer(200, set_of(jwk("a", 1)));
  EXPECT_EQ(at_last->text, "");
  EXPECT_EQ(reach()->text, "") << "as it did a moment ago";
  EXPECT_EQ(verify(token("a", 1))->text, "") << "its keys came with it";
  EXPECT_EQ(fetcher_.fetches, 3);
  now_ = now_ + minutes(1);
  EXPECT_EQ(reach()->text, "waiting") << "a minute is not a moment";
}

TEST_F(JwksCacheTest, WhoAsksWhetherAServiceAnswersTakesNoTokensPlace) {
  std::vector<std::shared_ptr<Outcome>> asked;
  for (int i = 0; i < 300; ++i) asked.push_back(reach());
  EXPECT_EQ(asked[15]->text, "waiting");
  EXPECT_EQ(asked[16]->text, "") << "nothing is held against it yet";
  const auto token_too = verify(token("a", 1));
  EXPECT_EQ(token_too->text, "waiting");
  fetcher_.answer(200, set_of(jwk("a", 1)));
  EXPECT_EQ(token_too->text, "");
  EXPECT_EQ(asked[15]->text, "");
}

TEST_F(JwksCacheTest, AMadeUpKeyKeepsNobodyElseWaiting) {
  fill(jwk("a", 1));
  now_ = now_ + minutes(1);
  std::vector<std::shared_ptr<Outcome>> made_up;
  for (int i = 0; i < 64; ++i) made_up.push_back(verify(token("made-up", 2)));
  EXPECT_EQ(fetcher_.fetches, 2);
  const auto waiting = [](const auto& outcome) { return outcome->text == "waiting"; };
  EXPECT_EQ(std::count_if(made_up.begin(), made_up.end(), waiting), 16);
  EXPECT_EQ(made_up.back()->code, ErrorCode::overloaded);
  EXPECT_EQ(verify(token("a", 1))->text, "");
  EXPECT_EQ(fetcher_.fetches, 2);
  fetcher_.fail_with(ErrorCode::provider_unreachable);
  EXPECT_THAT(made_up.front()->text, HasSubstr("no key with this kid"));
}

TEST_F(JwksCacheTest, GoesOnWithTheOldSetForADayWhileTheServiceIsDown) {
  fill(jwk("a", 1));
  now_ = now_ + hours(2);
  const auto waiting = verify(token("a", 1));
  fetcher_.fail_with(ErrorCode::provider_unreachable);
  EXPECT_EQ(waiting->text, "");
  EXPECT_EQ(traffic().key_problem, "no connection");
  // Not asked again at once.
  EXPECT_EQ(verify(token("a", 1))->text, "");
  EXPECT_EQ(fetcher_.fetches, 2);
  now_ = now_ + hours(22);
  const auto late = verify(token("a", 1));
  ASSERT_EQ(late->text, "waiting");
  fetcher_.answer(500);
  EXPECT_EQ(late->code, ErrorCode::provider_unreachable);
  EXPECT_THAT(late->text, HasSubstr("status 500"));
  EXPECT_GE(late->retry_after_ms, 1'000);
  now_ = now_ + minutes(10);
  const auto back = verify(token("a", 1));
  fetcher_.answer(200, set_of(jwk("a", 1)));
  EXPECT_EQ(back->text, "");
  EXPECT_EQ(traffic().key_problem, "");
}

TEST_F(JwksCacheTest, BacksOffWhileItFails) {
  std::vector<std::int64_t> distances;
  Time last = now_;
  for (int i = 0; i < 12; ++i) {
    auto outcome = verify(token("a", 1));
    const int before = fetcher_.fetches;
    while (fetcher_.open.empty()) {
      now_ = now_ + seconds(1);
      outcome = verify(token("a", 1));
    }
    EXPECT_LE(fetcher_.fetches, before + 1);
    distances.push_back((now_ - last).ms / 1000);
    last = now_;
    fetcher_.answer(200, "garbage");
    EXPECT_EQ(outcome->code, ErrorCode::provider_unreachable);
    EXPECT_THAT(outcome->text, HasSubstr("not JSON"));
  }
  EXPECT_LE(distances[1], 7);
  EXPECT_GE(distances[8], 300);
  EXPECT_LE(distances[11], 376);
}

TEST_F(JwksCacheTest, SaysWhyAKeyOfTheSetCannotBeUsed) {
  fill(jwk("a", 1) + "," + jwk("b", 2) + "," + jwk("b", 2));
  EXPECT_THAT(verify(token("b", 2))->text, HasSubstr("twice"));
}

TEST_F(JwksCacheTest, ForgetsTheKeysOfAnotherUrl) {
  fill(jwk("a", 1));
  now_ = now_ + hours(2);
  const auto old = verify(token("a", 1));
  service_.jwks_url = "https://other.example/keys";
  const auto fresh = verify(token("a", 1));
  EXPECT_EQ(old->code, ErrorCode::provider_unreachable);
  fetcher_.answer(200, set_of(jwk("a", 1)));  // of the old URL: means nothing any more
  EXPECT_EQ(fresh->text, "waiting");
  fetcher_.answer(200, set_of(jwk("b", 2)));
  EXPECT_THAT(fresh->text, HasSubstr("no key"));
}

TEST_F(JwksCacheTest, BoundsWhatWaitsAndWhatItRemembers) {
  for (int i = 0; i < 256; ++i) verify(token("a", 1));
  EXPECT_EQ(verify(token("a", 1))->code, ErrorCode::overloaded);
  EXPECT_EQ(fetcher_.fetches, 1);
  fetcher_.answer(200, set_of(jwk("a", 1)));
  for (int i = 0; i < 1'000; ++i) {
    service_.provider_id = "service-" + std::to_string(i);
    verify(token("a", 1));
    fetcher_.answer(200, set_of(jwk("a", 1)));
  }
}

TEST_F(JwksCacheTest, ACompletionMayAskAgain) {
  int done = 0;
  cache_.verify(service_, token("a", 1), [&](const Result<jose::Claims>&) {
    ++done;
    cache_.verify(service_, token("b", 2), [&](const Result<jose::Claims>&) { ++done; });
  });
  fetcher_.answer(200, set_of(jwk("a", 1)));
  EXPECT_EQ(done, 2);
}

}  // namespace
}  // namespace parley::hub
