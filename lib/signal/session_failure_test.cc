// Whatever goes wrong, the record is byte for byte what it was, and the real
// message can still be read.
#include <gtest/gtest.h>

#include "lib/crypto/cipher.h"
#include "lib/crypto/hash.h"
#include "lib/signal/message.h"
#include "lib/signal/session_state.h"
#include "lib/signal/session_test_base.h"

namespace parley::signal {
namespace {

using testing::code;
using testing::SessionTest;
using testing::stored;
using testing::TestDevice;

class FailureTest : public SessionTest {
 protected:
  // `device` refuses the message with `expected`, and nothing of it changes.
  static void expect_refused(TestDevice& device, const Message& message, ErrorCode expected,
                             const DecryptOptions& options = {}) {
    const Bytes before = stored(device.record);
    EXPECT_EQ(code(device.open(message, options)), expected);
    EXPECT_EQ(stored(device.record), before);
  }
  static Message with_byte(Message message, std::size_t at, std::uint8_t change) {
    message.bytes[at] ^= change;
    return message;
  }
  // A message with other fields, rightly authenticated by the sender's next key.
  template <typename Change>
  static Message forged(const TestDevice& from, Change&& change, bool bad_padding = false) {
    const SessionState& state = *RecordEditor::current(from.record);
    const MessageKeys keys(state.sender_chain.message_seed());
    Bytes ciphertext = crypto::aes256_cbc_encrypt(keys.cipher_key(), keys.iv(), as_bytes("forged"));
    if (bad_padding) ciphertext.back() ^= 0x55;
    wire::signal::SignalMessage fields;
    fields.ratchet_key = to_bytes(state.sender_ratchet.public_key.serialize());
    fields.counter = state.sender_chain.index;
    fields.previous_counter = 0;
    fields.ciphertext = std::move(ciphertext);
    change(fields);
    Message message{MessageKind::signal, {version_of(state.protocol)}};
    wire::append_to(message.bytes, fields);
    add_mac(message.bytes, keys, state);
    return message;
  }
  static std::uint8_t version_of(Protocol protocol) {
    return protocol == Protocol::x3dh ? 0x33 : 0x44;
  }
  static void add_mac(Bytes& bytes, const MessageKeys& keys, const SessionState& state) {
    const auto sender = state.local_identity.serialize();
    const auto receiver = state.remote_identity.serialize();
    const ByteView pieces[] = {sender, receiver, bytes};
    const auto mac = crypto::hmac_sha256(keys.mac_key(), pieces);
    append(bytes, ByteView(mac).first(8));
  }
};

INSTANTIATE_TEST_SUITE_P(Versions, FailureTest, ::testing::Values(Protocol::x3dh, Protocol::pqxdh),
                         testing::version_name);

TEST_P(FailureTest, WithoutASession) {
  establish();
  const Message message = alice.send("text").value();
  TestDevice carol(3, GetParam());
  expect_refused(carol, message, ErrorCode::no_session);
  EXPECT_EQ(code(carol.send("text")), ErrorCode::no_session);
}

TEST_P(FailureTest, AChangeOfAnyByte) {
  establish();
  const Message message = alice.send("text").value();
  const Bytes before = stored(bob.record);
  for (std::size_t at = 0; at < message.bytes.size(); ++at) {
    for (const std::uint8_t change : {0x01, 0x80}) {
      EXPECT_FALSE(bob.open(with_byte(message, at, change))) << "byte " << at;
    }
  }
  EXPECT_EQ(stored(bob.record), before);
  EXPECT_EQ(bob.receive(message), "text");
}

TEST_P(FailureTest, AnyShorterOrLongerMessage) {
  establish();
  const Message message = alice.send("text").value();
  const Bytes before = stored(bob.record);
  for (std::size_t size = 0; size < message.bytes.size(); ++size) {
    Message cut = message;
    cut.bytes.resize(size);
    EXPECT_FALSE(bob.open(cut)) << size << " bytes";
  }
  Message longer = message;
  longer.bytes.push_back(0);
  EXPECT_FALSE(bob.open(longer));
  EXPECT_EQ(stored(bob.record), before);
  EXPECT_EQ(bob.receive(message), "text");
}

TEST_P(FailureTest, AChangeOfAnyByteOfAFirstMessageNeverGivesAnotherText) {
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
  const Message message = alice.send("text").value();
  const Bytes before = stored(bob.record);
  std::size_t read = 0;
  for (std::size_t at = 0; at < message.bytes.size(); ++at) {
    const auto opened = bob.open(with_byte(message, at, 0x01));
    // The part around the inner message is not authenticated (the registration id
    // is a mere hint); what it says about keys must fit, and so must the text.
    if (!opened) continue;
    ++read;
    EXPECT_EQ(as_text(opened->plaintext.view()), "text");
    EXPECT_EQ(opened->sender_identity, alice.identity.key.public_key);
  }
  EXPECT_LE(read, 4u);
  EXPECT_EQ(stored(bob.record), before);
  EXPECT_EQ(bob.receive(message), "text");
}

TEST_P(FailureTest, ADuplicate) {
  establish();
  const Message message = alice.send("text").value();
  ASSERT_TRUE(bob.receive(message));
  expect_refused(bob, message, ErrorCode::duplicate_message);
}

TEST_P(FailureTest, ADuplicateOfAnArchivedSession) {
  establish();
  const Message message = alice.send("text").value();
  ASSERT_TRUE(bob.receive(message));
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
  ASSERT_TRUE(bob.receive(alice.send("new session").value()));
  expect_refused(bob, message, ErrorCode::duplicate_message);
}

TEST_P(FailureTest, AMessageOfAnotherSession) {
  establish();
  TestDevice carol(3, GetParam());
  TestDevice dave(4, GetParam());
  ASSERT_TRUE(carol.start(dave.bundle(with_kyber())));
  ASSERT_TRUE(dave.receive(carol.send("hello").value()));
  expect_refused(bob, dave.send("not for bob").value(), ErrorCode::decryption_failed);
}

TEST_P(FailureTest, ATextWhosePaddingIsWrongThoughItIsAuthentic) {
  establish();
  const auto unchanged = [](auto&) {};
  ASSERT_TRUE(bob.open(forged(alice, unchanged)));
  expect_refused(bob, forged(alice, unchanged, true), ErrorCode::decryption_failed);
}

TEST_P(FailureTest, AMissingField) {
  establish();
  expect_refused(bob, forged(alice, [](auto& fields) { fields.ratchet_key.reset(); }),
                 ErrorCode::malformed);
  expect_refused(bob, forged(alice, [](auto& fields) { fields.counter.reset(); }),
                 ErrorCode::malformed);
  expect_refused(bob, forged(alice, [](auto& fields) { fields.ciphertext.reset(); }),
                 ErrorCode::malformed);
}

TEST_P(FailureTest, ARatchetKeyThatIsNoKey) {
  establish();
  expect_refused(bob, forged(alice, [](auto& fields) { (*fields.ratchet_key)[0] = 0x06; }),
                 ErrorCode::invalid_key);
  expect_refused(bob, forged(alice, [](auto& fields) { fields.ratchet_key->pop_back(); }),
                 ErrorCode::invalid_key);
  // A key of small order agrees on zeros with everybody.
  expect_refused(bob,
                 forged(alice,
                        [](auto& fields) {
                          fields.ratchet_key = Bytes(33);
                          (*fields.ratchet_key)[0] = 0x05;
                        }),
                 ErrorCode::invalid_key);
}

TEST_P(FailureTest, TheVersionOfAnotherProtocol) {
  establish();
  Message message = alice.send("text").value();
  message.bytes[0] = GetParam() == Protocol::x3dh ? 0x44 : 0x33;
  expect_refused(bob, message, ErrorCode::decryption_failed);
  for (const auto& [version, expected] :
       {std::pair{0x22, ErrorCode::unsupported_version},
        std::pair{0x55, ErrorCode::unsupported_version}, std::pair{0x43, ErrorCode::malformed},
        std::pair{0x32, ErrorCode::malformed}}) {
    message.bytes[0] = static_cast<std::uint8_t>(version);
    expect_refused(bob, message, expected);
  }
}

TEST_P(FailureTest, AFieldOfALaterVersionIsSkipped) {
  establish();
  const Message message = forged(alice, [](auto& fields) { fields.pq_ratchet = Bytes{1, 2, 3}; });
  EXPECT_EQ(bob.receive(message), "forged");
}

TEST_P(FailureTest, AddressesAreComparedWhereBothSidesHaveThem) {
  establish();
  const Bytes addresses(36, 7);
  const Message with = forged(alice, [&](auto& fields) { fields.addresses = addresses; });
  ByteArray<36> same;
  same.fill(7);
  ByteArray<36> other;
  other.fill(8);
  EXPECT_TRUE(bob.open(with, {.addresses = same}));
  EXPECT_TRUE(bob.open(with));
  expect_refused(bob, with, ErrorCode::sender_mismatch, {.addresses = other});
  EXPECT_TRUE(bob.open(forged(alice, [](auto&) {}), {.addresses = other}));
}

TEST_P(FailureTest, AnotherIdentityThanExpected) {
  const PublicKey other = TestDevice(9).identity.key.public_key;
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
  const Message first = alice.send("hello").value();
  expect_refused(bob, first, ErrorCode::untrusted_identity, {.expected_identity = other});
  EXPECT_TRUE(bob.open(first, {.expected_identity = alice.identity.key.public_key}));
  ASSERT_TRUE(bob.receive(first));
  const Bytes before = stored(bob.record);
  EXPECT_EQ(code(encrypt(bob.record, {}, {.now = bob.now, .expected_identity = other})),
            ErrorCode::untrusted_identity);
  EXPECT_EQ(stored(bob.record), before);
  ASSERT_TRUE(alice.receive(bob.send("hi").value()));
  expect_refused(bob, alice.send("text").value(), ErrorCode::untrusted_identity,
                 {.expected_identity = other});
}

TEST_P(FailureTest, AnIdentityThatDiffersFromItsSession) {
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
  ASSERT_TRUE(bob.receive(alice.send("hello").value()));
  Message second = alice.send("again").value();
  auto fields =
      wire::decode<wire::signal::PreKeySignalMessage>(ByteView(second.bytes).subspan(1)).value();
  fields.identity_key = to_bytes(TestDevice(9).identity.key.public_key.serialize());
  second.bytes.resize(1);
  wire::append_to(second.bytes, fields);
  expect_refused(bob, second, ErrorCode::untrusted_identity);
}

TEST_P(FailureTest, PrekeysThatAreNotHeld) {
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
  const Message message = alice.send("hello").value();
  {
    auto one_time = std::move(bob.prekeys.one_time);
    bob.prekeys.one_time.clear();
    expect_refused(bob, message, ErrorCode::unknown_prekey);
    bob.prekeys.one_time = std::move(one_time);
  }
  {
    auto signed_keys = std::move(bob.prekeys.signed_);
    bob.prekeys.signed_.clear();
    expect_refused(bob, message, ErrorCode::unknown_prekey);
    bob.prekeys.signed_ = std::move(signed_keys);
  }
  if (GetParam() == Protocol::pqxdh) {
    auto kyber = std::move(bob.prekeys.kyber);
    bob.prekeys.kyber.clear();
    expect_refused(bob, message, ErrorCode::unknown_prekey);
    bob.prekeys.kyber = std::move(kyber);
  }
  EXPECT_EQ(bob.receive(message), "hello");
}

TEST_P(FailureTest, AReplayAfterTheSessionIsLost) {
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber({.one_time = false, .last_resort = true}))));
  const Message message = alice.send("hello").value();
  ASSERT_TRUE(bob.receive(message));
  bob.record = SessionRecord();
  if (GetParam() == Protocol::pqxdh) {
    expect_refused(bob, message, ErrorCode::duplicate_message);
  } else {
    // X3DH without a one-time prekey cannot tell; its specification says so (§4.2).
    EXPECT_TRUE(bob.open(message));
  }
}

