#include "lib/base/secret.h"

#include <gtest/gtest.h>

#include <sstream>
#include <type_traits>

namespace parley {
namespace {

TEST(Secret, CannotBeCopiedOrConverted) {
  static_assert(!std::is_copy_constructible_v<Secret<32>>);
  static_assert(!std::is_copy_constructible_v<SecretBuffer>);
  static_assert(!std::is_convertible_v<Secret<32>, ByteView>);
  static_assert(!std::is_convertible_v<SecretBuffer, ByteView>);
}

TEST(Secret, IsWipedWhenMovedFrom) {
  const ByteArray<4> bytes = {1, 2, 3, 4};
  Secret<4> source{std::span<const std::uint8_t, 4>(bytes)};
  const Secret<4> target = std::move(source);
  EXPECT_TRUE(equal(target.view(), bytes));
  EXPECT_TRUE(equal(source.view(), ByteArray<4>{}));  // NOLINT(bugprone-use-after-move)
}

TEST(Secret, IsWipedWhenItDies) {
  alignas(Secret<16>) ByteArray<sizeof(Secret<16>)> memory;
  auto* secret = new (memory.data()) Secret<16>;
  secret->mutable_view()[3] = 0x5a;
  secret->~Secret<16>();
  EXPECT_EQ(memory, (ByteArray<sizeof(Secret<16>)>{}));
}

TEST(Secret, TruncatingWipesTheTail) {
  SecretBuffer secret(Bytes{1, 2, 3, 4});
  const std::uint8_t* tail = secret.view().data() + 2;
  secret.truncate(2);
  EXPECT_EQ(secret.size(), 2u);
  EXPECT_EQ(tail[0], 0);  // still the vector's own capacity
}

TEST(Secret, PrintsNothingOfItself) {
  std::ostringstream out;
  out << SecretBuffer(Bytes{65, 66}) << Secret<2>();
  EXPECT_EQ(out.str(), "[secret][secret]");
}

}  // namespace
}  // namespace parley
