#include "lib/signal/keys.h"

#include <gtest/gtest.h>

#include "lib/base/limits.h"
#include "lib/crypto/system_random.h"

namespace parley::signal {
namespace {

class KeysTest : public ::testing::Test {
 protected:
  crypto::SeededRandom random{5};
  LocalIdentity identity = LocalIdentity::generate(random);
  Time now{1'700'000'000'000};
};

TEST_F(KeysTest, RegistrationIdsStayInTheirRange) {
  for (int i = 0; i < 200; ++i) {
    const auto id = LocalIdentity::generate(random).registration_id.value;
    EXPECT_GE(id, 1u);
    EXPECT_LE(id, limits::kMaxRegistrationId);
  }
}

TEST_F(KeysTest, PrekeysAreSignedByTheIdentity) {
  const auto ec = SignedPreKey::generate({1}, identity, now, random);
  EXPECT_TRUE(crypto::verify(identity.key.public_key, ec.key.public_key.serialize(), ec.signature));
  const auto kyber = KyberPreKey::generate({1}, false, identity, now, random);
  EXPECT_EQ(kyber.public_key().size(), kKyberPublicKeyBytes);
  EXPECT_TRUE(crypto::verify(identity.key.public_key, kyber.public_key(), kyber.signature));
}

TEST_F(KeysTest, StoredKeysComeBackTheSame) {
  const auto one_time = OneTimePreKey::generate({0}, random);
  const auto one_time_again = OneTimePreKey::parse(one_time.serialize().view()).value();
  EXPECT_EQ(one_time_again.id, one_time.id);
  EXPECT_EQ(one_time_again.key.public_key, one_time.key.public_key);

  const auto ec = SignedPreKey::generate({77}, identity, now, random);
  const auto ec_again = SignedPreKey::parse(ec.serialize().view()).value();
  EXPECT_EQ(ec_again.id, ec.id);
  EXPECT_EQ(ec_again.key.public_key, ec.key.public_key);
  EXPECT_EQ(ec_again.signature, ec.signature);
  EXPECT_EQ(ec_again.created, now);

  const auto kyber = KyberPreKey::generate({0xffffffff}, true, identity, now, random);
  const auto kyber_again = KyberPreKey::parse(kyber.serialize().view()).value();
  EXPECT_EQ(kyber_again.id, kyber.id);
  EXPECT_EQ(kyber_again.public_key(), kyber.public_key());
  EXPECT_EQ(kyber_again.signature, kyber.signature);
  EXPECT_TRUE(kyber_again.last_resort);
}

TEST_F(KeysTest, RefusesWhatIsNoStoredKey) {
  EXPECT_EQ(OneTimePreKey::parse({}).error().code, ErrorCode::malformed);
  const std::uint8_t only_format[] = {0x08, 0x01};
  EXPECT_EQ(OneTimePreKey::parse(only_format).error().code, ErrorCode::malformed);
  EXPECT_EQ(SignedPreKey::parse(only_format).error().code, ErrorCode::malformed);
  EXPECT_EQ(KyberPreKey::parse(only_format).error().code, ErrorCode::malformed);
  const std::uint8_t later[] = {0x08, 0x02};
  EXPECT_EQ(KyberPreKey::parse(later).error().code, ErrorCode::store_too_new);
}

}  // namespace
}  // namespace parley::signal
