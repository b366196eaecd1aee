// The hub's memory as a port: asynchronous typed reads and one ordered stream of write
// batches. Adapters: memory_store.h (tests, simulator), hub/store (SQLite).
//
// Guarantees an adapter gives:
//  1. A batch is applied in order and as a whole, or (its completion carries an error) not
//     at all. When the completion says success it survives a crash and a power cut.
//  2. Batches take effect in the order of the commit calls.
//  3. A read sees every batch whose completion ran before the read was issued. It may see
//     later ones too.
//  4. A withdrawn or failed batch leaves the store usable: a later commit may succeed.
//
// Threads: every method is called, and every completion runs, on the engine's thread; a
// completion never runs inside the call that was given it. An adapter may serve several
// queued reads in one transaction.
// Errors: storage_unavailable (cannot write or read now; may pass), store_damaged.
#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "hub/engine/records.h"
#include "hub/engine/types.h"
#include "hub/engine/write_batch.h"

namespace parley::hub {

// The first four bytes of a send id, as they lie in memory; see list_sends.
inline std::uint32_t short_hash(const SendId& id) {
  std::uint32_t value = 0;
  std::memcpy(&value, id.bytes.data(), sizeof value);
  return value;
}

class Store {
 public:
  virtual ~Store() = default;

  // The batch is shared: the engine may go on reading it, nobody changes it any more.
  virtual void commit(std::shared_ptr<const WriteBatch> batch,
                      Completion<Result<CommitReplies>> done) = 0;

  // Nothing: the store is new.
  virtual void load_hub(Completion<Result<std::optional<HubRecord>>> done) = 0;

  virtual void load_account(AccountId id,
                            Completion<Result<std::optional<AccountRecord>>> done) = 0;
  // Also finds deleted accounts.
  virtual void find_handle(std::string handle,
                           Completion<Result<std::optional<AccountId>>> done) = 0;
  // Not those of deleted accounts.
  virtual void find_credentials(std::string handle,
                                Completion<Result<std::optional<Credentials>>> done) = 0;
  virtual void find_session(TokenHash token,
                            Completion<Result<std::optional<DeviceAddress>>> done) = 0;
  // Empty: none.
  virtual void load_recovery(AccountId id, Completion<Result<Bytes>> done) = 0;
  // Expired ones may be returned; the caller looks at the time.
  virtual void find_ticket(TicketKey key, Completion<Result<std::optional<Ticket>>> done) = 0;

  struct MailboxPage {
    std::vector<StoredMessage> messages;  // oldest first
    // Nothing newer lay in the mailbox when it was read.
    bool last = false;
  };
  // Entries with `after` < accepted_at. At least one if there is any; otherwise stops before
  // either limit is passed.
  virtual void read_mailbox(DeviceAddress of, AcceptedAt after, std::size_t max_count,
                            std::size_t max_bytes, Completion<Result<MailboxPage>> done) = 0;

  virtual void find_send(DeviceAddress sender, SendId id,
                         Completion<Result<std::optional<SendResult>>> done) = 0;
  // short_hash of every remembered send id of a device; nothing where there are more than
  // `max_count`.
  virtual void list_sends(DeviceAddress sender, std::size_t max_count,
                          Completion<Result<std::optional<std::vector<std::uint32_t>>>> done) = 0;

  struct ReportQuery {
    std::string provider;  // of the accused; empty: any
    bool open_only = false;
    std::uint64_t after = 0;  // a number
    std::size_t max_count = 50;
  };
  // Oldest first.
  virtual void list_reports(ReportQuery query,
                            Completion<Result<std::vector<ReportRecord>>> done) = 0;
};

}  // namespace parley::hub
