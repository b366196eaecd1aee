#include "client/api/self_test.h"

#include <gtest/gtest.h>

namespace parley::client {
namespace {

TEST(SelfTest, FindsNothingWrongWithThisBuild) {
  EXPECT_EQ(run_self_test(), SelfTestFailure::none);
}

}  // namespace
}  // namespace parley::client
