#include <gtest/gtest.h>

#include "lib/crypto/curve25519.h"
#include "lib/crypto/hex_for_tests.h"
#include "lib/crypto/system_random.h"

namespace parley::crypto {
namespace {

// The signature that the tests of libsignal, libsignal-protocol-java and libomemo-c
// share (Curve25519Test.testSignature).
struct Published {
  KeyPair pair = KeyPair::from_private(
      hex_secret<32>("c097248412e58bf05df487968205132794178e367637f5818f81e0e6ce73e865"));
  Bytes message = hex("05edce9d9c415ca78cb7252e72c2c4a554d3eb29485a0e1d503118d1a82d99fb4a");
  Bytes signature =
      hex("5de88ca9a89b4a115da79109c67c9c7464a3e4180274f1cb8c63c2984e286dfb"
          "ede82deb9dcd9fae0bfbb821569b3d9001bd8130cd11d486cef047bd60b86e88");
};

TEST(Xeddsa, AcceptsThePublishedSignature) {
  const Published p;
  EXPECT_EQ(hex_encode(p.pair.public_key.bytes),
            "ab7e717d4a163b7d9a1d8071dfe9dcf8cdcd1cea3339b6356be84d887e322c64");
  EXPECT_TRUE(verify(p.pair.public_key, p.message, p.signature).has_value());
}

TEST(Xeddsa, RefusesASignatureWithAnyBitChanged) {
  const Published p;
  for (std::size_t byte = 0; byte < p.signature.size(); ++byte) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes changed = p.signature;
      changed[byte] ^= static_cast<std::uint8_t>(1u << bit);
      const Status status = verify(p.pair.public_key, p.message, changed);
      ASSERT_FALSE(status.has_value()) << byte << '.' << bit;
      EXPECT_EQ(status.error().code, ErrorCode::bad_signature);
    }
  }
}

TEST(Xeddsa, RefusesAnotherMessageKeyOrLength) {
  const Published p;
  for (std::size_t i = 0; i < p.message.size(); ++i) {
    Bytes changed = p.message;
    changed[i] ^= 1;
    EXPECT_FALSE(verify(p.pair.public_key, changed, p.signature).has_value()) << i;
  }
  for (std::size_t i = 0; i < 32; ++i) {
    PublicKey changed = p.pair.public_key;
    changed.bytes[i] ^= 1;
    EXPECT_FALSE(verify(changed, p.message, p.signature).has_value()) << i;
  }
  for (std::size_t size = 0; size < p.signature.size(); ++size) {
    EXPECT_FALSE(
        verify(p.pair.public_key, p.message, ByteView(p.signature).first(size)).has_value());
  }
  Bytes longer = p.signature;
  longer.push_back(0);
  EXPECT_FALSE(verify(p.pair.public_key, p.message, longer).has_value());
}

// Both signs of the public point must occur: each travels in the signature's top bit.
TEST(Xeddsa, VerifiesWhatItSignsForKeysOfEitherSign) {
  SeededRandom random(1);
  int with_sign_bit = 0;
  for (int i = 0; i < 64; ++i) {
    const KeyPair pair = KeyPair::generate(random);
    Bytes message(static_cast<std::size_t>(i) * 3);
    random.fill(message);
    const Signature signature = sign(pair.private_key, message, random);
    EXPECT_TRUE(verify(pair.public_key, message, signature).has_value()) << i;
    with_sign_bit += signature[63] >> 7;
  }
  EXPECT_GT(with_sign_bit, 10);
  EXPECT_LT(with_sign_bit, 54);
}

TEST(Xeddsa, IsRandomisedByItsSourceAndReproducibleFromASeed) {
  SeededRandom keys(2);
  const KeyPair pair = KeyPair::generate(keys);
  SeededRandom first(3), again(3), other(4);
  const Bytes message = hex("0102");
  const Signature signature = sign(pair.private_key, message, first);
  EXPECT_EQ(signature, sign(pair.private_key, message, again));
  EXPECT_NE(signature, sign(pair.private_key, message, other));
}

// s + L is the same number modulo the group order L: accepting it would make two
// signatures of one.
TEST(Xeddsa, RefusesAnUnreducedS) {
  const ByteArray<32> order =
      hex_array<32>("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  const Published p;
  Bytes changed = p.signature;
  const std::uint8_t sign_bit = changed[63] & 0x80;
  changed[63] &= 0x7f;
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += unsigned{changed[32 + i]} + order[i];
    changed[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  ASSERT_LT(changed[63], 0x80);
  changed[63] |= sign_bit;
  EXPECT_FALSE(verify(p.pair.public_key, p.message, changed).has_value());
}

// With a key of small order an all-zero s and R = identity would verify anything.
TEST(Xeddsa, RefusesKeysOfSmallOrderAndWithoutEdwardsForm) {
  Signature forged{};
  forged[0] = 1;  // R: the identity; s: zero
  for (const char* u : {"0000000000000000000000000000000000000000000000000000000000000000",
                        "0100000000000000000000000000000000000000000000000000000000000000",
                        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                        "0200000000000000000000000000000000000000000000000000000000000000"}) {
    for (const std::uint8_t sign_bit : {0x00, 0x80}) {
      forged[63] = sign_bit;
      EXPECT_FALSE(verify({hex_array<32>(u)}, as_bytes("anything"), forged).has_value()) << u;
    }
  }
}

}  // namespace
}  // namespace parley::crypto
