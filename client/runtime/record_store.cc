#include "client/runtime/record_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "client/runtime/sqlite.h"
#include "lib/wire/wire.h"

namespace parley::client {
namespace {

namespace api = wire::client;
namespace local = wire::client_local;

constexpr int kSchemaVersion = 1;
constexpr int kApplicationId = 0x5041524c;  // "PARL"

constexpr std::string_view kFileName = "records.db";

constexpr const char* kSchema = R"(
  CREATE TABLE records (kind INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
                        PRIMARY KEY (kind, key));
  CREATE TABLE inbox (position INTEGER PRIMARY KEY AUTOINCREMENT, peer BLOB NOT NULL,
                      event BLOB NOT NULL);
  CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
  INSERT INTO facts VALUES ('open', 0);
)";

// The smallest key that is greater than every key with this prefix; empty: none.
Bytes end_of_prefix(ByteView prefix) {
  Bytes end = to_bytes(prefix);
  while (!end.empty() && end.back() == 0xff) end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

// Whose doing the event is, for drop_inbox_of.
ByteView peer_of(const api::Event& event) {
  if (const auto* added = std::get_if<api::MessageAdded>(&event.body)) {
    if (added->message) return added->message->peer_account_id;
  } else if (const auto* changed = std::get_if<api::MessageChanged>(&event.body)) {
    if (changed->message) return changed->message->peer_account_id;
  } else if (const auto* receipt = std::get_if<api::ReceiptArrived>(&event.body)) {
    return receipt->peer_account_id;
  } else if (const auto* notice = std::get_if<api::NoticeAdded>(&event.body)) {
    return notice->peer_account_id;
  } else if (const auto* request = std::get_if<api::RequestChanged>(&event.body)) {
    if (request->request) return request->request->peer_account_id;
  }
  return {};
}

// SQLite gives its journal files the mode of the database, so that is made first.
Status make_private_file(const std::filesystem::path& file) {
  const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (made < 0) {
    return fail(ErrorCode::store_unwritable, file.string() + ": " + std::strerror(errno));
  }
  const bool tightened = ::fchmod(made, 0600) == 0;
  ::close(made);
  if (!tightened) return fail(ErrorCode::store_unwritable, file.string() + ": cannot be private");
  return {};
}

}  // namespace

// The connection and the statements that are used all the time.
class RecordStore::Database {
 public:
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file);
  ~Database();

  Result<std::vector<std::uint64_t>> write_all(std::span<const api::Write> writes,
                                               std::span<const api::Event* const> events,
                                               bool wipe);
  Status write(const api::Write& write);
  Result<std::uint64_t> append(const api::Event& event);
  Status get(const api::GetRecord& what, std::uint32_t kind, api::QueryReply& reply);
  Status scan(const api::ScanRecords& what, std::uint32_t kind, api::QueryReply& reply);

  explicit Database(sqlite::Connection opened) : connection(std::move(opened)) {}

  sqlite::Connection connection;
  sqlite::Statement begin, commit, rollback, put, remove, get_one, scan_up, scan_down, add_event,
      read_events, drop_events, drop_events_of, trim_events;

 private:
  Status prepare_schema();
  Status check(const std::filesystem::path& file);
  Status prepare_statements();
  static Status add(sqlite::Run& run, api::QueryReply& reply);
};

Result<std::unique_ptr<RecordStore::Database>> RecordStore::Database::open(
    const std::filesystem::path& file) {
  PARLEY_TRY(connection, sqlite::Connection::open(file));
  auto database = std::make_unique<Database>(std::move(connection));
  // secure_delete: what is removed is overwritten (keys, disappeared messages).
  PARLEY_CHECK(database->connection.execute(
      "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
      "PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON;"
      "PRAGMA cell_size_check=ON; PRAGMA journal_size_limit=4194304;"));
  PARLEY_CHECK(database->prepare_schema());
  PARLEY_CHECK(database->check(file));
  PARLEY_CHECK(database->prepare_statements());
  return database;
}

Status RecordStore::Database::prepare_schema() {
  PARLEY_TRY(version, connection.number("PRAGMA user_version"));
  if (version > kSchemaVersion) return fail(ErrorCode::store_too_new);
  PARLEY_TRY(application, connection.number("PRAGMA application_id"));
  if (version == kSchemaVersion && application == kApplicationId) return {};
  PARLEY_TRY(tables, connection.number("SELECT count(*) FROM sqlite_schema"));
  if (tables != 0) return fail(ErrorCode::store_damaged, "this is another program's database");
  return connection.execute(std::string("BEGIN IMMEDIATE;") + kSchema +
                            "PRAGMA application_id=" + std::to_string(kApplicationId) +
                            ";PRAGMA user_version=" + std::to_string(kSchemaVersion) + ";COMMIT;");
}

