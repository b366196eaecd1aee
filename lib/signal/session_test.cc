#include "lib/signal/session.h"

#include <gtest/gtest.h>

#include "lib/signal/chain.h"
#include "lib/signal/session_test_base.h"

namespace parley::signal {
namespace {

using testing::code;
using testing::SessionTest;
using testing::stored;

INSTANTIATE_TEST_SUITE_P(Versions, SessionTest, ::testing::Values(Protocol::x3dh, Protocol::pqxdh),
                         testing::version_name);

TEST_P(SessionTest, TwoDevicesTalk) {
  establish();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(bob.receive(alice.send("a" + std::to_string(i)).value()), "a" + std::to_string(i));
    EXPECT_EQ(alice.receive(bob.send("b" + std::to_string(i)).value()), "b" + std::to_string(i));
  }
}

TEST_P(SessionTest, TheRecordTellsWhoItIsWith) {
  EXPECT_EQ(alice.record.remote_identity(), std::nullopt);
  EXPECT_EQ(alice.record.protocol(), std::nullopt);
  EXPECT_FALSE(alice.record.is_unacknowledged());
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
  EXPECT_TRUE(alice.record.is_unacknowledged());
  EXPECT_EQ(alice.record.remote_identity(), bob.identity.key.public_key);
  EXPECT_EQ(alice.record.remote_registration_id(), bob.identity.registration_id);
  EXPECT_EQ(alice.record.protocol(), GetParam());
  ASSERT_TRUE(bob.receive(alice.send("hello").value()));
  EXPECT_EQ(bob.record.remote_identity(), alice.identity.key.public_key);
  EXPECT_EQ(bob.record.remote_registration_id(), alice.identity.registration_id);
  EXPECT_EQ(bob.record.base_key(), alice.record.base_key());
  EXPECT_FALSE(bob.record.is_unacknowledged());
  ASSERT_TRUE(alice.receive(bob.send("hi").value()));
  EXPECT_FALSE(alice.record.is_unacknowledged());
}

TEST_P(SessionTest, MessagesCarryTheVersionOfTheirProtocol) {
  const std::uint8_t expected = GetParam() == Protocol::x3dh ? 0x33 : 0x44;
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
  const Message first = alice.send("hello").value();
  EXPECT_EQ(first.kind, MessageKind::prekey_signal);
  EXPECT_EQ(first.bytes[0], expected);
  ASSERT_TRUE(bob.receive(first));
  const Message answer = bob.send("hi").value();
  EXPECT_EQ(answer.kind, MessageKind::signal);
  EXPECT_EQ(answer.bytes[0], expected);
}

TEST_P(SessionTest, TheFirstMessagesNameTheirPrekeys) {
  const PreKeyBundle bundle = bob.bundle(with_kyber());
  ASSERT_TRUE(alice.start(bundle));
  const auto info = inspect_prekey_message(alice.send("hello").value().bytes).value();
  EXPECT_EQ(info.protocol, GetParam());
  EXPECT_EQ(info.identity_key, alice.identity.key.public_key);
  EXPECT_EQ(info.registration_id, alice.identity.registration_id);
  EXPECT_EQ(info.signed_prekey, bundle.signed_prekey.id);
  EXPECT_EQ(info.one_time_prekey, bundle.one_time_prekey->id);
  EXPECT_EQ(info.kyber_prekey.has_value(), GetParam() == Protocol::pqxdh);
}

TEST_P(SessionTest, TheFirstDecryptTellsWhichPrekeysWereUsed) {
  const PreKeyBundle bundle = bob.bundle(with_kyber());
  ASSERT_TRUE(alice.start(bundle));
  const Message first = alice.send("hello").value();
  const auto opened = bob.open(first).value();
  ASSERT_TRUE(opened.used_prekeys);
  EXPECT_EQ(opened.used_prekeys->one_time, bundle.one_time_prekey->id);
  EXPECT_EQ(opened.used_prekeys->signed_prekey, bundle.signed_prekey.id);
  EXPECT_EQ(opened.used_prekeys->base_key, alice.record.base_key());
  EXPECT_EQ(opened.sender_identity, alice.identity.key.public_key);
  ASSERT_TRUE(bob.receive(first));
  // Later ones come into the same session and use no more.
  const auto second = bob.open(alice.send("again").value()).value();
  EXPECT_FALSE(second.used_prekeys);
  EXPECT_EQ(second.next.archived_count(), 0u);
}

TEST_P(SessionTest, WorksWithoutAOneTimePrekey) {
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber({.one_time = false}))));
  EXPECT_EQ(bob.receive(alice.send("hello").value()), "hello");
  EXPECT_EQ(alice.receive(bob.send("hi").value()), "hi");
}

