#include "lib/crypto/curve25519.h"

#include <gtest/gtest.h>

#include "lib/crypto/hex_for_tests.h"
#include "lib/crypto/system_random.h"

namespace parley::crypto {
namespace {

PublicKey point(const char* hex_text) { return {hex_array<32>(hex_text)}; }

std::string agreed(const char* scalar, const char* u) {
  const auto shared = agree(hex_secret<32>(scalar), point(u));
  return shared ? hex_encode(shared->view()) : "refused";
}

// RFC 7748, section 5.2.
TEST(X25519, GivesThePublishedProducts) {
  EXPECT_EQ(agreed("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                   "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  // This u-coordinate has its top bit set, which is ignored.
  EXPECT_EQ(agreed("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                   "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"),
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

// RFC 7748, section 5.2, after 1 and after 1,000 iterations.
TEST(X25519, GivesThePublishedIterations) {
  Secret<32> k = hex_secret<32>("0900000000000000000000000000000000000000000000000000000000000000");
  PublicKey u = point("0900000000000000000000000000000000000000000000000000000000000000");
  for (int i = 1; i <= 1000; ++i) {
    auto next = agree(k, u);
    ASSERT_TRUE(next.has_value());
    std::copy(k.view().begin(), k.view().end(), u.bytes.begin());
    k = std::move(*next);
    if (i == 1) {
      EXPECT_EQ(hex_encode(k.view()),
                "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
  }
  EXPECT_EQ(hex_encode(k.view()),
            "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

// RFC 7748, section 6.1.
TEST(X25519, GivesThePublishedAgreement) {
  const KeyPair a = KeyPair::from_private(
      hex_secret<32>("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
  const KeyPair b = KeyPair::from_private(
      hex_secret<32>("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
  EXPECT_EQ(hex_encode(a.public_key.bytes),
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  EXPECT_EQ(hex_encode(b.public_key.bytes),
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const std::string shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  EXPECT_EQ(hex_encode(agree(a.private_key, b.public_key)->view()), shared);
  EXPECT_EQ(hex_encode(agree(b.private_key, a.public_key)->view()), shared);
}

// All u-coordinates of points of small order on the curve and its twist, with the
// non-canonical forms of 0 and 1: https://cr.yp.to/ecdh.html, "How do I validate".
const char* const kSmallOrder[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

TEST(X25519, RefusesPointsOfSmallOrderWithAndWithoutTheIgnoredTopBit) {
  SeededRandom random(1);
  const KeyPair pair = KeyPair::generate(random);
  for (const char* u : kSmallOrder) {
    for (const std::uint8_t top_bit : {0x00, 0x80}) {
      PublicKey key = point(u);
      key.bytes[31] |= top_bit;
      const auto shared = agree(pair.private_key, key);
      ASSERT_FALSE(shared.has_value()) << u;
      EXPECT_EQ(shared.error().code, ErrorCode::invalid_key);
      EXPECT_FALSE(is_canonical_and_torsion_free(key)) << u;
    }
  }
}

TEST(BaseKeyCheck, AcceptsEveryHonestKey) {
  SeededRandom random(2);
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(is_canonical_and_torsion_free(KeyPair::generate(random).public_key));
  }
  EXPECT_TRUE(is_canonical_and_torsion_free(
      point("0900000000000000000000000000000000000000000000000000000000000000")));
}

TEST(BaseKeyCheck, RefusesNonCanonicalForms) {
  PublicKey base = point("0900000000000000000000000000000000000000000000000000000000000000");
  base.bytes[31] |= 0x80;
  EXPECT_FALSE(is_canonical_and_torsion_free(base));
  // 9 + 2^255 - 19, the base point again.
  EXPECT_FALSE(is_canonical_and_torsion_free(
      point("f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
}

// The base point plus a point of order 2, 4 and 8, worked out with the affine
// addition law in another language. Agreement takes them; this check must not.
TEST(BaseKeyCheck, RefusesPointsOutsideThePrimeOrderSubgroup) {
  SeededRandom random(4);
  const KeyPair pair = KeyPair::generate(random);
  for (const char* u : {"12c7711cc7711cc7711cc7711cc7711cc7711cc7711cc7711cc7711cc7711c47",
                        "bdaa2fc8fee1947ef8edb214ae95f0bbe2485d23b9a0c7ad34ab7ce2eecdae1e",
                        "d8861aa2787ad9268b7474b682e3bec3ce369a1e5e3147a26d377cfd20b5df75"}) {
    EXPECT_TRUE(agree(pair.private_key, point(u)).has_value()) << u;
    EXPECT_FALSE(is_canonical_and_torsion_free(point(u))) << u;
  }
}

TEST(BaseKeyCheck, RefusesPointsOnTheTwist) {
  // 2 is no u-coordinate of the curve itself (RFC 7748's A = 486662).
  EXPECT_FALSE(is_canonical_and_torsion_free(
      point("0200000000000000000000000000000000000000000000000000000000000000")));
}

TEST(PublicKey, ParsesWhatItSerializes) {
  SeededRandom random(3);
  const PublicKey key = KeyPair::generate(random).public_key;
  const auto bytes = key.serialize();
  EXPECT_EQ(bytes[0], 0x05);
  const auto parsed = PublicKey::parse(bytes);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(*parsed, key);
}

TEST(PublicKey, RefusesAnotherTypeOrLength) {
  SeededRandom random(3);
  const auto bytes = KeyPair::generate(random).public_key.serialize();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(PublicKey::parse(ByteView(bytes).first(size)).has_value());
  }
  Bytes longer(bytes.begin(), bytes.end());
  longer.push_back(0);
  EXPECT_FALSE(PublicKey::parse(longer).has_value());
  for (unsigned type = 0; type < 256; ++type) {
    auto other = bytes;
    other[0] = static_cast<std::uint8_t>(type);
    const auto parsed = PublicKey::parse(other);
    EXPECT_EQ(parsed.has_value(), type == 0x05);
    if (!parsed) {
      EXPECT_EQ(parsed.error().code, ErrorCode::invalid_key);
    }
  }
}

TEST(KeyPair, IsClampedAndReproducible) {
  const KeyPair pair = KeyPair::from_private(Secret<32>(
      hex_array<32>("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")));
  EXPECT_EQ(pair.private_key.view()[0], 0xf8);
  EXPECT_EQ(pair.private_key.view()[31], 0x7f);
  EXPECT_EQ(KeyPair::from_private(pair.private_key.clone()).public_key, pair.public_key);
}

}  // namespace
}  // namespace parley::crypto
