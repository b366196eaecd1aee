#include "lib/signal/fingerprint.h"

#include <gtest/gtest.h>

#include "lib/base/encoding.h"

namespace parley::signal {
namespace {

crypto::PublicKey key(std::string_view hex) {
  return crypto::PublicKey::parse(hex_decode(hex).value()).value();
}

// Values: NumericFingerprintGeneratorTest of libsignal-protocol-java
// (testVectorsVersion2), which libsignal's own tests repeat.
const FingerprintParty kAlice{
    as_bytes("+14152222222"),
    key("0506863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868")};
const FingerprintParty kBob{
    as_bytes("+14153333333"),
    key("05f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b")};
constexpr std::string_view kDigits = "300354477692869396892869876765458257569162576843440918079131";
constexpr std::string_view kAliceScannable =
    "080212220a201e301a0353dce3dbe7684cb8336e85136cdc0ee96219494ada305d62a7bd61df"
    "1a220a20d62cbf73a11592015b6b9f1682ac306fea3aaf3885b84d12bca631e9d4fb3a4d";

TEST(Fingerprint, EqualsThePublishedVector) {
  const Fingerprint alice = make_fingerprint(kAlice, kBob);
  const Fingerprint bob = make_fingerprint(kBob, kAlice);
  EXPECT_EQ(alice.digits, kDigits);
  EXPECT_EQ(bob.digits, kDigits);
  EXPECT_EQ(hex_encode(alice.scannable), kAliceScannable);
}

TEST(Fingerprint, ScanningTheOtherSideMatchesAndOneselfDoesNot) {
  const Fingerprint alice = make_fingerprint(kAlice, kBob);
  const Fingerprint bob = make_fingerprint(kBob, kAlice);
  EXPECT_TRUE(scannable_matches(alice, bob.scannable).value());
  EXPECT_TRUE(scannable_matches(bob, alice.scannable).value());
  EXPECT_FALSE(scannable_matches(alice, alice.scannable).value());
}

TEST(Fingerprint, DependsOnBothIdsAndBothKeys) {
  FingerprintParty other_id = kBob;
  other_id.stable_id = as_bytes("+14153333334");
  FingerprintParty other_key = kBob;
  other_key.identity_key.bytes[0] ^= 1;
  for (const FingerprintParty& party : {other_id, other_key}) {
    const Fingerprint changed = make_fingerprint(kAlice, party);
    EXPECT_NE(changed.digits, kDigits);
    EXPECT_FALSE(scannable_matches(make_fingerprint(kBob, kAlice), changed.scannable).value());
  }
}

TEST(Fingerprint, RefusesAnotherVersionAndGarbage) {
  const Fingerprint alice = make_fingerprint(kAlice, kBob);
  Bytes version_1 = make_fingerprint(kBob, kAlice).scannable;
  version_1[1] = 1;
  EXPECT_EQ(scannable_matches(alice, version_1).error().code, ErrorCode::unsupported_version);
  EXPECT_EQ(scannable_matches(alice, as_bytes("\xff\xff")).error().code, ErrorCode::malformed);
  EXPECT_EQ(scannable_matches(alice, {}).error().code, ErrorCode::malformed);
}

TEST(Fingerprint, DigitsAreReadInTwelveGroups) {
  EXPECT_EQ(group_digits(std::string(kDigits)),
            "30035 44776 92869 39689 28698 76765 45825 75691 62576 84344 09180 79131");
}

}  // namespace
}  // namespace parley::signal
