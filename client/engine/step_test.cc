#include "client/engine/step.h"

#include <gtest/gtest.h>

#include "lib/crypto/system_random.h"

namespace parley::client {
namespace {

SecretBuffer value(std::string_view text) { return SecretBuffer(as_bytes(text)); }

RecordValue shared(std::string_view text) {
  return std::make_shared<const SecretBuffer>(as_bytes(text));
}

class Steps : public ::testing::Test {
 protected:
  Step step() { return Step(Time{1000}, cache, scans, live, random, opened); }

  RecordCache cache;
  ScanResults scans;
  LiveState live;
  std::optional<OpenedDelivery> opened;
  crypto::SeededRandom random{5};
  const RecordKey key{1, 2, 3};
};

TEST_F(Steps, AnUnknownRecordIsAskedForAndEndsTheTry) {
  Step one = step();
  EXPECT_FALSE(one.read(RecordKind::session, key).has_value());
  EXPECT_TRUE(one.is_loading());
  EXPECT_EQ(one.missing().size(), 1u);
  EXPECT_TRUE(one.missing().contains({RecordKind::session, key}));
}

TEST_F(Steps, WhatWasDecryptedIsThereAtTheNextTryWithWhatItChanged) {
  const crypto::PublicKey sender{};
  {
    Step first = step();
    EXPECT_EQ(first.opened(), nullptr);
    first.write(RecordKind::session, key, value("after the message"));
    first.keep_opened(value("hello"), sender);
    EXPECT_FALSE(first.read(RecordKind::message, key).has_value());
  }
  Step again = step();
  const OpenedDelivery* kept = again.opened();
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(as_text(kept->plaintext.view()), "hello");
  const auto session = again.read(RecordKind::session, key);
  ASSERT_TRUE(session.has_value());
  EXPECT_EQ(as_text((*session)->view()), "after the message");
}

TEST_F(Steps, ARecordThatIsKnownToBeAbsentIsNotAskedForAgain) {
  cache.put({RecordKind::session, key}, nullptr);
  Step one = step();
  const auto read = one.read(RecordKind::session, key);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, nullptr);
  EXPECT_FALSE(one.is_loading());
}

TEST_F(Steps, WhatTheCallerKnowsToBeAbsentIsNotAskedFor) {
  const RecordKey other{4};
  Step one(Time{1000}, cache, scans, live, random, opened, [&](RecordKind kind, ByteView asked) {
    return kind == RecordKind::session && equal(asked, key);
  });
  const auto read = one.read(RecordKind::session, key);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, nullptr);
  EXPECT_FALSE(one.is_loading());
  one.write(RecordKind::session, key, value("new"));
  EXPECT_EQ(as_text((*one.read(RecordKind::session, key))->view()), "new");
  EXPECT_FALSE(one.read(RecordKind::session, other).has_value());
  EXPECT_TRUE(one.missing().contains({RecordKind::session, other}));
}

TEST_F(Steps, AStepSeesItsOwnWritesAndNobodyElseDoes) {
  cache.put({RecordKind::session, key}, shared("old"));
  Step one = step();
  one.write(RecordKind::session, key, value("new"));
  EXPECT_EQ(as_text((*one.read(RecordKind::session, key))->view()), "new");
  one.remove(RecordKind::session, key);
  EXPECT_EQ(*one.read(RecordKind::session, key), nullptr);
  EXPECT_EQ(as_text((*step().read(RecordKind::session, key))->view()), "old");
}

TEST_F(Steps, ChangesToLiveStateStayInTheStep) {
  Step one = step();
  one.live().welcomed = true;
  EXPECT_FALSE(live.welcomed);
}

TEST_F(Steps, ADamagedRecordIsAnErrorAndNotALoad) {
  cache.put({RecordKind::contact, key}, shared("\xff\xff"));
  Step one = step();
  const auto contact = one.get<records::Contact>(RecordKind::contact, key);
  EXPECT_FALSE(contact.has_value());
  EXPECT_FALSE(one.is_loading());
}

TEST_F(Steps, TheAccountIsWrittenBackOnlyIfItWasChanged) {
  records::Account account;
  account.registered = true;
  account.handle = "alice";
  cache.put({RecordKind::account, {}},
            std::make_shared<const SecretBuffer>(wire::encode_secret(account)));
  Step untouched = step();
  ASSERT_TRUE(untouched.account().has_value());
  untouched.finish();
  EXPECT_TRUE(untouched.written().empty());

  Step changed = step();
  ASSERT_TRUE(changed.account().has_value());
  changed.change_account().profile_name = "A.";
  changed.finish();
  EXPECT_EQ(changed.written().size(), 1u);
}

TEST(RecordCache, ForgetsEverythingBeforeItGrowsTooLarge) {
  RecordCache cache;
  const std::string large(1024 * 1024, 'x');
  for (std::uint32_t i = 0; i < 40; ++i) {
    cache.put({RecordKind::message, number_key(i)}, shared(large));
  }
  std::size_t known = 0;
  for (std::uint32_t i = 0; i < 40; ++i) {
    known += cache.find({RecordKind::message, number_key(i)}).has_value() ? 1 : 0;
  }
  EXPECT_GT(known, 0u);
  EXPECT_LE(known * large.size(), RecordCache::kMaxBytes);
}

TEST(RecordKeys, OrderLikeTheNumbersInThem) {
  EXPECT_LT(outbox_key(9), outbox_key(10));
  EXPECT_LT(outbox_key(255), outbox_key(256));
  const ConversationId chat{};
  const MessageId id{};
  EXPECT_LT(message_key(chat, 1'000, id), message_key(chat, 70'000'000'000, id));
  EXPECT_EQ(leading_number(time_key(1'800'000'000'123, id.view())), 1'800'000'000'123);
}

}  // namespace
}  // namespace parley::client
