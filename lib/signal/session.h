// A conversation's encryption between two devices: the Double Ratchet, set up by
// PQXDH (version 4) or, for peers declared OMEMO, by X3DH (version 3). Byte for
// byte what libsignal speaks.
//
// Shape: everything about one remote device is a SessionRecord: the current
// session and up to 40 older ones, since two people may start a session at the
// same time and messages of an older one may still be under way. The functions
// below are pure transitions: they take a const record and give the next one
// with the result. So a failure changes nothing; the caller persists `next`,
// then puts it in the old one's place, then uses the result:
//
//   PARLEY_TRY(sealed, encrypt(record, plaintext, {.now = now}));
//   // store sealed.next.serialize() durably
//   record = std::move(sealed.next);
//   // send sealed.message
//
// Copies are cheap: records share the immutable parts of their state, so
// `share()` copies no key material. A key is wiped with the last record that
// holds it: drop old records soon, forward secrecy depends on it.
//
// No I/O, no clock (`now` is an argument), nothing throws. A record is not
// synchronised, but different threads may use const records at once.
//
// Sources: Signal, "The Double Ratchet Algorithm" (rev. 4) §3-§5, "The Sesame
// Algorithm" §3, "PQXDH" §3, "X3DH" §3; limits and the choices that these leave
// open as libsignal makes them. One difference: libsignal allows any forward jump
// between devices of one account; here the limit holds for them too, because a
// counter is read before its message is authenticated.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "lib/base/result.h"
#include "lib/base/secret.h"
#include "lib/base/time.h"
#include "lib/signal/keys.h"

namespace parley::signal {

// --- limits, as libsignal has them
inline constexpr std::uint32_t kMaxForwardJumps = 25'000;  // messages, in one chain
inline constexpr std::size_t kMaxSkippedKeys = 2'000;      // kept for a chain
inline constexpr std::size_t kMaxReceiverChains = 5;       // in a session
inline constexpr std::size_t kMaxArchivedSessions = 40;    // in a record
// Archived sessions together, encoded. Our own: sessions full of skipped keys take up to
// half a megabyte each, and a record has to fit where records are stored. Forty ordinary
// sessions take a twentieth of it; only where more is kept the oldest fall off earlier.
inline constexpr std::size_t kMaxArchivedBytes = 2 * 1024 * 1024;
// So no serialized record is larger than this (proto/client.proto lets a record be 4 MiB).
inline constexpr std::size_t kMaxRecordBytes = 3 * 1024 * 1024;
// A session we started and nobody answered is not used any longer than this.
inline constexpr Duration kMaxUnacknowledgedAge = days(30);

// What a peer is declared to speak; the values are the protocol's version numbers.
// Never derived from what a bundle or message holds: that would be a downgrade.
enum class Protocol : std::uint8_t { x3dh = 3, pqxdh = 4 };

enum class MessageKind : std::uint8_t { signal, prekey_signal };

struct Message {
  MessageKind kind;
  Bytes bytes;
};

struct SessionState;
struct ArchivedSession;

class SessionRecord {
 public:
  // No session yet.
  SessionRecord() = default;
  SessionRecord(SessionRecord&&) noexcept = default;
  SessionRecord& operator=(SessionRecord&&) noexcept = default;
  SessionRecord(const SessionRecord&) = delete;
  SessionRecord& operator=(const SessionRecord&) = delete;

  // A second reference to the same state.
  SessionRecord share() const;

  // Equal states give equal bytes. Format: proto/signal_store.proto.
  SecretBuffer serialize() const;
  // ErrorCode::malformed, or store_too_new for a record of a later format.
  static Result<SessionRecord> parse(ByteView bytes);

  // Whether encrypt() has a session to use at `now`.
  bool can_encrypt(Time now) const;

