// Reads and the order of work; what is written is memory_disk.cc's.
#include "hub/engine/memory_store.h"

namespace parley::hub {
namespace {

std::uint64_t bytes_in(const std::map<AcceptedAt, Bytes>& mailbox) {
  std::uint64_t sum = 0;
  for (const auto& [at, frame] : mailbox) sum += frame.size();
  return sum;
}

}  // namespace

MemoryStore::MemoryStore(MemoryDisk& disk, Executor post) : disk_(disk), post_(std::move(post)) {}

bool MemoryStore::work_one() {
  // Reads overtake commits that are held, as they do with a database of its own reader.
  const bool commit = !commits_.empty() && !hold_commits_;
  auto& from = commit ? commits_ : reads_;
  if (from.empty()) return false;
  const Work work = std::move(from.front());
  from.pop_front();
  (commit ? commit_answers_ : read_answers_).push_back(work());
  return true;
}

bool MemoryStore::answer_one(bool reads_first) {
  const bool reads = !read_answers_.empty() && !hold_read_answers_;
  auto& from = reads && (reads_first || commit_answers_.empty()) ? read_answers_ : commit_answers_;
  if (from.empty()) return false;
  const Answer answer = std::move(from.front());
  from.pop_front();
  answer();
  return true;
}

bool MemoryStore::run_one() {
  if (answer_one()) return true;
  if (!work_one()) return false;
  answer_one();
  return true;
}

void MemoryStore::run_all() {
  while (run_one()) {
  }
}

std::size_t MemoryStore::queued() const {
  return commits_.size() + reads_.size() + commit_answers_.size() + read_answers_.size();
}

void MemoryStore::announce() {
  if (post_) post_([this] { run_one(); });
}

void MemoryStore::commit(std::shared_ptr<const WriteBatch> batch,
                         Completion<Result<CommitReplies>> done) {
  commits_.push_back([this, batch = std::move(batch), done = std::move(done)]() -> Answer {
    Result<CommitReplies> result = fail(ErrorCode::storage_unavailable, "fault injected");
    if (!fail_commits_) result = disk_.apply(*batch);
    return [done, result = std::make_shared<Result<CommitReplies>>(std::move(result))] {
      done(std::move(*result));
    };
  });
  announce();
}

template <typename T, typename Read>
void MemoryStore::queue_read(Completion<Result<T>> done, Read read) {
  reads_.push_back([this, done = std::move(done), read = std::move(read)]() -> Answer {
    Result<T> result = fail(ErrorCode::storage_unavailable, "fault injected");
    if (!fail_reads_) result = read();
    return [done, result = std::make_shared<Result<T>>(std::move(result))] {
      done(std::move(*result));
    };
  });
  announce();
}

void MemoryStore::load_hub(Completion<Result<std::optional<HubRecord>>> done) {
  queue_read(std::move(done), [this]() -> Result<std::optional<HubRecord>> {
    if (!disk_.hub_) return std::optional<HubRecord>();
    HubRecord record;
    record.id = *disk_.hub_;
    record.reserved_until = disk_.reserved_until_;
    for (const auto& [id, key] : disk_.stamp_keys_) {
      record.stamp_keys.push_back({id, key.key.clone(), key.created});
    }
    for (const auto& [id, provider] : disk_.providers_) record.providers.push_back(provider);
    for (const auto& [key, day] : disk_.provider_days_) record.provider_days.push_back(day);
    std::map<std::string, std::uint64_t> people;
    for (const auto& [id, account] : disk_.accounts_) {
      if (!account.record.deleted && !account.record.provider.empty()) {
        ++people[account.record.provider];
      }
    }
    for (const auto& [provider, count] : people) record.people.push_back({provider, count});
    record.leaving.assign(disk_.leaving_.begin(), disk_.leaving_.end());
    return std::optional<HubRecord>(std::move(record));
  });
}

void MemoryStore::load_account(AccountId id,
                               Completion<Result<std::optional<AccountRecord>>> done) {
  queue_read(std::move(done), [this, id]() -> Result<std::optional<AccountRecord>> {
    const auto found = disk_.accounts_.find(id);
    if (found == disk_.accounts_.end()) return std::optional<AccountRecord>();
    AccountRecord record = found->second.record;
    record.has_recovery = !found->second.recovery.empty();
    for (const auto& [device_id, device] : found->second.devices) {
      DeviceRecord& copy = record.devices.emplace_back(device.record);
      copy.prekeys = MemoryDisk::state_of(device);
      copy.mailbox_bytes = bytes_in(device.mailbox);
      copy.mailbox_count = device.mailbox.size();
      if (!device.mailbox.empty()) copy.mailbox_newest = device.mailbox.rbegin()->first;
    }
    for (const auto& [other, relation] : found->second.relations) {
      record.relations.push_back({other, relation});
    }
    return std::optional<AccountRecord>(std::move(record));
  });
}

void MemoryStore::find_handle(std::string handle,
                              Completion<Result<std::optional<AccountId>>> done) {
  queue_read(std::move(done),
             [this, handle = std::move(handle)]() -> Result<std::optional<AccountId>> {
               const auto found = disk_.handles_.find(handle);
               if (found == disk_.handles_.end()) return std::optional<AccountId>();
               return std::optional<AccountId>(found->second);
             });
}

void MemoryStore::find_credentials(std::string handle,
                                   Completion<Result<std::optional<Credentials>>> done) {
  queue_read(std::move(done),
             [this, handle = std::move(handle)]() -> Result<std::optional<Credentials>> {
               const auto found = disk_.handles_.find(handle);
               if (found == disk_.handles_.end()) return std::optional<Credentials>();
               const MemoryDisk::Account& account = disk_.accounts_[found->second];
               if (account.record.deleted || !account.record.provider.empty())
                 return std::optional<Credentials>();
               return std::optional<Credentials>({found->second, account.password_hash});
             });
}

void MemoryStore::find_session(TokenHash token,
                               Completion<Result<std::optional<DeviceAddress>>> done) {
  queue_read(std::move(done), [this, token]() -> Result<std::optional<DeviceAddress>> {
    const auto found = disk_.sessions_.find(token);
    if (found == disk_.sessions_.end()) return std::optional<DeviceAddress>();
    return std::optional<DeviceAddress>(found->second);
  });
}

void MemoryStore::load_recovery(AccountId id, Completion<Result<Bytes>> done) {
  queue_read(std::move(done), [this, id]() -> Result<Bytes> {
    const auto found = disk_.accounts_.find(id);
    return found == disk_.accounts_.end() ? Bytes() : found->second.recovery;
  });
}

void MemoryStore::find_ticket(TicketKey key, Completion<Result<std::optional<Ticket>>> done) {
  queue_read(std::move(done), [this, key]() -> Result<std::optional<Ticket>> {
    const auto found = disk_.tickets_.find(key);
    if (found == disk_.tickets_.end()) return std::optional<Ticket>();
    return std::optional<Ticket>(found->second);
  });
}

void MemoryStore::read_mailbox(DeviceAddress of, AcceptedAt after, std::size_t max_count,
                               std::size_t max_bytes, Completion<Result<MailboxPage>> done) {
  queue_read(std::move(done), [this, of, after, max_count, max_bytes]() -> Result<MailboxPage> {
    MailboxPage page;
    page.last = true;
    const MemoryDisk::Device* device = disk_.find(of);
    if (device == nullptr) return page;
    std::size_t bytes = 0;
    for (auto it = device->mailbox.upper_bound(after); it != device->mailbox.end(); ++it) {
      bytes += it->second.size();
      if (!page.messages.empty() && (page.messages.size() >= max_count || bytes > max_bytes)) {
        page.last = false;
        break;
      }
      page.messages.push_back({it->first, it->second});
    }
    return page;
  });
}

void MemoryStore::find_send(DeviceAddress sender, SendId id,
                            Completion<Result<std::optional<SendResult>>> done) {
  queue_read(std::move(done), [this, sender, id]() -> Result<std::optional<SendResult>> {
    const MemoryDisk::Device* device = disk_.find(sender);
    if (device == nullptr) return std::optional<SendResult>();
    const auto found = device->sends.find(id);
    if (found == device->sends.end()) return std::optional<SendResult>();
    return std::optional<SendResult>(found->second);
  });
}

void MemoryStore::list_sends(DeviceAddress sender, std::size_t max_count,
                             Completion<Result<std::optional<std::vector<std::uint32_t>>>> done) {
  using Hashes = std::vector<std::uint32_t>;
  queue_read(std::move(done), [this, sender, max_count]() -> Result<std::optional<Hashes>> {
    const MemoryDisk::Device* device = disk_.find(sender);
    if (device == nullptr) return std::optional<Hashes>(Hashes());
    if (device->sends.size() > max_count) return std::optional<Hashes>();
    Hashes hashes;
    for (const auto& [id, result] : device->sends) hashes.push_back(short_hash(id));
    return std::optional<Hashes>(std::move(hashes));
  });
}

void MemoryStore::list_reports(ReportQuery query,
                               Completion<Result<std::vector<ReportRecord>>> done) {
  queue_read(std::move(done),
             [this, query = std::move(query)]() -> Result<std::vector<ReportRecord>> {
               std::vector<ReportRecord> found;
               for (auto it = disk_.reports_.upper_bound(query.after);
                    it != disk_.reports_.end() && found.size() < query.max_count; ++it) {
                 const ReportRecord& report = it->second;
                 if (query.open_only && !report.resolution.empty()) continue;
                 if (!query.provider.empty() && report.provider != query.provider) continue;
                 found.push_back(report);
               }
               return found;
             });
}

}  // namespace parley::hub
