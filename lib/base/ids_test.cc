#include "lib/base/ids.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace parley {
namespace {

TEST(Ids, AnAccountIdIs26CharactersOfBase32AndParsesBack) {
  AccountId id;
  id.bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  EXPECT_EQ(id.text().size(), 26u);
  EXPECT_EQ(AccountId::parse(id.text()).value(), id);
}

TEST(Ids, RefusesWrongLengthsAndCharacters) {
  EXPECT_FALSE(AccountId::from(Bytes(15)));
  EXPECT_FALSE(AccountId::from(Bytes(17)));
  EXPECT_FALSE(AccountId::parse("abc"));
  EXPECT_FALSE(AccountId::parse("ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
}

TEST(Ids, KindsOfIdsDoNotMix) {
  static_assert(!std::is_convertible_v<AccountId, HubId>);
  static_assert(!std::is_convertible_v<DeviceId, RegistrationId>);
  static_assert(!std::is_convertible_v<std::uint32_t, DeviceId>);
}

}  // namespace
}  // namespace parley
