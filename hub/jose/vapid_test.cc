#include "hub/jose/vapid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/jose/jws.h"
#include "lib/base/encoding.h"

namespace parley::jose {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr Time kThen{1'800'000'000'000};

VapidKey key() {
  auto made = VapidKey::generate();
  EXPECT_TRUE(made);
  return *std::move(made);
}

PublicJwk public_jwk(const VapidKey& key) {
  const Bytes& point = key.public_point();
  return {.id = "k",
          .type = KeyType::ec_p256,
          .first = Bytes(point.begin() + 1, point.begin() + 33),
          .second = Bytes(point.begin() + 33, point.end())};
}

std::string token_in(const std::string& authorization) {
  EXPECT_THAT(authorization, StartsWith("vapid t="));
  return authorization.substr(8, authorization.find(", k=") - 8);
}

// As a token with the claims that a push service does not want and read_token does; the
// signature is over the same bytes.
Status check(const std::string& text, const PublicJwk& jwk) {
  Token token;
  token.text = text;
  token.algorithm = "ES256";
  return check_signature(token, jwk);
}

TEST(VapidKey, says_which_push_service_it_is_for_and_until_when) {
  const VapidKey mine = key();
  ASSERT_EQ(mine.public_point().size(), 65u);
  EXPECT_EQ(mine.public_point()[0], 4);
  const auto value = mine.authorization("https://push.example", "mailto:a@hub.example", kThen);
  ASSERT_TRUE(value);
  EXPECT_THAT(*value, HasSubstr(", k=" + base64url_encode(mine.public_point())));
  const std::string token = token_in(*value);
  const std::size_t first = token.find('.'), second = token.rfind('.');
  const auto header = base64url_decode(token.substr(0, first));
  const auto claims = base64url_decode(token.substr(first + 1, second - first - 1));
  ASSERT_TRUE(header && claims);
  EXPECT_THAT(std::string(as_text(*header)), HasSubstr(R"("alg":"ES256")"));
  EXPECT_THAT(std::string(as_text(*header)), HasSubstr(R"("typ":"JWT")"));
  EXPECT_EQ(as_text(*claims),
            R"({"aud":"https://push.example","exp":1800000000,"sub":"mailto:a@hub.example"})");
}

TEST(VapidKey, signs_so_that_its_public_point_checks) {
  const VapidKey mine = key(), other = key();
  const auto value = mine.authorization("https://push.example", "mailto:a@b.example", kThen);
  ASSERT_TRUE(value);
  EXPECT_TRUE(check(token_in(*value), public_jwk(mine)));
  EXPECT_FALSE(check(token_in(*value), public_jwk(other)));
}

TEST(VapidKey, is_the_same_after_it_was_kept) {
  const VapidKey mine = key();
  const SecretBuffer text = mine.to_text();
  const auto again = VapidKey::from_text(as_text(text.view()));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_point(), mine.public_point());
  const auto value = again->authorization("https://push.example", "mailto:a@b.example", kThen);
  ASSERT_TRUE(value);
  EXPECT_TRUE(check(token_in(*value), public_jwk(mine)));
}

TEST(VapidKey, is_made_of_nothing_else) {
  for (const char* text :
       {"", "x", "{}", R"({"kty":"oct","k":"AAAA"})",
        // A public key: the example of RFC 7515, A.3, without its d.
        R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
        R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})"}) {
    EXPECT_FALSE(VapidKey::from_text(text)) << text;
  }
}

}  // namespace
}  // namespace parley::jose
