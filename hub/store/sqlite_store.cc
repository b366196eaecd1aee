#include "hub/store/sqlite_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <utility>

#include "hub/store/batch_writer.h"
#include "hub/store/rows.h"
#include "hub/store/schema.h"
#include "hub/store/work_queue.h"

namespace parley::hub {

namespace {

// While running, every error of the database is one that may pass: a disk that fills up is
// emptied again, and damage is found out at the next start.
Error running_error(const SqliteError& error) {
  return {ErrorCode::storage_unavailable, error.what(), seconds(2).ms};
}

// Held while the process lives; the system lets go of it even after a SIGKILL.
class LockFile {
 public:
  explicit LockFile(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    held_ = descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
  }
  ~LockFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  bool opened() const { return descriptor_ >= 0; }
  bool held() const { return held_; }

 private:
  int descriptor_;
  bool held_ = false;
};

}  // namespace

struct SqliteStore::Parts {
  Parts(std::unique_ptr<LockFile> lock, std::unique_ptr<Database> for_writing,
        std::unique_ptr<Database> for_reading, Executor executor)
      : lock_file(std::move(lock)),
        write_db(std::move(for_writing)),
        read_db(std::move(for_reading)),
        post(std::move(executor)),
        batches(*write_db) {}

  std::unique_ptr<LockFile> lock_file;
  std::unique_ptr<Database> write_db;
  std::unique_ptr<Database> read_db;
  Executor post;
  BatchWriter batches;
  // Last, so that the threads end before what they use.
  WorkQueue writer;
  WorkQueue reader;
};

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path, Executor post) {
  auto lock = std::make_unique<LockFile>(path + ".lock");
  if (!lock->opened()) {
    return fail(ErrorCode::store_unwritable, "the data folder cannot be written");
  }
  if (!lock->held()) {
    return fail(ErrorCode::store_locked, "another process uses this data folder");
  }
  PARLEY_TRY(for_writing, open_for_writing(path));
  PARLEY_TRY(for_reading, open_for_reading(path));
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::make_unique<Parts>(
      std::move(lock), std::move(for_writing), std::move(for_reading), std::move(post))));
}

SqliteStore::SqliteStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SqliteStore::~SqliteStore() = default;

std::size_t SqliteStore::queued_commits() const { return parts_->writer.size(); }
std::size_t SqliteStore::queued_reads() const { return parts_->reader.size(); }

void SqliteStore::limit_pages_for_tests(std::int64_t pages) {
  parts_->writer.add([parts = parts_.get(), pages] {
    constexpr std::int64_t kNoLimit = 1'073'741'823;
    const std::string sql =
        "PRAGMA max_page_count = " + std::to_string(pages == 0 ? kNoLimit : pages);
    parts->write_db->execute(sql.c_str());
  });
}

void SqliteStore::commit(std::shared_ptr<const WriteBatch> batch,
                         Completion<Result<CommitReplies>> done) {
  parts_->writer.add(
      [parts = parts_.get(), batch = std::move(batch), done = std::move(done)]() mutable {
        Result<CommitReplies> result;
        try {
          result = parts->batches.write(*batch);
        } catch (const SqliteError& error) {
          result = fail(running_error(error));
        }
        batch.reset();
        parts->post([done = std::move(done), result = std::make_shared<Result<CommitReplies>>(
                                                 std::move(result))] { done(std::move(*result)); });
      });
}

template <typename T, typename Read>
void SqliteStore::read(Completion<Result<T>> done, Read read) {
  parts_->reader.add([parts = parts_.get(), done = std::move(done), read = std::move(read)] {
    auto result = std::make_shared<Result<T>>();
    try {
      *result = read(*parts->read_db);
    } catch (const SqliteError& error) {
      *result = fail(running_error(error));
    }
    parts->post([done, result] { done(std::move(*result)); });
  });
}

void SqliteStore::count_messages(std::uint64_t most, Completion<Result<std::uint64_t>> done) {
  read(std::move(done), [most](Database& db) { return read_message_count(db, most); });
}

void SqliteStore::load_hub(Completion<Result<std::optional<HubRecord>>> done) {
  read(std::move(done), [](Database& db) { return read_hub(db); });
}

void SqliteStore::load_account(AccountId id,
                               Completion<Result<std::optional<AccountRecord>>> done) {
  read(std::move(done), [id](Database& db) { return read_account(db, id); });
}

void SqliteStore::find_handle(std::string handle,
                              Completion<Result<std::optional<AccountId>>> done) {
  read(std::move(done),
       [handle = std::move(handle)](Database& db) { return read_handle(db, handle); });
}

void SqliteStore::find_credentials(std::string handle,
                                   Completion<Result<std::optional<Credentials>>> done) {
  read(std::move(done),
       [handle = std::move(handle)](Database& db) { return read_credentials(db, handle); });
}

void SqliteStore::find_session(TokenHash token,
                               Completion<Result<std::optional<DeviceAddress>>> done) {
  read(std::move(done), [token](Database& db) { return read_session(db, token); });
}

void SqliteStore::load_recovery(AccountId id, Completion<Result<Bytes>> done) {
  read(std::move(done), [id](Database& db) { return read_recovery(db, id); });
}

void SqliteStore::find_ticket(TicketKey key, Completion<Result<std::optional<Ticket>>> done) {
  read(std::move(done), [key](Database& db) { return read_ticket(db, key); });
}

void SqliteStore::read_mailbox(DeviceAddress of, AcceptedAt after, std::size_t max_count,
                               std::size_t max_bytes, Completion<Result<MailboxPage>> done) {
  read(std::move(done), [of, after, max_count, max_bytes](Database& db) {
    return read_page(db, of, after, max_count, max_bytes);
  });
}

void SqliteStore::find_send(DeviceAddress sender, SendId id,
                            Completion<Result<std::optional<SendResult>>> done) {
  read(std::move(done), [sender, id](Database& db) { return read_send(db, sender, id); });
}

void SqliteStore::list_sends(DeviceAddress sender, std::size_t max_count,
                             Completion<Result<std::optional<std::vector<std::uint32_t>>>> done) {
  read(std::move(done),
       [sender, max_count](Database& db) { return read_sends(db, sender, max_count); });
}

void SqliteStore::list_reports(ReportQuery query,
                               Completion<Result<std::vector<ReportRecord>>> done) {
  read(std::move(done),
       [query = std::move(query)](Database& db) { return read_reports(db, query); });
}

}  // namespace parley::hub