TEST_P(FailureTest, AFirstMessageOfAProtocolThePeerWasNotDeclaredToSpeak) {
  const Protocol other = GetParam() == Protocol::x3dh ? Protocol::pqxdh : Protocol::x3dh;
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
  const Message message = alice.send("hello").value();
  const Bytes before = stored(bob.record);
  const Responder strict{bob.identity, bob.prekeys, other};
  EXPECT_EQ(code(decrypt_prekey(bob.record, message.bytes, strict, {}, bob.random)),
            ErrorCode::unsupported_version);
  EXPECT_EQ(stored(bob.record), before);
}

TEST_P(FailureTest, ABaseKeyThatIsNotCanonicalOrHasTorsion) {
  ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
  const Message good = alice.send("hello").value();
  auto fields =
      wire::decode<wire::signal::PreKeySignalMessage>(ByteView(good.bytes).subspan(1)).value();
  Message bad = good;
  (*fields.base_key)[32] |= 0x80;  // the same point, written differently
  bad.bytes.resize(1);
  wire::append_to(bad.bytes, fields);
  expect_refused(bob, bad, ErrorCode::invalid_key);
  fields.base_key = Bytes(33);  // of order 4
  (*fields.base_key)[0] = 0x05;
  (*fields.base_key)[1] = 0x01;
  bad.bytes.resize(1);
  wire::append_to(bad.bytes, fields);
  expect_refused(bob, bad, ErrorCode::invalid_key);
}

