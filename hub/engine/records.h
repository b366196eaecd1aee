// What the hub remembers, as plain values: what a Store gives back and what its write
// operations carry. Distinct from the wire structs: these may change without a protocol
// change.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/engine/types.h"
#include "lib/base/secret.h"
#include "lib/base/time.h"

namespace parley::hub {

using SerializedKey = ByteArray<33>;  // 0x05 and a Curve25519 public key
using KeyDigest = ByteArray<16>;      // first half of SHA-256 of a public key

// --- the hub itself
struct StampKey {
  std::uint32_t id = 0;
  Secret<32> key;
  Time created;
};
struct HubRecord {
  HubId id;
  // Accepted times up to here (inclusive) may have been used.
  AcceptedAt reserved_until;
  std::vector<StampKey> stamp_keys;  // by id
};

// --- prekeys
struct SignedKeyRecord {
  std::uint32_t id = 0;
  Bytes public_key;
  ByteArray<64> signature{};
};
struct OneTimeKeyRecord {
  std::uint32_t id = 0;
  Bytes public_key;
  KeyDigest digest{};  // recognises a repeated upload even after the key was handed out
};
struct OneTimeSignedKeyRecord {
  SignedKeyRecord key;
  KeyDigest digest{};
};
struct PrekeyState {
  std::uint32_t one_time = 0;
  std::uint32_t one_time_kyber = 0;
  std::uint32_t signed_id = 0;       // 0: none published
  std::uint32_t last_resort_id = 0;  // 0: none published

  bool published() const { return signed_id != 0 && last_resort_id != 0; }
  friend bool operator==(const PrekeyState&, const PrekeyState&) = default;
};

// --- accounts
struct DeviceRecord {
  DeviceId id;
  RegistrationId registration_id;
  Bytes name;  // encrypted by the client
  Time created;
  Time last_seen;  // rounded down to the day
  TokenHash session;
  PrekeyState prekeys;
  // What lies in the mailbox: the sum of the frames' sizes, and the newest entry.
  std::uint64_t mailbox_bytes = 0;
  std::uint64_t mailbox_count = 0;
  AcceptedAt mailbox_newest;
};

enum class Relation : std::uint8_t { none = 0, accepted = 1, blocked = 2 };

struct RelationRecord {
  AccountId other;
  Relation relation;
};

struct AccountRecord {
  AccountId id;
  std::string handle;
  std::string country;
  SerializedKey identity_key{};
  std::string profile_name;
  bool has_recovery = false;
  // Everything but id and handle is gone.
  bool deleted = false;
  std::vector<DeviceRecord> devices;  // by id
  std::vector<RelationRecord> relations;
};

struct Credentials {
  AccountId account;
  std::string password_hash;
};

// --- messages
struct StoredMessage {
  AcceptedAt accepted_at;
  // The encoded ServerFrame{Deliver}, made once and forwarded as it is.
  Bytes frame;
};

// What a send was answered with.
struct SendResult {
  std::uint64_t fingerprint = 0;  // of the content, to notice a reused id
  AcceptedAt accepted_at;
  std::uint32_t stamp_key = 0;  // 0: not stamped
  ByteArray<32> stamp{};
};

// --- short-lived entitlements
using TicketKey = OpaqueId<struct TicketKeyTag, 32>;

struct Ticket {
  enum class Kind : std::uint8_t {
    login = 1,  // the password was right, or a link was approved: one AddDevice
    link = 2,   // a new device waits for its envelope
  };
  Kind kind = Kind::login;
  Time expires;
  std::optional<AccountId> account;  // of a link: set once approved
  Bytes envelope;                    // of a link
  bool granted = false;              // of a link: its login ticket was made
};

}  // namespace parley::hub
