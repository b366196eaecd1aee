#include "hub/jose/jws.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/jose/tokens_for_tests.h"
#include "lib/base/encoding.h"

namespace parley::jose {
namespace {

using ::testing::HasSubstr;

const std::string kSet = "{\"keys\":[" + test_jwk() + "]}";

TEST(Jws, AcceptsTokensThatOthersMade) {
  auto tokens = tokens_by_others();
  for (const char* name : {"rsa", "ec", "ed"}) {
    EXPECT_EQ(problem_of(tokens[name], keys_by_others()), "") << name;
  }
  const auto read = read_token(tokens["ec"]);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->claims.issuer, "nordlys");
  EXPECT_EQ(read->claims.audience, "aaaaaaaaaaaaaaaaaaaaaaaaaa");
  EXPECT_EQ(read->claims.subject, "bob");
  EXPECT_EQ(read->claims.token_id, "token-1");
  EXPECT_EQ(read->claims.issued, Time{1'800'000'000'000});
  EXPECT_EQ(read->claims.expires, Time{1'800'003'600'000});
  EXPECT_EQ(base64url_encode(read->claims.key_thumbprint),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

// RFC 8037, appendix A.4: its payload is no JSON, so only the signature is checked.
TEST(Jws, AcceptsThePublishedEd25519Signature) {
  Token token;
  token.text =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  token.algorithm = "EdDSA";
  token.signed_bytes = token.text.rfind('.');
  token.signature = *base64url_decode(token.text.substr(token.signed_bytes + 1));
  PublicJwk key;
  key.type = KeyType::ed25519;
  key.first = *base64url_decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  EXPECT_TRUE(check_signature(token, key));
  token.signature[5] ^= 1;
  EXPECT_FALSE(check_signature(token, key));
}

// Every single changed character breaks it, in every algorithm.
TEST(Jws, RefusesEveryChangedToken) {
  auto tokens = tokens_by_others();
  const auto keys = KeySet::parse(keys_by_others());
  ASSERT_TRUE(keys);
  for (const char* name : {"rsa", "ec", "ed"}) {
    for (std::size_t i = 0; i < tokens[name].size(); ++i) {
      std::string changed = tokens[name];
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      const auto read = read_token(changed);
      if (!read) continue;
      const PublicJwk* key = keys->find(read->key_id);
      EXPECT_TRUE(!key || !check_signature(*read, *key)) << name << " at " << i;
    }
  }
}

struct Row {
  std::string header;
  std::string claims;
  const char* why;
};

std::string with(const std::string& from, const std::string& to) {
  std::string claims = kClaims;
  claims.replace(claims.find(from), from.size(), to);
  return claims;
}

TEST(Jws, NamesTheClaimThatIsMissingOrWrong) {
  const Row table[] = {
      {kHeader, kClaims, ""},
      {R"({"alg":"EdDSA","kid":"ed","typ":"jwt"})", kClaims, ""},
      {kHeader, with(R"("aud":"hub")", R"("aud":["hub"])"), ""},
      {kHeader, with("1800000000", "1800000000.5"), ""},
      {kHeader, with(R"("aud":"hub")", R"("aud":["hub","other"])"), "one hub"},
      {kHeader, with(R"("aud":"hub")", R"("aud":[])"), "one hub"},
      {kHeader, with(R"("aud":"hub",)", ""), "aud is missing"},
      {kHeader, with(R"("iss":"nordlys",)", ""), "iss is missing"},
      {kHeader, with(R"("sub":"bob",)", ""), "sub is missing"},
      {kHeader, with(R"("sub":"bob")", R"("sub":"")"), "sub is missing"},
      {kHeader, with(R"("sub":"bob")", R"("sub":7)"), "sub is missing"},
      {kHeader, with(R"("jti":"t",)", ""), "jti is missing"},
      {kHeader, with(R"("iat":1800000000,)", ""), "iat is no number"},
      {kHeader, with("1800003600", "\"1800003600\""), "exp is no number"},
      {kHeader, with("1800003600", "1e300"), "exp is no time"},
      {kHeader, with("1800000000", "-1"), "iat is no time"},
      {kHeader, with(R"("sub")", R"("nbf":"x","sub")"), "nbf is no number"},
      {kHeader, with(R"("cnf":{"jkt":)", R"("cnf":{"jk":)"), "cnf.jkt is missing"},
      {kHeader, with("S4k\"", "S4\""), "cnf.jkt is no SHA-256"},
      {kHeader, with(R"("sub":"bob")", R"("sub":"bob","sub":"eve")"), "twice"},
      {kHeader, with(R"("sub":"bob")", R"("sub":"b\u0000b")"), "not JSON"},
      {kHeader, "[]", "not a JSON object"},
      {kHeader, std::string(kClaims) + "x", "not JSON"},
  };
  for (const Row& row : table) {
    const std::string problem = problem_of(token_of(row.header, row.claims), kSet);
    if (*row.why == 0) {
      EXPECT_EQ(problem, "") << row.claims;
    } else {
      EXPECT_THAT(problem, HasSubstr(row.why)) << row.claims;
    }
  }
}

TEST(Jws, SignsTheHubsOwnTokensWithAKeyThatOthersFind) {
  const SigningKey key(test_key());
  const auto keys = KeySet::parse(key.key_set());
  ASSERT_TRUE(keys);
  const PublicJwk* published = keys->find(key.id());
  ASSERT_TRUE(published);
  EXPECT_EQ(published->thumbprint(), key.id());
  const std::string text = key.sign({.issuer = "hub\"",
                                     .audience = "nordlys",
                                     .token_id = "1",
                                     .issued = {1'000},
                                     .expires = {301'999}});
  const auto payload = base64url_decode(
      text.substr(text.find('.') + 1).substr(0, text.rfind('.') - text.find('.') - 1));
  ASSERT_TRUE(payload);
  EXPECT_EQ(as_text(*payload), R"({"iss":"hub\"","aud":"nordlys","jti":"1","iat":1,"exp":301})");
  Token token;
  token.text = text;
  token.algorithm = "EdDSA";
  token.signed_bytes = text.rfind('.');
  token.signature = *base64url_decode(text.substr(text.rfind('.') + 1));
  EXPECT_TRUE(check_signature(token, *published));
}

}  // namespace
}  // namespace parley::jose
