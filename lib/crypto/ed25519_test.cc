#include "lib/crypto/ed25519.h"

#include <gtest/gtest.h>

#include "lib/crypto/hex_for_tests.h"
#include "lib/crypto/system_random.h"

namespace parley::crypto {
namespace {

struct Vector {
  const char *seed, *public_key, *message, *signature;
};

// RFC 8032, section 7.1, tests 1 to 3.
constexpr Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

TEST(Ed25519, GivesThePublishedSignatures) {
  for (const Vector& vector : kVectors) {
    const auto key = Ed25519KeyPair::from_seed(hex_secret<32>(vector.seed));
    EXPECT_EQ(hex_encode(key.public_key), vector.public_key);
    const Bytes message = hex(vector.message);
    EXPECT_EQ(hex_encode(sign_ed25519(key, message)), vector.signature);
    EXPECT_TRUE(verify_ed25519(key.public_key, message, hex(vector.signature)));
  }
}

TEST(Ed25519, RefusesWhatWasChanged) {
  SeededRandom random(1);
  const auto key = Ed25519KeyPair::generate(random);
  const Bytes message = {1, 2, 3};
  const auto signature = sign_ed25519(key, message);
  for (std::size_t i = 0; i < signature.size(); ++i) {
    auto changed = signature;
    changed[i] ^= 1;
    EXPECT_FALSE(verify_ed25519(key.public_key, message, changed)) << i;
  }
  EXPECT_FALSE(verify_ed25519(key.public_key, Bytes{1, 2}, signature));
  EXPECT_FALSE(verify_ed25519(key.public_key, message, ByteView(signature).first(63)));
  EXPECT_FALSE(verify_ed25519(key.public_key, message, {}));
}

// With a key of small order anything would be signed by R = identity, s = 0.
TEST(Ed25519, RefusesKeysOfSmallOrder) {
  Ed25519PublicKey identity{1};
  Ed25519Signature signature{1};
  EXPECT_FALSE(verify_ed25519(identity, Bytes{1}, signature));
  EXPECT_FALSE(verify_ed25519(Ed25519PublicKey{}, Bytes{1}, signature));
}

TEST(Ed25519, KnowsWhatAKeyPairCanHave) {
  for (const auto& vector : kVectors) {
    EXPECT_TRUE(is_valid_key(Ed25519KeyPair::from_seed(hex_secret<32>(vector.seed)).public_key));
  }
  EXPECT_FALSE(is_valid_key(Ed25519PublicKey{1})) << "the identity";
  EXPECT_FALSE(is_valid_key(Ed25519PublicKey{})) << "of order 4";
  Ed25519PublicKey not_reduced;
  not_reduced.fill(0xff);
  EXPECT_FALSE(is_valid_key(not_reduced));
}

// s + L signs the same; libsodium insists on the reduced one.
TEST(Ed25519, RefusesASecondFormOfASignature) {
  const auto key = Ed25519KeyPair::from_seed(hex_secret<32>(kVectors[0].seed));
  auto signature = hex_array<64>(kVectors[0].signature);
  const auto order =
      hex_array<32>("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const unsigned sum = signature[32 + i] + order[i] + carry;
    signature[32 + i] = static_cast<std::uint8_t>(sum);
    carry = sum >> 8;
  }
  EXPECT_FALSE(verify_ed25519(key.public_key, {}, signature));
}

}  // namespace
}  // namespace parley::crypto
