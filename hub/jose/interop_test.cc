// The hub's tokens, checked by somebody else's library.
#include <gtest/gtest.h>

#include <cstdlib>

#include "hub/jose/tokens_for_tests.h"

namespace parley::jose {
namespace {

constexpr int kNotInstalled = 77;

int check_with_jose(const std::string& keys, const std::string& token, const std::string& hub,
                    const std::string& now) {
  const std::string command = "PATH=.deps/node/bin:$PATH node tests/oracles/check_token.mjs '" +
                              keys + "' '" + token + "' '" + hub + "' nordlys " + now;
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(JoseInterop, ServicesAcceptTheHubsTokens) {
  const SigningKey key(test_key());
  const std::string token = key.sign({.issuer = "hub",
                                      .audience = "nordlys",
                                      .token_id = "x",
                                      .issued = {1'800'000'000'000},
                                      .expires = {1'800'000'300'000}});
  const int status = check_with_jose(key.key_set(), token, "hub", "1800000001");
  if (status == kNotInstalled) GTEST_SKIP() << "jose is not installed: tools/bootstrap test";
  EXPECT_EQ(status, 0);
  EXPECT_EQ(check_with_jose(key.key_set(), token, "other", "1800000001"), 1);
  EXPECT_EQ(check_with_jose(key.key_set(), token, "hub", "1800000301"), 1);
  std::string changed = token;
  changed[changed.size() - 10] = changed[changed.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(check_with_jose(key.key_set(), changed, "hub", "1800000001"), 1);
}

}  // namespace
}  // namespace parley::jose
