#include "lib/crypto/password.h"

#include <gtest/gtest.h>

#include "lib/crypto/hex_for_tests.h"
#include "lib/crypto/system_random.h"

namespace parley::crypto {
namespace {

// Cheap, so that the tests are quick.
constexpr PasswordCost kCheap{2, 256 * 1024};

// phc-winner-argon2, src/test.c, Argon2id version 19. RFC 9106's own vector uses four
// lanes and a secret, which libsodium does not offer.
TEST(PasswordHash, VerifiesThePublishedHashes) {
  for (const char* encoded :
       {"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"}) {
    EXPECT_TRUE(verify_password(encoded, "password")) << encoded;
    EXPECT_FALSE(verify_password(encoded, "Password")) << encoded;
    EXPECT_FALSE(verify_password(encoded, "")) << encoded;
  }
}

TEST(PasswordHash, VerifiesWhatItHashesAndNothingElse) {
  SeededRandom random(1);
  const auto encoded = hash_password("correct horse", kCheap, random);
  ASSERT_TRUE(encoded.has_value());
  EXPECT_TRUE(encoded->starts_with("$argon2id$v=19$m=256,t=2,p=1$")) << *encoded;
  EXPECT_TRUE(verify_password(*encoded, "correct horse"));
  EXPECT_FALSE(verify_password(*encoded, "correct horsf"));
  EXPECT_FALSE(verify_password(*encoded, "correct horse "));
}

TEST(PasswordHash, SaltsEachHashFromItsSource) {
  SeededRandom random(1), again(1);
  const auto first = hash_password("secret", kCheap, random);
  const auto second = hash_password("secret", kCheap, random);
  EXPECT_NE(*first, *second);
  EXPECT_EQ(*first, *hash_password("secret", kCheap, again));
}

TEST(PasswordHash, RefusesDamagedEncodings) {
  SeededRandom random(1);
  const std::string encoded = *hash_password("secret", kCheap, random);
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    EXPECT_FALSE(verify_password(encoded.substr(0, size), "secret")) << size;
  }
  EXPECT_FALSE(verify_password(std::string(1000, 'a'), "secret"));
  EXPECT_FALSE(verify_password("", "secret"));
}

TEST(PassphraseKey, IsTheHashOfTheEncodedForm) {
  // The published hash above, by the same function with another length of salt, is out
  // of reach: its salt has 8 bytes. So this ties the key to hash_password, which that
  // vector's verifier accepts.
  SeededRandom random(7), salts(7);
  const auto encoded = hash_password("passphrase", kCheap, random);
  const auto key = key_from_passphrase("passphrase", salts.array<16>(), kCheap);
  ASSERT_TRUE(key.has_value());
  const std::string text = base64_encode(key->view());
  EXPECT_TRUE(encoded->ends_with("$" + text.substr(0, text.find('='))));
}

TEST(PassphraseKey, DependsOnPassphraseSaltAndCost) {
  const Bytes salt(16, 1), other_salt(16, 2);
  const auto hex_key = [](std::string_view passphrase, ByteView s, PasswordCost cost) {
    return hex_encode(key_from_passphrase(passphrase, s, cost)->view());
  };
  const std::string key = hex_key("a", salt, kCheap);
  EXPECT_EQ(key, hex_key("a", salt, kCheap));
  EXPECT_NE(key, hex_key("b", salt, kCheap));
  EXPECT_NE(key, hex_key("a", other_salt, kCheap));
  EXPECT_NE(key, hex_key("a", salt, {3, kCheap.memory_bytes}));
  EXPECT_NE(key, hex_key("a", salt, {2, 2 * kCheap.memory_bytes}));
}

TEST(PassphraseKey, RefusesAWrongSaltAndAnImpossibleCost) {
  EXPECT_EQ(key_from_passphrase("a", Bytes(15), kCheap).error().code, ErrorCode::malformed);
  EXPECT_EQ(key_from_passphrase("a", Bytes(16), {2, 1}).error().code, ErrorCode::overloaded);
}

}  // namespace
}  // namespace parley::crypto
