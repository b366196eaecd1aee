// The operations a hub writes, and the ordered batch that carries them.
//
// Each operation is complete in itself: where it depends on what is stored (a free
// handle, a free device id, a key not handed out yet), the store decides while applying
// it and says so in the reply. So correctness never rests on what one process has cached.
//
// A batch is applied in order, all or nothing, and is durable when its completion comes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "hub/engine/records.h"

namespace parley::hub::op {

// --- the hub
struct CreateHub {
  HubId id;
};  // at the very first start
struct ReserveTimes {
  AcceptedAt until;
};
struct PutStampKey {
  StampKey key;
};
struct RemoveStampKey {
  std::uint32_t id;
};

struct NewDevice {
  RegistrationId registration_id;
  Bytes name;
  Time created;
  TokenHash session;
  std::optional<ByteArray<32>> auth_key = {};
};

// --- accounts. Replies: done, or the outcome named.
struct CreateAccount {  // exists: the handle is taken, also by a deleted account
  AccountId id;
  std::string handle;
  std::string country;
  std::string password_hash;
  SerializedKey identity_key;
  NewDevice device;  // becomes device 1
};
struct AddDevice {  // missing: no such account or ticket; conflict: identity; full
  AccountId account;
  TicketKey ticket;  // consumed
  SerializedKey identity_key;
  // Removes all other devices (with mailboxes and prekeys) and the recovery data, and
  // sets the identity key.
  bool reset_identity;
  std::size_t max_devices;
  NewDevice device;  // gets the lowest free id
};
struct RemoveDevice {
  DeviceAddress device;
};  // missing
struct RenameDevice {
  DeviceAddress device;
  Bytes name;
};  // missing
struct TouchDevice {
  DeviceAddress device;
  Time last_seen;
};  // no reply
struct SetPushEndpoint {
  DeviceAddress device;
  std::string endpoint;
};  // missing
struct SetProfile {
  AccountId account;
  std::string name;
};
struct SetRecovery {
  AccountId account;
  Bytes blob;
};  // empty: remove
struct SetPassword {  // conflict: the password changed meanwhile
  AccountId account;
  std::string old_hash;
  std::string new_hash;
};
struct SetRelation {
  AccountId account;
  AccountId other;
  RelationState state;  // empty: forget
};
struct SetThirdParty {  // missing
  AccountId account;
  ThirdPartyChoices choices;
};
// Wipes everything of the account but its id, its handle, which stays reserved, and its service.
struct DeleteAccount {
  AccountId account;
  // Not empty: the account is called that from now on, and its old handle is free.
  std::string new_handle = {};
  Time at = {};
};
// Ends accounts of a service that was removed, as DeleteAccount does, with given_up_handle. The
// service is forgotten with the last of them. Replies with PeopleEnded.
struct EndPeople {
  std::string provider;
  std::size_t max_accounts;
  Time at;
};
// A device of a person of another service; makes the account where the handle is free.
// Replies with the device, or conflict (identity), or full.
struct Enlist {
  AccountId account;  // of the new account, if one is made
  std::string handle;
  std::string provider;
  SerializedKey identity_key;
  // As in AddDevice.
  bool reset_identity;
  std::size_t max_devices;
  // Replaces the device with the same registration id and authentication key.
  NewDevice device;
};

// --- prekeys
struct PutPrekeys {  // missing; else the counts
  DeviceAddress device;
  std::optional<SignedKeyRecord> signed_key;
  std::optional<SignedKeyRecord> last_resort;
  // Keys whose id and digest are known already (also as handed out) are left alone.
  std::vector<OneTimeKeyRecord> one_time;
  std::vector<OneTimeSignedKeyRecord> one_time_kyber;
};
struct TakePrekeys {
  AccountId account;
  std::vector<DeviceId> devices;
  // Of these the signed and the last-resort key only.
  std::vector<DeviceId> lasting_only = {};
};

// --- messages. No replies.
struct PutMessage {
  DeviceAddress to;
  StoredMessage message;
};
struct RemoveMessages {
  DeviceAddress of;
  std::vector<AcceptedAt> accepted_at;
};
struct PutSendResult {
  DeviceAddress sender;
  SendId id;
  SendResult result;
};

// --- tickets. No replies.
struct PutTicket {
  TicketKey key;
  Ticket ticket;
};

// A service's token is used up. exists: it was before.
struct UseToken {
  TicketKey key;
  Time until;
};

// --- services and reports
// A new one begins without days.
struct PutProvider {
  ProviderRecord provider;
};
// It is leaving from then on, until EndPeople finds nobody any more.
struct RemoveProvider {
  std::string id;
};  // missing
struct AddFirstContact {
  std::string provider;
  std::int64_t day;
};
// Where there is no room, the oldest resolved ones make it.
struct PutReport {  // exists: this reporter's report of this id; full: see ReportPut
  ReportRecord report;
  std::size_t max_open;
  // Of one service, or of this hub's own people, and of all of them; see kReportOverheadBytes.
  std::uint64_t max_bytes_of_service = UINT64_MAX;
  std::uint64_t max_bytes = UINT64_MAX;
};
struct ResolveReport {  // missing
  std::uint64_t number;
  std::string resolution;
  std::string note;
  Time at = {};
};

// Removes what is too old: a bounded step through messages, send results, tickets, reports and
// what is left of deleted people of services.
// Replies with what was removed; the position is the store's own.
struct Sweep {
  AcceptedAt messages_before;
  AcceptedAt sends_before;
  Time tickets_before;        // expired before
  std::size_t max_rows;       // looked at, of each kind
  Time reports_before = {};   // received before, whether open or not
  Time resolved_before = {};  // reports that were resolved before
  // Accounts of services' people that were deleted before; those stay that an account has a
  // relation with or a report speaks of.
  Time deleted_before = {};
};

// An operation that was withdrawn before the batch left.
struct Cancelled {};

// Keeps a large, rare operation out of line, so that a batch of messages stays compact.
template <typename T>
class Boxed {
 public:
  Boxed(T value) : value_(std::make_unique<const T>(std::move(value))) {}  // NOLINT: implicit
  const T& operator*() const { return *value_; }