TEST_P(SessionTest, BothMayStartAtTheSameTime) {
  const PreKeyBundle for_bob = alice.bundle(with_kyber());
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
  ASSERT_TRUE(bob.start(for_bob));
  const Message from_alice = alice.send("me").value();
  const Message from_bob = bob.send("me too").value();
  EXPECT_EQ(alice.receive(from_bob), "me too");
  EXPECT_EQ(bob.receive(from_alice), "me");
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(bob.receive(alice.send("to bob").value()), "to bob");
    EXPECT_EQ(alice.receive(bob.send("to alice").value()), "to alice");
  }
  EXPECT_EQ(alice.record.base_key(), bob.record.base_key());
}

TEST_P(SessionTest, AnOlderSessionsMessageMakesItTheCurrentOne) {
  establish();
  const auto old_base = bob.record.base_key();
  const Message under_way = alice.send("late").value();
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
  ASSERT_TRUE(bob.receive(alice.send("new").value()));
  EXPECT_NE(bob.record.base_key(), old_base);
  EXPECT_EQ(bob.record.archived_count(), 1u);
  EXPECT_EQ(bob.receive(under_way), "late");
  EXPECT_EQ(bob.record.base_key(), old_base);
  EXPECT_EQ(bob.record.archived_count(), 1u);
}

TEST_P(SessionTest, ARepeatedPrekeyMessageFindsItsArchivedSession) {
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
  const SessionRecord of_first = alice.record.share();
  ASSERT_TRUE(bob.receive(alice.send("first session").value()));
  const auto first_base = bob.record.base_key();
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
  ASSERT_TRUE(bob.receive(alice.send("second session").value()));
  const auto late = encrypt(of_first, as_bytes("first session, again"), {.now = alice.now});
  ASSERT_TRUE(late);
  // It is message 0 of the first session once more: a duplicate, found as such.
  EXPECT_EQ(code(bob.receive(late->message)), ErrorCode::duplicate_message);
  const auto later = encrypt(late->next, as_bytes("further"), {.now = alice.now});
  EXPECT_EQ(bob.receive(later->message), "further");
  EXPECT_EQ(bob.record.base_key(), first_base);
}

