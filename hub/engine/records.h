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
#include "proto/channel.h"

namespace parley::hub {

using SerializedKey = ByteArray<33>;  // 0x05 and a Curve25519 public key
using KeyDigest = ByteArray<16>;      // first half of SHA-256 of a public key

// --- the hub itself
struct StampKey {
  std::uint32_t id = 0;
  Secret<32> key;
  Time created;
};

// --- services behind the door
struct ProviderRecord {
  std::string id;
  std::string display_name;
  wire::channel::IdForm id_form = wire::channel::IdForm::username;
  wire::channel::Protection protection = wire::channel::Protection::end_to_end_signal;
  std::vector<wire::channel::Feature> features;
  std::string jwks_url;
  std::string push_url;
  std::string media_base_url;
  wire::channel::DataPolicy data_policy;
  Bytes logo;  // PNG
  std::string contact;
  wire::channel::ProviderState state = wire::channel::ProviderState::applied;
  std::string state_reason;
  // Suspended by the operator's word, not only because its block says so: the state that
  // resuming brings back. `suspended`: its block says so too. Otherwise unspecified.
  wire::channel::ProviderState suspended_from = wire::channel::ProviderState::unspecified;
  Time live_since;  // zero: never
  // When its last suspension ended: its people's silence counts from then. Zero: never.
  Time resumed;
  std::uint64_t new_people_a_day = 1'000;
  // Handles of either side for whom a sandbox works.
  std::vector<std::string> sandbox_accounts;
  bool allow_private_addresses = false;

  friend bool operator==(const ProviderRecord&, const ProviderRecord&) = default;
};
// What a service's people did in one day of UTC.
struct ProviderDay {
  std::string provider;
  std::int64_t day = 0;  // since the epoch
  std::uint64_t first_contacts = 0;
  std::uint64_t reports = 0;  // one for each (reporter, accused)

  friend bool operator==(const ProviderDay&, const ProviderDay&) = default;
};

// Accounts of a service's people that are not deleted.
struct PeopleCount {
  std::string provider;
  std::uint64_t people = 0;

  friend bool operator==(const PeopleCount&, const PeopleCount&) = default;
};

struct HubRecord {
  HubId id;
  // Accepted times up to here (inclusive) may have been used.
  AcceptedAt reserved_until;
  std::vector<StampKey> stamp_keys;       // by id
  std::vector<ProviderRecord> providers;  // by id
  std::vector<ProviderDay> provider_days;
  std::vector<PeopleCount> people;  // by provider; only where there are some
  // Services that were removed and whose people's accounts are not all ended yet.
  std::vector<std::string> leaving;
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
  // Ed25519 key that signs its hellos, where it is another service's device.
  std::optional<ByteArray<32>> auth_key;
  // Where its browser wants to be told that something waits; empty: nowhere.
  std::string push_endpoint;
  PrekeyState prekeys;
  // What lies in the mailbox: the sum of the frames' sizes, and the newest entry.
  std::uint64_t mailbox_bytes = 0;
  std::uint64_t mailbox_count = 0;
  AcceptedAt mailbox_newest;
};

enum class Relation : std::uint8_t { none = 0, accepted = 1, blocked = 2, declined = 3 };

// What an account has to do with another one.
struct RelationState {
  Relation relation = Relation::none;
  // It had accepted the other one at some time.
  bool was_accepted = false;
  // Messages it sent while the other one had not accepted it.
  std::uint32_t requests_sent = 0;

  bool empty() const { return relation == Relation::none && !was_accepted && requests_sent == 0; }
  friend bool operator==(const RelationState&, const RelationState&) = default;
};

struct RelationRecord {
  AccountId other;
  RelationState state;
};

// What an account chose about third-party chats.
struct ThirdPartyChoices {
  bool enabled = false;
  bool reachable = false;
  std::vector<std::string> provider_ids;

  friend bool operator==(const ThirdPartyChoices&, const ThirdPartyChoices&) = default;
};

struct AccountRecord {
  AccountId id;
  std::string handle;
  std::string country;
  std::string provider;  // empty: an account of this hub
  ThirdPartyChoices third_party;
  SerializedKey identity_key{};
  std::string profile_name;
  bool has_recovery = false;
  // Everything but id, handle and service is gone.
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
    used = 3,   // the id of a service's token, which works once
  };
  Kind kind = Kind::login;
  Time expires;
  std::optional<AccountId> account;  // of a link: set once approved
  Bytes envelope;                    // of a link
  bool granted = false;              // of a link: its login ticket was made
};

// --- reports
// What a report weighs in the store besides its content.
inline constexpr std::size_t kReportOverheadBytes = 256;

struct ReportRecord {
  std::uint64_t number = 0;  // given by the store, growing
  AccountId reporter;
  AccountId accused;
  std::string provider;  // of the accused; empty: this hub
  // It shows messages, and each was proven to have passed this hub.
  bool proven = false;
  Time received;
  wire::channel::Report report;
  std::string resolution;  // empty: open
  Time resolved;           // when; zero: open
  std::string note;
};
// What the hub can say of a message of a report at present. Stamp keys do not last for ever.
enum class MessageProof : std::uint8_t { proven, stamp_key_gone, not_proven };
// The same with the handles of both, as an operator reads it.
struct NamedReport {
  ReportRecord record;
  std::string reporter;
  std::string accused;
};

}  // namespace parley::hub