Status RecordStore::Database::check(const std::filesystem::path& file) {
  PARLEY_TRY(left_open, connection.number("SELECT value FROM facts WHERE name='open'"));
  std::error_code ignored;
  if (left_open != 0 || std::filesystem::file_size(file, ignored) <= kAlwaysCheckedBytes) {
    PARLEY_TRY(verdict, connection.text("PRAGMA quick_check(1)"));
    if (verdict != "ok") return fail(ErrorCode::store_damaged, verdict);
  }
  return connection.execute("UPDATE facts SET value=1 WHERE name='open'");
}

Status RecordStore::Database::prepare_statements() {
  struct Named {
    sqlite::Statement& statement;
    const char* sql;
  };
  const Named all[] = {
      {begin, "BEGIN IMMEDIATE"},
      {commit, "COMMIT"},
      {rollback, "ROLLBACK"},
      {put,
       "INSERT INTO records VALUES (?1, ?2, ?3)"
       " ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value"},
      {remove, "DELETE FROM records WHERE kind = ?1 AND key = ?2"},
      {get_one, "SELECT key, value FROM records WHERE kind = ?1 AND key = ?2"},
      // ?2 <= key < ?3 (no upper bound where ?5 is 0), strictly after ?4.
      {scan_up,
       "SELECT key, value FROM records WHERE kind = ?1 AND key >= ?2 AND (?5 = 0 OR key < ?3)"
       " AND (?6 = 0 OR key > ?4) ORDER BY key ASC LIMIT ?7"},
      {scan_down,
       "SELECT key, value FROM records WHERE kind = ?1 AND key >= ?2 AND (?5 = 0 OR key < ?3)"
       " AND (?6 = 0 OR key < ?4) ORDER BY key DESC LIMIT ?7"},
      {add_event, "INSERT INTO inbox (peer, event) VALUES (?1, ?2)"},
      {read_events,
       "SELECT position, event FROM inbox WHERE position > ?1 ORDER BY position LIMIT ?2"},
      {drop_events, "DELETE FROM inbox WHERE position <= ?1"},
      {drop_events_of, "DELETE FROM inbox WHERE peer = ?1"},
      {trim_events, "DELETE FROM inbox WHERE position <= (SELECT max(position) FROM inbox) - ?1"},
  };
  for (const auto& [statement, sql] : all) {
    PARLEY_TRY(prepared, connection.prepare(sql));
    statement = std::move(prepared);
  }
  return {};
}

RecordStore::Database::~Database() {
  // Says that the end was orderly; if it cannot be said, the next start checks.
  (void)connection.execute("UPDATE facts SET value=0 WHERE name='open'");
}

Status RecordStore::Database::write(const api::Write& write) {
  auto run = write.remove ? remove.run() : put.run();
  run.bind(1, std::int64_t{write.kind}).bind(2, write.key);
  if (!write.remove) run.bind(3, write.value.view());
  return run.finish();
}

Result<std::uint64_t> RecordStore::Database::append(const api::Event& event) {
  const Bytes encoded = wire::encode(event);
  auto run = add_event.run();
  PARLEY_CHECK(run.bind(1, peer_of(event)).bind(2, encoded).finish());
  return static_cast<std::uint64_t>(sqlite3_last_insert_rowid(connection.raw()));
}

Result<std::vector<std::uint64_t>> RecordStore::Database::write_all(
    std::span<const api::Write> writes, std::span<const api::Event* const> events, bool wipe) {
  std::vector<std::uint64_t> positions;
  if (wipe) PARLEY_CHECK(connection.execute("DELETE FROM records; DELETE FROM inbox;"));
  for (const auto& one : writes) PARLEY_CHECK(write(one));
  for (const auto* event : events) {
    PARLEY_TRY(position, append(*event));
    positions.push_back(position);
  }
  if (!events.empty()) {
    PARLEY_CHECK(trim_events.run().bind(1, RecordStore::kMaxInboxEvents).finish());
  }
  return positions;
}

Status RecordStore::Database::add(sqlite::Run& run, api::QueryReply& reply) {
  api::StoredRecord record;
  record.key = to_bytes(run.blob(0));
  record.value = SecretBuffer(run.blob(1));
  reply.records.push_back(std::move(record));
  return {};
}

