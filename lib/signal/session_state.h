// One session's state and its stored form, and how a record's sessions change
// places. States are immutable once they are in a record; a transition builds the
// next one and shares what did not change. Internal to lib/signal.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "lib/signal/chain.h"
#include "lib/signal/ratchet.h"
#include "lib/signal/session.h"

namespace parley::signal {

struct ReceiverChain {
  PublicKey ratchet_key;
  ReceivingChain chain;
};

// What our messages carry until the other side has answered.
struct PendingPrekey {
  std::optional<PreKeyId> one_time;
  SignedPreKeyId signed_prekey;
  std::optional<KyberPreKeyId> kyber;
  Bytes kyber_ciphertext;  // 0x08 and 1568 bytes; empty for X3DH
  Time created;
};

// Layout: proto/signal_store.proto, SessionState.
struct SessionState {
  Protocol protocol;
  PublicKey local_identity;
  PublicKey remote_identity;
  RegistrationId local_registration_id;
  RegistrationId remote_registration_id;
  PublicKey base_key;

  RootKey root_key;
  std::uint32_t previous_counter = 0;
  KeyPair sender_ratchet;
  ChainKey sender_chain;
  std::vector<std::shared_ptr<const ReceiverChain>> receiver_chains{};  // oldest first
  std::shared_ptr<const PendingPrekey> pending{};
  std::shared_ptr<const SecretBuffer> pq_ratchet{};  // carried, not looked into

  SessionState clone() const;
  // Null where the key has no chain.
  const ReceiverChain* find_chain(const PublicKey& ratchet_key) const;
  // Replaces the chain of its ratchet key, or adds it and drops the oldest one
  // above the limit.
  void put_chain(ReceiverChain chain);
};

using SharedState = std::shared_ptr<const SessionState>;

SecretBuffer encode_state(const SessionState& state);
// ErrorCode::malformed.
Result<SharedState> decode_state(ByteView bytes);

// Kept encoded: most are never looked at again.
struct ArchivedSession {
  SecretBuffer encoded;
};

// Access to a record's parts. Functions that give a record leave theirs as it is.
class RecordEditor {
 public:
  static const SharedState& current(const SessionRecord& record) { return record.current_; }
  static const std::vector<std::shared_ptr<const ArchivedSession>>& archived(
      const SessionRecord& record) {
    return record.archived_;
  }
  // The current session went on.
  static SessionRecord advance(const SessionRecord& record, SharedState next);
  // A new session; the current one is archived, the oldest falls off the limit.
  static SessionRecord begin(const SessionRecord& record, SharedState next);
  // An archived session went on: it changes places with the current one.
  static SessionRecord promote(const SessionRecord& record, std::size_t index, SharedState next);
  static SessionRecord archive(const SessionRecord& record);
  static SessionRecord assemble(SharedState current,
                                std::vector<std::shared_ptr<const ArchivedSession>> archived);
};

}  // namespace parley::signal
