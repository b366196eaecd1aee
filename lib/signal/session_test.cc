#include "lib/signal/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/signal/test_device.h"

namespace parley::signal {
namespace {

using testing::BundleOptions;
using testing::TestDevice;

class SessionTest : public ::testing::TestWithParam<Protocol> {
 protected:
  TestDevice alice{1, GetParam()};
  TestDevice bob{2, GetParam()};

  BundleOptions with_kyber(BundleOptions options = {}) {
    options.kyber = GetParam() == Protocol::pqxdh;
    return options;
  }
  // Alice starts, Bob answers: both have an acknowledged session.
  void establish() {
    ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
    ASSERT_EQ(bob.receive(alice.send("hello").value()), "hello");
    ASSERT_EQ(alice.receive(bob.send("hi").value()), "hi");
  }
};

INSTANTIATE_TEST_SUITE_P(Versions, SessionTest, ::testing::Values(Protocol::x3dh, Protocol::pqxdh),
                         [](const auto& version) {
                           return version.param == Protocol::x3dh ? "X3dh" : "Pqxdh";
                         });

TEST_P(SessionTest, TwoDevicesTalk) {
  establish();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(bob.receive(alice.send("a" + std::to_string(i)).value()), "a" + std::to_string(i));
    EXPECT_EQ(alice.receive(bob.send("b" + std::to_string(i)).value()), "b" + std::to_string(i));
  }
}

}  // namespace
}  // namespace parley::signal
