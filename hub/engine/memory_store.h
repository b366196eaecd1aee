// The Store port in memory: the reference the other adapters are compared with, and what
// tests and the simulator run on, with faults on demand.
//
// `MemoryDisk` is what survives a crash; `MemoryStore` is one process's view of it. Work is
// queued and done when the owner says so (run_one, run_all) or, if `post` was given, through
// it. Destroying the store with work queued is the crash: what was not committed is lost.
//
// Threads: one; with `post`, the thread it runs on.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "hub/engine/store.h"

namespace parley::hub {

class MemoryDisk {
 public:
  // Applies a whole batch. Cannot fail.
  CommitReplies apply(const WriteBatch& batch);

 private:
  friend class MemoryStore;
  friend struct MemoryDiskApply;

  template <typename Key>
  struct OneTimeKeys {  // available and already handed out, by id
    std::map<std::uint32_t, Key> available;
    std::map<std::uint32_t, KeyDigest> taken;
  };
  struct Device {
    DeviceRecord record;
    std::optional<SignedKeyRecord> signed_key;
    std::optional<SignedKeyRecord> last_resort;
    OneTimeKeys<OneTimeKeyRecord> one_time;
    OneTimeKeys<OneTimeSignedKeyRecord> one_time_kyber;
    std::map<AcceptedAt, Bytes> mailbox;
    std::map<SendId, SendResult> sends;
  };
  struct Account {
    AccountRecord record;  // without devices and relations
    std::string password_hash;
    Bytes recovery;
    Time deleted_at;
    std::map<DeviceId, Device> devices;
    std::map<AccountId, RelationState> relations;
  };

  Device* find(const DeviceAddress& address);
  static PrekeyState state_of(const Device& device);

  std::optional<HubId> hub_;
  AcceptedAt reserved_until_;
  std::map<std::uint32_t, StampKey> stamp_keys_;
  std::map<AccountId, Account> accounts_;
  std::map<std::string, AccountId, std::less<>> handles_;
  std::map<TokenHash, DeviceAddress> sessions_;
  std::map<TicketKey, Ticket> tickets_;
  std::map<std::string, ProviderRecord> providers_;
  std::set<std::string> leaving_;
  std::map<std::pair<std::string, std::int64_t>, ProviderDay> provider_days_;
  std::map<std::uint64_t, ReportRecord> reports_;
  std::uint64_t last_report_ = 0;  // a number is given once
};

class MemoryStore final : public Store {
 public:
  using Executor = std::function<void(std::function<void()>)>;

  // The disk must outlive the store.
  explicit MemoryStore(MemoryDisk& disk, Executor post = {});

  // --- faults
  // Commits stay queued (with everything behind them) until released.
  void hold_commits(bool hold) { hold_commits_ = hold; }
  // Reads are done, and their answers wait until released.
  void hold_read_answers(bool hold) { hold_read_answers_ = hold; }
  // Commits and, if asked, reads answer storage_unavailable.
  void fail_commits(bool fail) { fail_commits_ = fail; }
  void fail_reads(bool fail) { fail_reads_ = fail; }

  // --- the queue
  // Does the oldest piece of work and runs its completion. False: nothing to do.
  bool run_one();
  void run_all();
  // Pieces of work and answers that wait, held ones included.
  std::size_t queued() const;
  // The same in two steps, for what may happen between them: the work is done (a batch is
  // durable, a read has seen what was there) and its completion comes later.
  bool work_one();
  bool answer_one(bool reads_first = false);

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
  template <typename T, typename Read>
  void queue_read(Completion<Result<T>> done, Read read);
  void announce();

  MemoryDisk& disk_;
  Executor post_;
  using Answer = std::function<void()>;
  using Work = std::function<Answer()>;
  std::deque<Work> commits_;
  std::deque<Work> reads_;
  std::deque<Answer> commit_answers_;
  std::deque<Answer> read_answers_;
  bool hold_commits_ = false;
  bool hold_read_answers_ = false;
  bool fail_commits_ = false;
  bool fail_reads_ = false;
};

}  // namespace parley::hub
