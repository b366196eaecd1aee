// Forgeries: what a token may not talk its reader into.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/jose/tokens_for_tests.h"
#include "lib/base/encoding.h"

namespace parley::jose {
namespace {

using ::testing::HasSubstr;

const std::string kSet = "{\"keys\":[" + test_jwk() + "]}";

TEST(JwsAttack, ForgeriesByOthersFail) {
  auto tokens = tokens_by_others();
  const std::pair<const char*, const char*> table[] = {
      {"unsecured", "alg must be"},
      {"hs256-n", "alg must be"},
      {"hs256-n-text", "alg must be"},
      {"hs256-pem", "alg must be"},
      {"embedded-jwk", "does not fit"},
      {"embedded-jku", "does not fit"},
      {"rsa-pss", "alg must be"},
      {"p384", "alg must be"},
      {"weak", "1024"},
  };
  for (const auto& [name, why] : table) {
    ASSERT_NE(tokens[name], "") << name;
    EXPECT_THAT(problem_of(tokens[name], keys_by_others()), HasSubstr(why)) << name;
  }
}

struct Row {
  const char* header;
  const char* why;
};

TEST(JwsAttack, TheHeaderCannotChooseItsOwnRules) {
  const Row table[] = {
      {R"({"alg":"none","kid":"ed"})", "alg must be"},
      {R"({"alg":"None","kid":"ed"})", "alg must be"},
      {R"({"alg":"","kid":"ed"})", "alg must be"},
      {R"({"alg":5,"kid":"ed"})", "alg must be"},
      {R"({"kid":"ed"})", "alg must be"},
      {R"({"alg":["EdDSA"],"kid":"ed"})", "alg must be"},
      {R"({"alg":"HS256","kid":"ed"})", "alg must be"},
      {R"({"alg":"eddsa","kid":"ed"})", "alg must be"},
      {R"({"alg":"RS256","kid":"ed"})", "for EdDSA, not for RS256"},
      {R"({"alg":"ES256","kid":"ed"})", "for EdDSA, not for ES256"},
      {R"({"alg":"EdDSA"})", "no kid"},
      {R"({"alg":"EdDSA","kid":""})", "no kid"},
      {R"({"alg":"EdDSA","kid":0})", "no kid"},
      {R"({"alg":"EdDSA","kid":"other"})", "no key"},
      {R"({"alg":"EdDSA","kid":"../ed"})", "no key"},
      {R"({"alg":"EdDSA","kid":"ed","kid":"ed"})", "twice"},
      {R"({"alg":"none","alg":"EdDSA","kid":"ed"})", "twice"},
      {R"({"alg":"EdDSA","kid":"ed","crit":["b64"],"b64":false})", "crit"},
      {R"({"alg":"EdDSA","kid":"ed","crit":[]})", "crit"},
      {R"({"alg":"EdDSA","kid":"ed","typ":"secevent+jwt"})", "typ"},
      {R"({"alg":"EdDSA","kid":"ed","typ":1})", "typ"},
      {"", "not JSON"},
      {"[]", "not a JSON object"},
  };
  for (const Row& row : table) {
    EXPECT_THAT(problem_of(token_of(row.header, kClaims), kSet), HasSubstr(row.why)) << row.header;
  }
  // What is merely unknown is ignored, and so are keys the token brings along.
  EXPECT_EQ(
      problem_of(token_of(R"({"alg":"EdDSA","kid":"ed","jwk":{},"jku":"x","x5c":[]})", kClaims),
                 kSet),
      "");
}

TEST(JwsAttack, OneTokenHasOneText) {
  const std::string good = token_of(kHeader, kClaims);
  ASSERT_EQ(problem_of(good, kSet), "");
  const std::size_t first = good.find('.'), second = good.rfind('.');
  // The signature's 64 bytes leave four bits in the last character that mean nothing.
  std::string unused_bits = good;
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::string digits = kDigits;
  unused_bits.back() = digits[digits.find(good.back()) + 1];
  const std::string table[] = {
      unused_bits,
      good + "=",
      good + ".",
      good + "\n",
      " " + good,
      good + "." + good,
      good.substr(0, second),
      good.substr(0, second + 1),
      good.substr(0, good.size() - 1),
      "." + good.substr(first + 1),
      good.substr(0, first) + ".." + good.substr(second + 1),
      good.substr(0, first) + "+" + good.substr(first),
      good + std::string(kMaxTokenBytes, 'A'),
      std::string(kMaxTokenBytes, '.'),
      "",
      "..",
      std::string("a\0.b.c", 6),
  };
  for (const std::string& text : table) EXPECT_NE(problem_of(text, kSet), "") << text;
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_NE(problem_of(good.substr(0, size), kSet), "") << size;
  }
}

// An invalid-curve key would leak nothing here, but must not verify anything either.
TEST(JwsAttack, AKeyOffItsCurveChecksNothing) {
  auto tokens = tokens_by_others();
  std::string keys = keys_by_others();
  const auto read = read_token(tokens["ec"]);
  auto set = KeySet::parse(keys);
  ASSERT_TRUE(read && set);
  PublicJwk key = *set->find("ec");
  ASSERT_TRUE(check_signature(*read, key));
  key.second.back() ^= 1;
  const Status checked = check_signature(*read, key);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().detail, HasSubstr("not a point"));
  key.first.assign(32, 0);
  key.second.assign(32, 0);
  EXPECT_FALSE(check_signature(*read, key));
}

// ECDSA's r = s = 0, which a broken verifier accepted for every message.
TEST(JwsAttack, AnEmptyEcdsaSignatureDoesNotFit) {
  auto tokens = tokens_by_others();
  const std::string token = tokens["ec"];
  const std::string covered = token.substr(0, token.rfind('.') + 1);
  for (const std::size_t size : {64u, 63u, 65u, 1u, 128u}) {
    EXPECT_THAT(problem_of(covered + base64url_encode(Bytes(size, 0)), keys_by_others()),
                HasSubstr("does not fit"));
  }
}

}  // namespace
}  // namespace parley::jose