 private:
  std::unique_ptr<const T> value_;
};

using Any =
    std::variant<Cancelled, PutMessage, PutSendResult, RemoveMessages, CreateHub, ReserveTimes,
                 PutStampKey, RemoveStampKey, Boxed<CreateAccount>, Boxed<AddDevice>, RemoveDevice,
                 RenameDevice, TouchDevice, SetProfile, SetRecovery, Boxed<SetPassword>,
                 SetRelation, DeleteAccount, Boxed<PutPrekeys>, TakePrekeys, Boxed<PutTicket>,
                 Sweep, SetThirdParty, Boxed<Enlist>, UseToken, Boxed<PutProvider>, RemoveProvider,
                 AddFirstContact, Boxed<PutReport>, ResolveReport, SetPushEndpoint, EndPeople>;

// True for the operations that are answered with a Reply.
inline bool has_reply(const Any& operation) { return operation.index() > 3; }
static_assert(std::is_same_v<std::variant_alternative_t<3, Any>, RemoveMessages>);

// --- replies
enum class Outcome : std::uint8_t { done, missing, exists, conflict, full };

struct DeviceAdded {
  DeviceId id;
  std::vector<DeviceId> removed;  // by a reset, or replaced
};
struct ReportPut {
  // The first proven one of this reporter about this accused on that day.
  bool counted = false;
  // It is full because of the bytes of all, not because of the reporter's open ones.
  bool no_room = false;
};
struct PeopleEnded {
  std::vector<AccountId> accounts;
  bool all = false;  // nobody is left
};
struct TakenPrekeys {
  struct Device {
    DeviceId id;
    RegistrationId registration_id;
    SignedKeyRecord signed_key;
    std::optional<OneTimeKeyRecord> one_time;
    SignedKeyRecord kyber;  // one-time, or the last resort
    bool kyber_is_last_resort = false;
    PrekeyState left;
  };
  SerializedKey identity_key{};
  std::vector<Device> devices;  // those that exist and have published keys
};
struct Swept {
  struct Mailbox {
    DeviceAddress of;
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
  };
  std::vector<Mailbox> mailboxes;
  std::uint64_t send_results = 0;
  std::uint64_t tickets = 0;
  std::uint64_t reports = 0;
  std::uint64_t accounts = 0;
};

struct Reply {
  Outcome outcome = Outcome::done;
  std::variant<std::monostate, DeviceAdded, PrekeyState, TakenPrekeys, Swept, ReportPut,
               PeopleEnded>
      value;
};

}  // namespace parley::hub::op

namespace parley::hub {

using WriteBatch = std::vector<op::Any>;

// One reply for each operation that is not a message's (PutMessage, PutSendResult,
// RemoveMessages, Cancelled), in the order of the batch. So a large batch of messages has
// no replies.
struct CommitReplies {
  struct Item {
    std::size_t index;  // in the batch
    op::Reply reply;
  };
  std::vector<Item> items;
};

}  // namespace parley::hub
