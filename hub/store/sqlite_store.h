// The Store port on SQLite: the hub's default memory, one file and nothing to install.
//
// One thread writes: each batch is one transaction, durable (WAL, synchronous=FULL) before
// its completion is posted; the engine's group commit decides how large batches are. One
// thread reads, on a connection of its own, and never waits for the writer.
//
// A lock file beside the database keeps a second process out.
//
// Threads: the interface belongs to the engine's thread, where `post` must run what it is
// given, in order; `post` is called from the two inner threads. Destruction writes what is
// queued and drops completions that did not run: destroy it after the engine.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "hub/engine/store.h"

namespace parley::hub {

class SqliteStore final : public Store {
 public:
  using Executor = std::function<void(std::function<void()>)>;

  // Opens or creates `path`. Errors: store_locked (another process has it), store_damaged,
  // store_too_new, store_unwritable.
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& path, Executor post);
  ~SqliteStore() override;

  // Work that waits for the two threads.
  std::size_t queued_commits() const;
  std::size_t queued_reads() const;

  // Messages that wait for their devices; at most `most` are counted.
  void count_messages(std::uint64_t most, Completion<Result<std::uint64_t>> done);

  // Makes the database as good as full, for tests: no page beyond those it has.
  // 0: no limit.
  void limit_pages_for_tests(std::int64_t pages);

  void commit(std::shared_ptr<const WriteBatch> batch,
              Completion<Result<CommitReplies>> done) override;
  void load_hub(Completion<Result<std::optional<HubRecord>>> done) override;
  void load_account(AccountId id, Completion<Result<std::optional<AccountRecord>>> done) override;
  void find_handle(std::string handle, Completion<Result<std::optional<AccountId>>> done) override;
  void find_credentials(std::string handle,
                        Completion<Result<std::optional<Credentials>>> done) override;
  void find_session(TokenHash token,
                    Completion<Result<std::optional<DeviceAddress>>> done) override;
  void load_recovery(AccountId id, Completion<Result<Bytes>> done) override;
  void find_ticket(TicketKey key, Completion<Result<std::optional<Ticket>>> done) override;
  void read_mailbox(DeviceAddress of, AcceptedAt after, std::size_t max_count,
                    std::size_t max_bytes, Completion<Result<MailboxPage>> done) override;
  void find_send(DeviceAddress sender, SendId id,
                 Completion<Result<std::optional<SendResult>>> done) override;
  void list_sends(DeviceAddress sender, std::size_t max_count,
                  Completion<Result<std::optional<std::vector<std::uint32_t>>>> done) override;
  void list_reports(ReportQuery query, Completion<Result<std::vector<ReportRecord>>> done) override;

 private:
  struct Parts;
  explicit SqliteStore(std::unique_ptr<Parts> parts);

  template <typename T, typename Read>
  void read(Completion<Result<T>> done, Read read);

  std::unique_ptr<Parts> parts_;
};

}  // namespace parley::hub
