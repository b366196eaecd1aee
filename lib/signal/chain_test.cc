#include "lib/signal/chain.h"

#include <gtest/gtest.h>

#include <limits>

#include "lib/base/encoding.h"
#include "lib/signal/session.h"

namespace parley::signal {
namespace {

constexpr std::uint32_t kLast = std::numeric_limits<std::uint32_t>::max();

ReceivingChain chain_at(std::uint32_t index) {
  return {{Secret<32>(ByteArray<32>{1, 2, 3}), index}, {}};
}
std::string text(const MessageSeed& seed) { return hex_encode(seed.view()); }

// The seed of message `index` of chain_at(0), step by step.
std::string expected_seed(std::uint32_t index) {
  ChainKey key = chain_at(0).next.clone();
  while (key.index < index) key = key.next();
  return text(key.message_seed());
}

ErrorCode take_code(const ReceivingChain& chain, std::uint32_t counter) {
  const auto taken = chain.take(counter);
  return taken ? ErrorCode::unspecified : taken.error().code;
}

TEST(ReceivingChain, GivesSeedsInOrder) {
  ReceivingChain chain = chain_at(0);
  for (std::uint32_t i = 0; i < 5; ++i) {
    auto taken = chain.take(i).value();
    EXPECT_EQ(text(taken.seed), expected_seed(i));
    chain = std::move(taken.chain);
    EXPECT_EQ(chain.next.index, i + 1);
    EXPECT_EQ(chain.skipped, nullptr);
  }
}

TEST(ReceivingChain, KeepsTheSeedsOfSkippedMessagesUntilTheyCome) {
  ReceivingChain chain = std::move(chain_at(0).take(6).value().chain);
  for (const std::uint32_t i : {3u, 0u, 5u, 1u, 2u, 4u}) {
    auto taken = chain.take(i).value();
    EXPECT_EQ(text(taken.seed), expected_seed(i));
    EXPECT_EQ(taken.chain.next.index, 7u);
    chain = std::move(taken.chain);
    EXPECT_EQ(take_code(chain, i), ErrorCode::duplicate_message);
  }
  EXPECT_EQ(chain.skipped, nullptr);
}

TEST(ReceivingChain, ATakeLeavesTheOldChainAsItWas) {
  const ReceivingChain chain = std::move(chain_at(0).take(9).value().chain);
  const Bytes before = to_bytes(chain.skipped->packed());
  static_cast<void>(chain.take(4).value());
  static_cast<void>(chain.take(12).value());
  EXPECT_EQ(to_bytes(chain.skipped->packed()), before);
  EXPECT_EQ(chain.next.index, 10u);
}

TEST(ReceivingChain, JumpsUpToTheLimitAndNoFurther) {
  EXPECT_EQ(take_code(chain_at(0), kMaxForwardJumps), ErrorCode::unspecified);
  EXPECT_EQ(take_code(chain_at(0), kMaxForwardJumps + 1), ErrorCode::too_far_in_future);
  EXPECT_EQ(take_code(chain_at(50), kMaxForwardJumps + 50), ErrorCode::unspecified);
  EXPECT_EQ(take_code(chain_at(50), kMaxForwardJumps + 51), ErrorCode::too_far_in_future);
  EXPECT_EQ(take_code(chain_at(0), kLast), ErrorCode::too_far_in_future);
}

TEST(ReceivingChain, KeepsTheNewestTwoThousandSeeds) {
  // 2,000 skipped: all are kept. 2,001: the oldest is dropped.
  const auto all = std::move(chain_at(0).take(2000).value().chain);
  EXPECT_EQ(all.skipped->size(), kMaxSkippedKeys);
  EXPECT_EQ(take_code(all, 0), ErrorCode::unspecified);
  const auto most = std::move(chain_at(0).take(2001).value().chain);
  EXPECT_EQ(most.skipped->size(), kMaxSkippedKeys);
  EXPECT_EQ(take_code(most, 0), ErrorCode::duplicate_message);
  EXPECT_EQ(text(most.take(1).value().seed), expected_seed(1));
  EXPECT_EQ(text(most.take(2000).value().seed), expected_seed(2000));
}

TEST(ReceivingChain, SeveralJumpsShareTheLimit) {
  ReceivingChain chain = std::move(chain_at(0).take(1500).value().chain);
  chain = std::move(chain.take(2101).value().chain);  // 600 more are skipped
  EXPECT_EQ(chain.skipped->size(), kMaxSkippedKeys);
  EXPECT_EQ(take_code(chain, 99), ErrorCode::duplicate_message);
  EXPECT_EQ(text(chain.take(100).value().seed), expected_seed(100));
  EXPECT_EQ(take_code(chain, 1500), ErrorCode::duplicate_message);
  EXPECT_EQ(text(chain.take(1501).value().seed), expected_seed(1501));
}

TEST(ReceivingChain, EndsBeforeItsCounterWouldWrap) {
  EXPECT_EQ(take_code(chain_at(kLast - 1), kLast - 1), ErrorCode::unspecified);
  EXPECT_EQ(take_code(chain_at(kLast - 1), kLast), ErrorCode::limit_reached);
  EXPECT_EQ(take_code(chain_at(kLast), kLast), ErrorCode::limit_reached);
}

TEST(SkippedKeys, ParseAcceptsOnlyWhatPackedGives) {
  const ReceivingChain chain = std::move(chain_at(0).take(3).value().chain);
  const Bytes packed = to_bytes(chain.skipped->packed());
  EXPECT_EQ(to_bytes(SkippedKeys::parse(packed).value().packed()), packed);

  EXPECT_FALSE(SkippedKeys::parse(ByteView(packed).first(35)));
  Bytes twice = packed;
  append(twice, packed);  // not ascending
  EXPECT_FALSE(SkippedKeys::parse(twice));
  const ReceivingChain full = std::move(chain_at(0).take(2000).value().chain);
  Bytes too_many = to_bytes(full.skipped->packed());
  too_many.resize(too_many.size() + SkippedKeys::kEntryBytes, 0xff);
  EXPECT_FALSE(SkippedKeys::parse(too_many));
}

}  // namespace
}  // namespace parley::signal