TEST_P(FailureTest, ABundleThatTheIdentityDidNotSign) {
  const PreKeyBundle good = bob.bundle(with_kyber());
  const Bytes before = stored(alice.record);
  PreKeyBundle bad = good;
  bad.signed_prekey.signature[5] ^= 1;
  EXPECT_EQ(code(alice.start(bad)), ErrorCode::bad_signature);
  bad = good;
  bad.signed_prekey.key = TestDevice(9).identity.key.public_key;
  EXPECT_EQ(code(alice.start(bad)), ErrorCode::bad_signature);
  bad = good;
  bad.identity_key = TestDevice(9).identity.key.public_key;
  EXPECT_EQ(code(alice.start(bad)), ErrorCode::bad_signature);
  if (GetParam() == Protocol::pqxdh) {
    bad = good;
    bad.kyber_prekey->signature[5] ^= 1;
    EXPECT_EQ(code(alice.start(bad)), ErrorCode::bad_signature);
    bad = good;
    bad.kyber_prekey->key[100] ^= 1;
    EXPECT_EQ(code(alice.start(bad)), ErrorCode::bad_signature);
    bad = good;
    bad.kyber_prekey.reset();  // never a reason to fall back to X3DH
    EXPECT_EQ(code(alice.start(bad)), ErrorCode::no_prekeys);
  }
  EXPECT_EQ(stored(alice.record), before);
}

TEST_P(FailureTest, ARecordThatIsNone) {
  EXPECT_EQ(code(SessionRecord::parse({})), ErrorCode::malformed);
  EXPECT_EQ(code(SessionRecord::parse(as_bytes("\x08\x02"))), ErrorCode::store_too_new);
  establish();
  ASSERT_TRUE(bob.receive(alice.send("text").value()));
  const Bytes good = stored(bob.record);
  for (std::size_t size = 1; size < good.size(); ++size) {
    const auto cut = SessionRecord::parse(ByteView(good).first(size));
    // Cut between two fields it may still be a record, an emptier one.
    EXPECT_TRUE(!cut || stored(*cut).size() < good.size());
  }
}

}  // namespace
}  // namespace parley::signal
