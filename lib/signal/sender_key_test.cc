#include "lib/signal/sender_key.h"

#include <gtest/gtest.h>

#include "lib/crypto/system_random.h"
#include "lib/signal/chain.h"
#include "lib/signal/session.h"
#include "lib/wire/wire.h"
#include "proto/signal_store.h"

namespace parley::signal {
namespace {

namespace store = wire::signal_store;

template <typename T>
ErrorCode code(const Result<T>& result) {
  return result ? ErrorCode::unspecified : result.error().code;
}

class SenderKeyTest : public ::testing::Test {
 protected:
  SenderKeyTest() { share_key(); }

  void share_key() {
    Distribution distribution = distribute(own, id, random).value();
    own = std::move(distribution.next);
    member = accept_distribution(member, id, distribution.message.view()).value();
  }
  Bytes send(std::string_view text) {
    auto sealed = group_encrypt(own, id, as_bytes(text), random).value();
    own = std::move(sealed.next);
    return std::move(sealed.message);
  }
  Result<std::string> receive(ByteView message) {
    PARLEY_TRY(opened, group_decrypt(member, id, message));
    member = std::move(opened.next);
    return std::string(as_text(opened.plaintext.view()));
  }
  static Bytes stored(const SenderKeyRecord& record) { return to_bytes(record.serialize().view()); }

  crypto::SeededRandom random{9};
  DistributionId id{random.array<16>()};
  SenderKeyRecord own;
  SenderKeyRecord member;
};

TEST_F(SenderKeyTest, MembersReadInAnyOrder) {
  std::vector<Bytes> messages;
  for (int i = 0; i < 6; ++i) messages.push_back(send(std::to_string(i)));
  for (const std::size_t i : {5u, 0u, 3u, 1u, 4u, 2u}) {
    EXPECT_EQ(receive(messages[i]).value(), std::to_string(i));
    EXPECT_EQ(code(receive(messages[i])), ErrorCode::duplicate_message);
  }
}

TEST_F(SenderKeyTest, LaterMembersReadFromTheirJoinOn) {
  const Bytes before = send("before");
  member = SenderKeyRecord();
  share_key();
  EXPECT_EQ(code(receive(before)), ErrorCode::duplicate_message);
  EXPECT_EQ(receive(send("after")).value(), "after");
}

TEST_F(SenderKeyTest, ARepeatedDistributionDoesNotTurnTheChainBack) {
  const Distribution again = distribute(own, id, random).value();
  const Bytes message = send("one");
  EXPECT_EQ(receive(message).value(), "one");
  member = accept_distribution(member, id, again.message.view()).value();
  EXPECT_EQ(code(receive(message)), ErrorCode::duplicate_message);
}

TEST_F(SenderKeyTest, KeepsTheNewestFiveKeysOfASender) {
  std::vector<Bytes> messages{send("key 0")};
  for (int i = 1; i < 6; ++i) {
    own = SenderKeyRecord();
    share_key();
    messages.push_back(send("key " + std::to_string(i)));
  }
  EXPECT_EQ(member.state_count(), kMaxSenderKeyStates);
  EXPECT_EQ(code(receive(messages[0])), ErrorCode::no_session);
  EXPECT_EQ(receive(messages[1]).value(), "key 1");
  EXPECT_EQ(receive(messages[5]).value(), "key 5");
}

TEST_F(SenderKeyTest, EveryFailureLeavesTheRecordAsItWas) {
  std::vector<Bytes> messages;
  for (int i = 0; i < 3; ++i) messages.push_back(send("text"));
  ASSERT_TRUE(receive(messages[1]));
  const Bytes before = stored(member);
  const DistributionId other{random.array<16>()};
  Bytes no_version = messages[0];
  no_version[0] = 0x43;

  EXPECT_EQ(code(group_decrypt(member, id, messages[1])), ErrorCode::duplicate_message);
  EXPECT_EQ(code(group_decrypt(member, other, messages[0])), ErrorCode::invalid_argument);
  EXPECT_EQ(code(group_decrypt(member, id, no_version)), ErrorCode::unsupported_version);
  EXPECT_EQ(code(group_decrypt(member, id, ByteView(messages[0]).first(30))), ErrorCode::malformed);
  EXPECT_EQ(code(group_decrypt(SenderKeyRecord(), id, messages[0])), ErrorCode::no_session);
  EXPECT_EQ(code(accept_distribution(member, id, messages[0])), ErrorCode::malformed);
  EXPECT_EQ(code(group_encrypt(member, id, {}, random)), ErrorCode::out_of_place);
  EXPECT_EQ(code(distribute(member, id, random)), ErrorCode::out_of_place);
  EXPECT_EQ(stored(member), before);
  EXPECT_EQ(receive(messages[0]).value(), "text");
}

TEST_F(SenderKeyTest, AChangeOfAnyByteIsRefused) {
  const Bytes message = send("text");
  const Bytes before = stored(member);
  for (std::size_t at = 0; at < message.size(); ++at) {
    Bytes changed = message;
    changed[at] ^= 0x40;
    EXPECT_FALSE(group_decrypt(member, id, changed)) << "byte " << at;
  }
  EXPECT_EQ(stored(member), before);
  EXPECT_EQ(receive(message).value(), "text");
}

TEST_F(SenderKeyTest, JumpsUpToTheLimitAndNoFurther) {
  auto record = wire::decode<store::SenderKeyRecord>(own.serialize().view()).value();
  store::SenderKeyState& state = record.states[0];
  ChainKey chain{Secret<32>(state.chain_key.view().first<32>()), state.iteration};
  while (chain.index < kMaxForwardJumps) chain = chain.next();
  state.chain_key = SecretBuffer(chain.key.view());
  state.iteration = chain.index;
  own = SenderKeyRecord::parse(wire::encode_secret(record).view()).value();
  const Bytes message = send("at the limit");
  EXPECT_EQ(code(group_decrypt(member, id, send("too far"))), ErrorCode::too_far_in_future);
  EXPECT_EQ(receive(message).value(), "at the limit");
}

TEST_F(SenderKeyTest, StoredRecordsComeBackTheSame) {
  const Bytes skipped = send("skipped");
  ASSERT_TRUE(receive(send("read")));
  member = SenderKeyRecord::parse(stored(member)).value();
  own = SenderKeyRecord::parse(stored(own)).value();
  EXPECT_EQ(receive(skipped).value(), "skipped");
  EXPECT_EQ(receive(send("next")).value(), "next");
  EXPECT_TRUE(SenderKeyRecord::parse(stored(SenderKeyRecord())).value().empty());
  EXPECT_EQ(SenderKeyRecord::parse({}).error().code, ErrorCode::malformed);
}

TEST_F(SenderKeyTest, MessagesTellTheirDistribution) {
  EXPECT_EQ(inspect_sender_key_message(send("text")).value(), id);
  EXPECT_EQ(
      inspect_distribution_message(distribute(own, id, random).value().message.view()).value(), id);
}

}  // namespace
}  // namespace parley::signal
