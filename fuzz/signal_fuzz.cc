// Everything a peer, a hub or a damaged disk can put before lib/signal. The first
// byte chooses what the rest is. Properties: it ends without a crash; what fails
// leaves the record as it was; what parses as a record serializes to a record that
// parses to the same; a message that our own key authenticates may hold anything.
#include "fuzz/check.h"
#include "lib/signal/fingerprint.h"
#include "lib/signal/message.h"
#include "lib/signal/ratchet.h"
#include "lib/signal/sender_key.h"
#include "lib/signal/session_state.h"
#include "lib/signal/test_device.h"

namespace {

using namespace parley;          // NOLINT: a fuzz target
using namespace parley::signal;  // NOLINT
using signal::testing::TestDevice;

// Two devices whose session is the same in every run, so that seeds stay valid.
struct Scene {
  Scene() {
    first_bundle = bob.bundle();
    PARLEY_FUZZ_CHECK(alice.start(first_bundle));
    PARLEY_FUZZ_CHECK(bob.receive(*alice.send("hello")));
    PARLEY_FUZZ_CHECK(alice.receive(*bob.send("hi")));
    fresh_bundle = bob.bundle();
    Distribution distribution = *distribute(sender_key, id, alice.random);
    sender_key = std::move(distribution.next);
    member_key = *accept_distribution(member_key, id, distribution.message.view());
    stored_bob = to_bytes(bob.record.serialize().view());
    stored_member = to_bytes(member_key.serialize().view());
  }

  TestDevice alice{1};
  TestDevice bob{2};
  PreKeyBundle first_bundle;
  PreKeyBundle fresh_bundle;
  DistributionId id{{1, 2, 3, 4, 5, 6, 0x47, 8, 0x89, 10, 11, 12, 13, 14, 15, 16}};
  SenderKeyRecord sender_key;
  SenderKeyRecord member_key;
  Bytes stored_bob;
  Bytes stored_member;
};

Scene& scene() {
  static Scene one;
  return one;
}

void check_unchanged() {
  PARLEY_FUZZ_CHECK(equal(scene().bob.record.serialize().view(), scene().stored_bob));
  PARLEY_FUZZ_CHECK(equal(scene().member_key.serialize().view(), scene().stored_member));
}

void check_message(MessageKind kind, ByteView input) {
  static_cast<void>(scene().bob.open({kind, to_bytes(input)}));
  static_cast<void>(inspect_prekey_message(input));
}

// Behind the MAC: the ciphertext is the input, authenticated by Alice's next key.
void check_authenticated(ByteView input) {
  const SessionState& state = *RecordEditor::current(scene().alice.record);
  const MessageKeys keys(state.sender_chain.message_seed());
  const Bytes message =
      build_signal_message({state.protocol, state.sender_ratchet.public_key,
                            state.sender_chain.index, 0, to_bytes(input)},
                           keys.mac_key(), {state.local_identity, state.remote_identity});
  const auto opened = scene().bob.open({MessageKind::signal, message});
  if (opened) {
    PARLEY_FUZZ_CHECK(opened->plaintext.size() < input.size());
  } else {
    PARLEY_FUZZ_CHECK(opened.error().code == ErrorCode::decryption_failed ||
                      opened.error().code == ErrorCode::malformed);
  }
}

void check_record(ByteView input) {
  const auto record = SessionRecord::parse(input);
  if (!record) return;
  const SecretBuffer bytes = record->serialize();
  const auto again = SessionRecord::parse(bytes.view());
  PARLEY_FUZZ_CHECK(again && equal(again->serialize().view(), bytes.view()));
  // Whatever keys it holds, using it must not end badly.
  TestDevice& bob = scene().bob;
  const auto sealed = encrypt(*record, as_bytes("text"), {.now = bob.now});
  const Bytes message = sealed && sealed->message.kind == MessageKind::signal
                            ? sealed->message.bytes
                            : Bytes(60, 0x44);
  static_cast<void>(decrypt(*record, message, {}, bob.random));
  static_cast<void>(archive_current(*record).serialize());
}

void check_sender_key(ByteView input) {
  static_cast<void>(group_decrypt(scene().member_key, scene().id, input));
  static_cast<void>(accept_distribution(scene().member_key, scene().id, input));
  const auto record = SenderKeyRecord::parse(input);
  if (!record) return;
  const SecretBuffer bytes = record->serialize();
  const auto again = SenderKeyRecord::parse(bytes.view());
  PARLEY_FUZZ_CHECK(again && equal(again->serialize().view(), bytes.view()));
}

void check_keys(ByteView input) {
  if (const auto key = OneTimePreKey::parse(input)) {
    PARLEY_FUZZ_CHECK(OneTimePreKey::parse(key->serialize().view()));
  }
  if (const auto key = SignedPreKey::parse(input)) {
    PARLEY_FUZZ_CHECK(SignedPreKey::parse(key->serialize().view()));
  }
  if (const auto key = KyberPreKey::parse(input)) {
    PARLEY_FUZZ_CHECK(KyberPreKey::parse(key->serialize().view()));
  }
}

void check_scanned(ByteView input) {
  static const Fingerprint ours =
      make_fingerprint({as_bytes("a"), scene().alice.identity.key.public_key},
                       {as_bytes("b"), scene().bob.identity.key.public_key});
  if (const auto fits = scannable_matches(ours, input)) {
    PARLEY_FUZZ_CHECK(!*fits || input.size() >= 64);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ByteView input(data + 1, size - 1);
  switch (data[0] % 7) {
    case 0:
      check_message(MessageKind::signal, input);
      break;
    case 1:
      check_message(MessageKind::prekey_signal, input);
      break;
    case 2:
      check_authenticated(input);
      break;
    case 3:
      check_record(input);
      break;
    case 4:
      check_sender_key(input);
      break;
    case 5:
      check_keys(input);
      break;
    case 6:
      check_scanned(input);
      break;
  }
  check_unchanged();
  return 0;
}
