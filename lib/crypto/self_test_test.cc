#include "lib/crypto/self_test.h"

#include <gtest/gtest.h>

namespace parley::crypto {
namespace {

// Its parts are proven by the published vectors in the tests beside this one; the pinned
// value carries that proof to builds where those tests do not run.
TEST(SelfTest, GivesThePinnedDigestEveryTime) {
  EXPECT_EQ(self_test_digest(), kSelfTestDigest);
  EXPECT_EQ(self_test_digest(), kSelfTestDigest);
}

}  // namespace
}  // namespace parley::crypto
