#include "lib/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

namespace parley {
namespace {

// Hands out prepared values, so that the rejection is visible.
class Scripted final : public RandomSource {
 public:
  explicit Scripted(std::deque<std::uint64_t> values) : values_(std::move(values)) {}
  void fill(MutableByteView out) override {
    ASSERT_FALSE(values_.empty());
    std::memcpy(out.data(), &values_.front(), std::min(out.size(), sizeof(std::uint64_t)));
    values_.pop_front();
  }

 private:
  std::deque<std::uint64_t> values_;
};

TEST(Random, BelowRejectsTheValuesThatWouldSkewTheResult) {
  // 2^64 mod 10 = 6: the values 0..5 are refused.
  Scripted source({5, 0, 16});
  EXPECT_EQ(source.below(10), 6u);
}

}  // namespace
}  // namespace parley
