#include "lib/crypto/hash.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/crypto/hex_for_tests.h"

namespace parley::crypto {
namespace {

// FIPS 180-4 and FIPS 202, the examples that NIST publishes with them.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(hex_encode(sha256({})),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_encode(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(
      hex_encode(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex_encode(sha256(as_bytes(std::string(1'000'000, 'a')))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OverPiecesEqualsSha256OverTheWhole) {
  const std::string text(300, 'x');
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const ByteView all = as_bytes(text);
    Sha256 pieces;
    pieces.update(all.first(cut)).update(all.subspan(cut));
    EXPECT_EQ(pieces.finish(), sha256(all)) << cut;
  }
}

TEST(Sha512, GivesThePublishedDigests) {
  EXPECT_EQ(hex_encode(sha512({})),
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
            "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e");
  EXPECT_EQ(hex_encode(sha512(as_bytes("abc"))),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Sha3, GivesThePublishedDigests) {
  EXPECT_EQ(hex_encode(sha3_256({})),
            "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
  EXPECT_EQ(hex_encode(sha3_256(as_bytes("abc"))),
            "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
  EXPECT_EQ(hex_encode(sha3_512({})),
            "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6"
            "15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26");
  EXPECT_EQ(hex_encode(sha3_512(as_bytes("abc"))),
            "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
            "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0");
}

TEST(Shake256, GivesThePublishedOutput) {
  ByteArray<64> out;
  shake256({}, out);
  EXPECT_EQ(hex_encode(out),
            "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f"
            "d75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be");
}

struct HmacCase {
  const char* key;
  const char* data;
  const char* mac;
};

// RFC 4231, test cases 1-4, 6 and 7 (5 is about truncation).
const HmacCase kHmacCases[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "dddddddddddddddddddddddddddddddddddddddddddddddddddd"
     "dddddddddddddddddddddddddddddddddddddddddddddddd",
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"0102030405060708090a0b0c0d0e0f10111213141516171819",
     "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
     "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
};

TEST(HmacSha256, GivesTheMacsOfRfc4231) {
  for (const HmacCase& c : kHmacCases) {
    EXPECT_EQ(hex_encode(hmac_sha256(hex(c.key), hex(c.data))), c.mac);
  }
  const Bytes long_key(131, 0xaa);
  EXPECT_EQ(hex_encode(hmac_sha256(
                long_key, as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hex_encode(hmac_sha256(
                long_key, as_bytes("This is a test using a larger than block-size key and a larger "
                                   "than block-size data. The key needs to be hashed before being "
                                   "used by the HMAC algorithm."))),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(HmacSha256, OverPiecesEqualsHmacOverTheWhole) {
  const Bytes key = hex("000102");
  const ByteView pieces[] = {as_bytes("ab"), {}, as_bytes("c")};
  EXPECT_EQ(hmac_sha256(key, pieces), hmac_sha256(key, as_bytes("abc")));
}

TEST(HmacSha256, TakesAKeyOfExactlyOneBlockAndAnEmptyKey) {
  // RFC 2104: up to a block the key is padded with zeros.
  const Bytes block(64, 7);
  EXPECT_NE(hmac_sha256(block, ByteView{}), hmac_sha256(Bytes(65, 7), ByteView{}));
  EXPECT_EQ(hmac_sha256({}, as_bytes("x")), hmac_sha256(Bytes(64, 0), as_bytes("x")));
}

// RFC 5869, appendix A.1-A.3.
TEST(HkdfSha256, GivesTheKeysOfRfc5869) {
  const Bytes input(22, 0x0b);
  EXPECT_EQ(hex_encode(hkdf_sha256(input, hex("000102030405060708090a0b0c"),
                                   hex("f0f1f2f3f4f5f6f7f8f9"), 42)
                           .view()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  Bytes ascending(256);
  for (std::size_t i = 0; i < ascending.size(); ++i) ascending[i] = static_cast<std::uint8_t>(i);
  const ByteView all(ascending);
  EXPECT_EQ(
      hex_encode(
          hkdf_sha256(all.first(80), all.subspan(0x60, 80), all.subspan(0xb0, 80), 82).view()),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e59"
      "0e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
  EXPECT_EQ(hex_encode(hkdf_sha256(input, {}, {}, 42).view()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(HkdfSha256, TakesAnEmptySaltAsThirtyTwoZeros) {
  const Bytes key = hex("01");
  EXPECT_EQ(hex_encode(hkdf_sha256(key, {}, {}, 32).view()),
            hex_encode(hkdf_sha256(key, Bytes(32), {}, 32).view()));
}

TEST(HkdfSha256, GivesPrefixesOfItsLongestOutput) {
  const SecretBuffer longest = hkdf_sha256(hex("01"), {}, {}, 8160);
  for (const std::size_t size : {0, 1, 31, 32, 33, 64, 8159}) {
    const SecretBuffer shorter = hkdf_sha256(hex("01"), {}, {}, size);
    EXPECT_TRUE(equal(shorter.view(), longest.view().first(size))) << size;
  }
}

TEST(ConstantTimeEqual, ComparesContentAndLength) {
  EXPECT_TRUE(constant_time_equal({}, {}));
  EXPECT_TRUE(constant_time_equal(hex("0102"), hex("0102")));
  EXPECT_FALSE(constant_time_equal(hex("0102"), hex("0103")));
  EXPECT_FALSE(constant_time_equal(hex("0102"), hex("8102")));
  EXPECT_FALSE(constant_time_equal(hex("0102"), hex("01")));
}

}  // namespace
}  // namespace parley::crypto