// The worst that a peer can make of a record still fits where records are stored.
TEST_P(SessionTest, KeepsARecordWithinItsBytes) {
  const auto fill = [](State& state) {
    Bytes packed(kMaxSkippedKeys * SkippedKeys::kEntryBytes);
    for (std::uint32_t i = 0; i < kMaxSkippedKeys; ++i) {
      packed[i * SkippedKeys::kEntryBytes + 2] = static_cast<std::uint8_t>(i >> 8);
      packed[i * SkippedKeys::kEntryBytes + 3] = static_cast<std::uint8_t>(i);
    }
    state.receiver_chains.clear();
    for (std::size_t i = 0; i < kMaxReceiverChains; ++i) {
      auto& chain = state.receiver_chains.emplace_back();
      chain.ratchet_key = Bytes(32, static_cast<std::uint8_t>(i + 1));
      chain.chain_key = SecretBuffer(Bytes(32, 7));
      chain.index = kMaxSkippedKeys;
      chain.skipped = SecretBuffer(packed);
    }
    state.pq_ratchet = SecretBuffer(Bytes(65'536, 1));
  };
  for (std::size_t i = 0; i < kMaxArchivedSessions; ++i) {
    ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
    edit(alice, fill);
  }
  EXPECT_LE(stored(alice.record).size(), kMaxRecordBytes);
  EXPECT_GE(alice.record.archived_count(), 4u);
  EXPECT_LT(alice.record.archived_count(), kMaxArchivedSessions);
  EXPECT_TRUE(SessionRecord::parse(stored(alice.record)));
}

TEST_P(SessionTest, KeepsFortyArchivedSessions) {
  // The 41st falls off: a message of the oldest session fits none any more.
  std::vector<Message> kept;
  for (std::size_t i = 0; i <= kMaxArchivedSessions + 1; ++i) {
    ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
    ASSERT_TRUE(bob.receive(alice.send("start").value()));
    ASSERT_TRUE(alice.receive(bob.send("answer").value()));
    kept.push_back(alice.send("kept").value());
  }
  EXPECT_EQ(bob.record.archived_count(), kMaxArchivedSessions);
  EXPECT_EQ(code(bob.receive(kept[0])), ErrorCode::decryption_failed);
  EXPECT_EQ(bob.receive(kept[1]), "kept");
}

TEST_P(SessionTest, KeepsFiveReceivingChains) {
  establish();
  // Each round begins a new chain of Alice's; one message of each stays under way.
  std::vector<Message> kept;
  for (std::size_t i = 0; i < kMaxReceiverChains + 1; ++i) {
    ASSERT_TRUE(bob.receive(alice.send("round").value()));
    kept.push_back(alice.send("kept").value());
    ASSERT_TRUE(alice.receive(bob.send("step").value()));
  }
  EXPECT_EQ(code(bob.receive(kept[0])), ErrorCode::decryption_failed);
  EXPECT_EQ(bob.receive(kept[1]), "kept");
}

TEST_P(SessionTest, JumpsUpToTheLimitAndNoFurther) {
  establish();
  skip_messages(alice, kMaxForwardJumps);
  const Message at_limit = alice.send("at the limit").value();
  const Message too_far = alice.send("too far").value();
  EXPECT_EQ(code(bob.receive(too_far)), ErrorCode::too_far_in_future);
  EXPECT_EQ(bob.receive(at_limit), "at the limit");
  EXPECT_EQ(bob.receive(too_far), "too far");
}

TEST_P(SessionTest, AChainEndsBeforeItsCounterWraps) {
  establish();
  set_sender_index(alice, 0xfffffffe);
  ASSERT_TRUE(alice.send("last"));
  EXPECT_EQ(code(alice.send("none left")), ErrorCode::limit_reached);
}

TEST_P(SessionTest, AnUnansweredSessionExpires) {
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
  alice.now = alice.now + kMaxUnacknowledgedAge;
  EXPECT_TRUE(alice.record.can_encrypt(alice.now));
  EXPECT_TRUE(alice.send("in time"));
  alice.now = alice.now + milliseconds(1);
  EXPECT_FALSE(alice.record.can_encrypt(alice.now));
  EXPECT_EQ(code(alice.send("too late")), ErrorCode::no_session);
}

TEST_P(SessionTest, AnAnsweredSessionDoesNotExpire) {
  establish();
  alice.now = alice.now + days(1000);
  EXPECT_EQ(bob.receive(alice.send("still here").value()), "still here");
}

TEST_P(SessionTest, AfterArchivingOnlyReadingIsPossible) {
  establish();
  const Message under_way = bob.send("under way").value();
  alice.record = archive_current(alice.record);
  EXPECT_EQ(code(alice.send("no")), ErrorCode::no_session);
  EXPECT_EQ(alice.receive(under_way), "under way");
  EXPECT_TRUE(alice.send("yes"));
}

TEST_P(SessionTest, ThePreviousCounterIsTheLastOfTheOldChain) {
  establish();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(bob.receive(alice.send("text").value()));
  ASSERT_TRUE(alice.receive(bob.send("step").value()));
  alice.record = SessionRecord::parse(stored(alice.record)).value();
  // Alice's chain since the first answer held messages 0, 1 and 2.
  EXPECT_EQ(previous_counter(alice.send("text").value()), 2u);
  // Bob's old chain held only message 0; so says a chain that held none.
  ASSERT_TRUE(bob.receive(alice.send("text").value()));
  EXPECT_EQ(previous_counter(bob.send("text").value()), 0u);
}

TEST_P(SessionTest, StoredRecordsComeBackTheSame) {
  establish();
  const Message skipped = alice.send("skipped").value();
  ASSERT_TRUE(bob.receive(alice.send("read").value()));
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
  ASSERT_TRUE(bob.receive(alice.send("second session").value()));
  for (auto* device : {&alice, &bob}) {
    const Bytes before = stored(device->record);
    device->record = SessionRecord::parse(before).value();
    EXPECT_EQ(stored(device->record), before);
  }
  EXPECT_EQ(bob.receive(skipped), "skipped");
  EXPECT_EQ(bob.receive(alice.send("on").value()), "on");
  EXPECT_EQ(alice.receive(bob.send("back").value()), "back");
}

TEST_P(SessionTest, AnUnknownFutureRatchetStateSurvivesStoring) {
  establish();
  set_pq_ratchet(alice, "kept for a later version");
  ASSERT_TRUE(bob.receive(alice.send("text").value()));
  ASSERT_TRUE(alice.receive(bob.send("text").value()));
  EXPECT_EQ(pq_ratchet(alice), "kept for a later version");
}

}  // namespace
}  // namespace parley::signal
