#include "hub/jose/jwk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/jose/tokens_for_tests.h"
#include "lib/base/encoding.h"

namespace parley::jose {
namespace {

using ::testing::HasSubstr;

// RFC 7638, section 3.1.
TEST(Jwk, GivesThePublishedThumbprintOfAnRsaKey) {
  const auto keys = KeySet::parse(
      R"({"keys":[{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAt)"
      R"(VT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lq)"
      R"(t7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n)"
      R"(91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCu)"
      R"(r-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}]})");
  ASSERT_TRUE(keys) << keys.error().detail;
  const PublicJwk* key = keys->find("2011-04-29");
  ASSERT_TRUE(key) << keys->why_not("2011-04-29");
  EXPECT_EQ(key->thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

// RFC 8037, appendix A.3.
TEST(Jwk, GivesThePublishedThumbprintOfAnEd25519Key) {
  const auto x = base64url_decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  ASSERT_TRUE(x);
  ByteArray<32> key;
  std::copy(x->begin(), x->end(), key.begin());
  EXPECT_EQ(base64url_encode(ed25519_thumbprint(key)),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(Jwk, ReadsASetThatOthersMade) {
  const auto keys = KeySet::parse(keys_by_others());
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_EQ(keys->size(), 3u);
  EXPECT_EQ(keys->find("rsa")->algorithm(), "RS256");
  EXPECT_EQ(keys->find("ec")->algorithm(), "ES256");
  EXPECT_EQ(keys->find("ed")->algorithm(), "EdDSA");
  EXPECT_FALSE(keys->find("rsa-pss"));
  EXPECT_THAT(keys->why_not("rsa-pss"), HasSubstr("RS256 only"));
  EXPECT_THAT(keys->why_not("p384"), HasSubstr("P-256"));
  EXPECT_THAT(keys->why_not("weak"), HasSubstr("1024"));
  EXPECT_EQ(keys->why_not("nobody"), "");
}

struct Row {
  std::string keys;  // inside of the list
  const char* why;
};

TEST(Jwk, LeavesOutKeysThatCannotBeUsedAndSaysWhy) {
  const std::string zeros = base64url_encode(Bytes(32, 0));
  const Row table[] = {
      {test_jwk(R"(,"use":"enc")"), "use is not sig"},
      {test_jwk(R"(,"use":1)"), "use is not sig"},
      {test_jwk(R"(,"alg":"ES256")"), "EdDSA only"},
      {test_jwk(R"(,"key_ops":["encrypt"])"), "verify"},
      {test_jwk(R"(,"d":"AAAA")"), "secret"},
      {test_jwk() + "," + test_jwk(), "twice"},
      {test_jwk() + R"(,{"kty":"EC","kid":"ed"})", "P-256"},
      {R"({"kty":"oct","kid":"ed","k":"AAAA"})", "secret"},
      {R"({"kty":"XX","kid":"ed"})", "RSA, EC and OKP"},
      {R"({"kid":"ed"})", "RSA, EC and OKP"},
      {R"({"kty":"OKP","crv":"X25519","kid":"ed","x":"AA"})", "Ed25519"},
      {R"({"kty":"OKP","crv":"Ed25519","kid":"ed","x":"AAAA"})", "32 bytes"},
      {R"({"kty":"OKP","crv":"Ed25519","kid":"ed","x":"A"})", "base64url"},
      {R"({"kty":"OKP","crv":"Ed25519","kid":"ed"})", "no x"},
      {R"({"kty":"EC","crv":"P-521","kid":"ed"})", "P-256"},
      {R"({"kty":"EC","crv":"P-256","kid":"ed","x":")" + zeros + "\"}", "no y"},
      {R"({"kty":"RSA","kid":"ed","n":"","e":"AQAB"})", "n is empty"},
      {R"({"kty":"RSA","kid":"ed","n":"AAECAw","e":"AQAB"})", "zero byte"},
      {R"({"kty":"RSA","kid":"ed","n":")" + base64url_encode(Bytes(256, 0xff)) + R"(","e":"Aw"})",
       "exponent"},
      {R"({"kty":"RSA","kid":"ed","n":")" + base64url_encode(Bytes(256, 0xfe)) + R"(","e":"AQAB"})",
       "modulus"},
      {R"({"kty":"RSA","kid":"ed","n":")" + base64url_encode(Bytes(1024, 0xff)) +
           R"(","e":"AQAB"})",
       "8192"},
  };
  for (const Row& row : table) {
    const auto keys = KeySet::parse("{\"keys\":[" + row.keys + "]}");
    ASSERT_TRUE(keys) << row.keys;
    EXPECT_FALSE(keys->find("ed")) << row.keys;
    EXPECT_THAT(keys->why_not("ed"), HasSubstr(row.why)) << row.keys;
  }
}

TEST(Jwk, KeepsTheOtherKeysOfASetWithABadOne) {
  const auto keys = KeySet::parse(R"({"keys":[5,{"kty":"RSA","kid":"broken"},{"kty":"OKP"},)" +
                                  test_jwk() + "]}");
  ASSERT_TRUE(keys);
  EXPECT_TRUE(keys->find("ed"));
}

TEST(Jwk, RefusesWhatIsNoSet) {
  std::string many = "{\"keys\":[0";
  for (int i = 0; i < 32; ++i) many += ",0";
  const Row table[] = {
      {"", "not JSON"},
      {"[]", "not a JSON object"},
      {"{}", "no list"},
      {R"({"keys":{}})", "no list"},
      {R"({"keys":[]} x)", "not JSON"},
      {R"({"keys":[],"keys":[]})", "twice"},
      {"{\"keys\":[" + test_jwk(R"(,"kid":"ed")") + "]}", "twice"},
      {many + "]}", "more than 32"},
      {std::string(kMaxSetBytes + 1, ' '), "64 KiB"},
      {"{\"keys\":[\"\xff\"]}", "not JSON"},
      {std::string(60'000, '['), "not JSON"},
  };
  for (const Row& row : table) {
    const auto keys = KeySet::parse(row.keys);
    ASSERT_FALSE(keys) << row.why;
    EXPECT_EQ(keys.error().code, ErrorCode::bad_token);
    EXPECT_THAT(keys.error().detail, HasSubstr(row.why));
  }
}

}  // namespace
}  // namespace parley::jose