Status RecordStore::Database::get(const api::GetRecord& what, std::uint32_t kind,
                                  api::QueryReply& reply) {
  auto run = get_one.run();
  PARLEY_TRY(found, run.bind(1, std::int64_t{kind}).bind(2, what.key).step());
  return found ? add(run, reply) : Status();
}

Status RecordStore::Database::scan(const api::ScanRecords& what, std::uint32_t kind,
                                   api::QueryReply& reply) {
  const Bytes end = end_of_prefix(what.prefix);
  const auto limit = std::min(what.limit, RecordStore::kMaxScanRecords);
  auto run = what.descending ? scan_down.run() : scan_up.run();
  run.bind(1, std::int64_t{kind}).bind(2, what.prefix).bind(3, end).bind(4, what.after);
  run.bind(5, std::int64_t{!end.empty()}).bind(6, std::int64_t{!what.after.empty()});
  run.bind(7, std::int64_t{limit});
  while (true) {
    PARLEY_TRY(row, run.step());
    if (!row) return {};
    PARLEY_CHECK(add(run, reply));
  }
}

Result<std::unique_ptr<RecordStore>> RecordStore::open(const std::filesystem::path& folder) {
  PARLEY_CHECK(make_private_folder(folder));
  PARLEY_TRY(lock, FolderLock::take(folder));
  const auto file = folder / kFileName;
  PARLEY_CHECK(make_private_file(file));
  auto database = Database::open(file);
  if (!database)
    return fail(Error{database.error().code, file.string() + ": " + database.error().detail});
  return std::unique_ptr<RecordStore>(
      new RecordStore(folder, std::move(lock), std::move(*database)));
}

RecordStore::RecordStore(std::filesystem::path folder, FolderLock lock,
                         std::unique_ptr<Database> database)
    : folder_(std::move(folder)), lock_(std::move(lock)), database_(std::move(database)) {}

RecordStore::~RecordStore() = default;

Result<std::vector<std::uint64_t>> RecordStore::apply(std::span<const api::Write> writes,
                                                      std::span<const api::Event* const> events,
                                                      bool wipe) {
  if (writes.empty() && events.empty() && !wipe) return {};
  PARLEY_CHECK(database_->begin.run().finish());
  auto positions = database_->write_all(writes, events, wipe);
  Status committed;
  if (positions) committed = database_->commit.run().finish();
  if (positions && committed) return positions;
  // SQLite has rolled back by itself after some errors; then this one fails.
  (void)database_->rollback.run().finish();
  return fail(positions ? committed.error() : positions.error());
}

Result<api::QueryReply> RecordStore::answer(const api::Query& query) {
  api::QueryReply reply;
  reply.id = query.id;
  if (const auto* get = std::get_if<api::GetRecord>(&query.what)) {
    PARLEY_CHECK(database_->get(*get, query.kind, reply));
  } else if (const auto* scan = std::get_if<api::ScanRecords>(&query.what)) {
    PARLEY_CHECK(database_->scan(*scan, query.kind, reply));
  }
  return reply;
}

Result<std::vector<local::NewEvent>> RecordStore::read_inbox(std::uint64_t after,
                                                             std::uint32_t limit) {
  std::vector<local::NewEvent> found;
  auto run = database_->read_events.run();
  run.bind(1, static_cast<std::int64_t>(after)).bind(2, std::int64_t{limit});
  while (true) {
    PARLEY_TRY(row, run.step());
    if (!row) return found;
    auto event = wire::decode<api::Event>(run.blob(1));
    if (!event) return fail(ErrorCode::store_damaged, "inbox: " + event.error().detail);
    local::NewEvent entry;
    entry.inbox_position = static_cast<std::uint64_t>(run.number(0));
    entry.event = std::move(*event);
    found.push_back(std::move(entry));
  }
}

Status RecordStore::drop_inbox(std::uint64_t through) {
  return database_->drop_events.run().bind(1, static_cast<std::int64_t>(through)).finish();
}

Status RecordStore::drop_inbox_of(ByteView peer) {
  return database_->drop_events_of.run().bind(1, peer).finish();
}

Status RecordStore::destroy() {
  database_.reset();
  std::error_code error;
  for (const char* name : {"records.db", "records.db-wal", "records.db-shm", "lock"}) {
    std::error_code each;
    std::filesystem::remove(folder_ / name, each);
    if (each) error = each;
  }
  if (error) return fail(ErrorCode::store_unwritable, folder_.string() + ": " + error.message());
  std::filesystem::remove(folder_, error);  // stays if something else lies in it
  return {};
}

Status RecordStore::limit_pages(int pages) {
  return database_->connection.execute("PRAGMA max_page_count=" + std::to_string(pages));
}

}  // namespace parley::client