  // About the current session; without one: nullopt, false.
  std::optional<PublicKey> remote_identity() const;
  std::optional<RegistrationId> remote_registration_id() const;
  std::optional<Protocol> protocol() const;
  // The initiator's ephemeral key, which names a session.
  std::optional<PublicKey> base_key() const;
  // True until the other side has answered the session we started.
  bool is_unacknowledged() const;
  std::size_t archived_count() const { return archived_.size(); }

 private:
  friend class RecordEditor;
  std::shared_ptr<const SessionState> current_;
  std::vector<std::shared_ptr<const ArchivedSession>> archived_;  // newest first
};

// Makes a session to the device the bundle is of; an existing current session is
// archived. `bundle.identity_key` must be the one the caller trusts.
// Errors: bad_signature (a prekey is not signed by the identity key), invalid_key,
// no_prekeys (PQXDH is asked for and the bundle has no Kyber key).
Result<SessionRecord> start_session(const SessionRecord& record, const LocalIdentity& local,
                                    const PreKeyBundle& bundle, Protocol protocol, Time now,
                                    RandomSource& random);

struct EncryptOptions {
  Time now;
  // If given, the session must be with this identity (untrusted_identity).
  std::optional<PublicKey> expected_identity{};
};
struct Encrypted {
  SessionRecord next;
  Message message;
};
// Errors: no_session (none, or an unacknowledged one that is too old: start one),
// untrusted_identity, limit_reached (2^32 messages in a chain).
Result<Encrypted> encrypt(const SessionRecord& record, ByteView plaintext,
                          const EncryptOptions& options);

struct DecryptOptions {
  // If given, the message must come from this identity (untrusted_identity).
  std::optional<PublicKey> expected_identity{};
  // Sender's and recipient's service id (17 bytes) and device id (1 byte). Compared
  // if both this and the message's `addresses` are there (sender_mismatch).
  std::optional<ByteArray<36>> addresses{};
};
struct Decrypted {
  SessionRecord next;
  SecretBuffer plaintext;
  PublicKey sender_identity;
  // Set where the message made a new session: delete the one-time prekeys named
  // here (a last-resort Kyber key excepted) and remember the use, in the same
  // commit that stores `next`.
  std::optional<PreKeyUse> used_prekeys{};
};

// A SignalMessage: tried with the current session, then the archived ones; success
// makes that session the current one.
// Errors: no_session, duplicate_message, too_far_in_future, untrusted_identity,
// sender_mismatch, unsupported_version, malformed, decryption_failed (no session
// fits).
Result<Decrypted> decrypt(const SessionRecord& record, ByteView message,
                          const DecryptOptions& options, RandomSource& random);

// What is needed to answer a PreKeySignalMessage, besides the record.
struct Responder {
  const LocalIdentity& local;
  const PreKeyLookup& prekeys;
  // What the peer is declared to speak; another version is unsupported_version.
  Protocol protocol;
};

// A PreKeySignalMessage: uses the session with its base key if there is one, or
// makes it, archiving the current one. It never falls back to other sessions.
// Errors: those of decrypt() except no_session, and unknown_prekey, invalid_key,
// duplicate_message for a replay.
Result<Decrypted> decrypt_prekey(const SessionRecord& record, ByteView message,
                                 const Responder& responder, const DecryptOptions& options,
                                 RandomSource& random);

// Sets the current session aside, e.g. because the peer says it lost it: messages
// still under way can be read, new ones need start_session().
SessionRecord archive_current(const SessionRecord& record);

// What a PreKeySignalMessage says of itself, nothing of it authenticated: to look
// up which identity to expect before it is decrypted.
struct PreKeyMessageInfo {
  Protocol protocol;
  PublicKey identity_key;
  RegistrationId registration_id;
  PublicKey base_key;
  std::optional<PreKeyId> one_time_prekey;
  SignedPreKeyId signed_prekey;
  std::optional<KyberPreKeyId> kyber_prekey;
};
Result<PreKeyMessageInfo> inspect_prekey_message(ByteView message);

}  // namespace parley::signal
