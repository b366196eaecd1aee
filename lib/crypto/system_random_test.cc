#include "lib/crypto/system_random.h"

#include <gtest/gtest.h>

#include <set>

#include "lib/crypto/hex_for_tests.h"

namespace parley::crypto {
namespace {

TEST(SystemRandom, NeverRepeatsAndFillsEveryByte) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(seen.insert(hex_encode(random.array<16>())).second);
  // Each of 64 bytes must be something else than zero in one of 64 draws.
  ByteArray<64> any{};
  for (int i = 0; i < 64; ++i) {
    const auto draw = random.array<64>();
    for (std::size_t j = 0; j < any.size(); ++j) any[j] |= draw[j];
  }
  EXPECT_EQ(std::count(any.begin(), any.end(), 0), 0);
}

TEST(SystemRandom, FillsNothingAndMuch) {
  SystemRandom random;
  random.fill({});
  Bytes much(300'000);
  random.fill(much);
  EXPECT_NE(std::set<std::uint8_t>(much.begin(), much.end()).size(), 1u);
}

TEST(SeededRandom, RepeatsFromItsSeedAndDiffersBetweenSeeds) {
  SeededRandom first(42), again(42), other(43);
  const auto draw = first.array<32>();
  EXPECT_EQ(draw, again.array<32>());
  EXPECT_NE(draw, other.array<32>());
  EXPECT_NE(first.array<32>(), draw);
}

// A recorded simulator run replays only as long as this stream stays what it is. The
// first block is ChaCha20's for a key of zeros (RFC 8439, appendix A.1, vector 1).
TEST(SeededRandom, KeepsItsStream) {
  SeededRandom random(0);
  EXPECT_EQ(hex_encode(random.array<64>()),
            "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
            "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586");
}

}  // namespace
}  // namespace parley::crypto
