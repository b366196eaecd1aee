#include "client/engine/account_secrets.h"

#include <gtest/gtest.h>

#include "lib/crypto/system_random.h"

namespace parley::client {
namespace {

class AccountSecrets : public ::testing::Test {
 protected:
  LinkTarget target_of(const crypto::KeyPair& key) { return {Bytes(16, 7), key.public_key}; }
  e2e::LinkEnvelope envelope() {
    e2e::LinkEnvelope made;
    made.account_id = Bytes(16, 1);
    made.handle = "alice";
    made.identity_private_key = SecretBuffer(random.secret<32>().view());
    made.account_key = SecretBuffer(random.secret<32>().view());
    return made;
  }

  crypto::SeededRandom random{5};
};

TEST_F(AccountSecrets, ADeviceNameOpensWithTheAccountsKeyOnly) {
  const auto key = random.array<32>(), other = random.array<32>();
  const Bytes sealed = seal_device_name(key, "kitchen tablet", random);
  EXPECT_EQ(open_device_name(key, sealed), "kitchen tablet");
  EXPECT_EQ(open_device_name(other, sealed), "");
  EXPECT_EQ(open_device_name(key, Bytes(10)), "");
  EXPECT_TRUE(seal_device_name(key, "", random).empty());
}

TEST_F(AccountSecrets, ARecoveryKeyIsThirteenGroupsAndReadsBackHoweverItIsTyped) {
  const auto key = random.secret<32>();
  const std::string text = recovery_key_text(key.view());
  EXPECT_EQ(text.size(), 13u * 4 + 12);
  std::string typed = text;
  for (char& c : typed) c = c == '-' ? ' ' : static_cast<char>(std::toupper(c));
  for (const std::string& form : {text, typed}) {
    const auto parsed = parse_recovery_key(form);
    ASSERT_TRUE(parsed.has_value());
    EXPECT_TRUE(equal(parsed->view(), key.view()));
  }
}

TEST_F(AccountSecrets, WhatIsNoRecoveryKeyIsSaidSo) {
  const std::string text = recovery_key_text(random.secret<32>().view());
  for (const std::string& wrong :
       {std::string(), text.substr(1), text + "a", "1" + text.substr(1), std::string("password")}) {
    const auto parsed = parse_recovery_key(wrong);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().code, ErrorCode::recovery_failed);
  }
}

TEST_F(AccountSecrets, RecoveryDataOpensWithItsKeyOnly) {
  const auto key = random.secret<32>(), other = random.secret<32>();
  e2e::RecoveryData data;
  data.account_id = Bytes(16, 1);
  data.identity_private_key = SecretBuffer(random.secret<32>().view());
  data.account_key = SecretBuffer(random.secret<32>().view());
  Bytes blob = seal_recovery(key, data, random);
  const auto opened = open_recovery(key, blob);
  ASSERT_TRUE(opened.has_value());
  EXPECT_TRUE(equal(opened->identity_private_key.view(), data.identity_private_key.view()));
  EXPECT_EQ(open_recovery(other, blob).error().code, ErrorCode::recovery_failed);
  blob.back() ^= 1;
  EXPECT_EQ(open_recovery(key, blob).error().code, ErrorCode::recovery_failed);
}

TEST_F(AccountSecrets, ALinkCodeReadsBackAndOthersAreRefused) {
  const auto key = crypto::KeyPair::generate(random);
  const std::string code = link_code(target_of(key));
  const auto parsed = parse_link_code(code + "\n");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->slot, Bytes(16, 7));
  EXPECT_EQ(parsed->key, key.public_key);
  for (const std::string& wrong : {std::string(), std::string("hello"), code.substr(1),
                                   code.substr(0, code.size() - 2), code + "AA"}) {
    EXPECT_EQ(parse_link_code(wrong).error().code, ErrorCode::link_expired) << wrong;
  }
}

TEST_F(AccountSecrets, CheckDigitsDependOnTheCode) {
  const auto a = target_of(crypto::KeyPair::generate(random));
  auto b = a;
  EXPECT_EQ(link_check_digits(a), link_check_digits(b));
  EXPECT_EQ(link_check_digits(a).size(), 6u);
  b.slot[0] ^= 1;
  EXPECT_NE(link_check_digits(a), link_check_digits(b));
}

TEST_F(AccountSecrets, ALinkEnvelopeOpensOnTheDeviceThatShowedTheCode) {
  const auto own = crypto::KeyPair::generate(random), other = crypto::KeyPair::generate(random);
  const auto target = target_of(own);
  const auto sent = envelope();
  auto sealed = seal_link(target, sent, random);
  ASSERT_TRUE(sealed.has_value());
  const auto opened = open_link(target, own, *sealed);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->handle, "alice");
  EXPECT_TRUE(equal(opened->identity_private_key.view(), sent.identity_private_key.view()));

  EXPECT_FALSE(open_link(target, other, *sealed).has_value());
  auto other_slot = target;
  other_slot.slot[3] ^= 1;
  EXPECT_FALSE(open_link(other_slot, own, *sealed).has_value()) << "bound to its slot";
  for (const std::size_t at : {std::size_t{0}, std::size_t{40}, sealed->size() - 1}) {
    Bytes damaged = *sealed;
    damaged[at] ^= 1;
    EXPECT_FALSE(open_link(target, own, damaged).has_value()) << at;
  }
  EXPECT_FALSE(open_link(target, own, Bytes(20)).has_value());
}

}  // namespace
}  // namespace parley::client
