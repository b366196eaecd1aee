#include "hub/store/schema.h"

#include <utility>

#include "hub/engine/records.h"

namespace parley::hub {

namespace {

// Times of accounts and tickets are milliseconds, accepted times
// microseconds since the Unix epoch.
constexpr const char* kSchemaV1 = R"sql(
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE stamp_keys (
  id      INTEGER PRIMARY KEY,
  key     BLOB NOT NULL,
  created INTEGER NOT NULL
);

CREATE TABLE accounts (
  id            BLOB PRIMARY KEY,
  handle        TEXT NOT NULL UNIQUE,
  country       TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  identity_key  BLOB NOT NULL,
  profile_name  TEXT NOT NULL DEFAULT '',
  recovery      BLOB NOT NULL DEFAULT x'',
  deleted       INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- `number` names a device in the large tables below, compactly; it is never reused.
CREATE TABLE devices (
  number           INTEGER PRIMARY KEY AUTOINCREMENT,
  account          BLOB NOT NULL,
  id               INTEGER NOT NULL,
  registration_id  INTEGER NOT NULL,
  name             BLOB NOT NULL,
  created          INTEGER NOT NULL,
  last_seen        INTEGER NOT NULL,
  session          BLOB NOT NULL UNIQUE,  -- SHA-256 of the token
  signed_id        INTEGER NOT NULL DEFAULT 0,
  signed_key       BLOB,
  signed_signature BLOB,
  resort_id        INTEGER NOT NULL DEFAULT 0,
  resort_key       BLOB,
  resort_signature BLOB,
  UNIQUE (account, id)
);

-- A key that was handed out stays as a digest, so that a repeated upload cannot bring it
-- back. kind: 1 Curve25519, 2 Kyber.
CREATE TABLE one_time_keys (
  device    INTEGER NOT NULL,
  kind      INTEGER NOT NULL,
  taken     INTEGER NOT NULL,
  id        INTEGER NOT NULL,
  digest    BLOB NOT NULL,
  key       BLOB,
  signature BLOB,
  PRIMARY KEY (device, kind, taken, id)
) WITHOUT ROWID;

CREATE TABLE relations (
  account  BLOB NOT NULL,
  other    BLOB NOT NULL,
  relation INTEGER NOT NULL,
  PRIMARY KEY (account, other)
) WITHOUT ROWID;

-- In the order of acceptance: new messages fill pages one after the other instead of
-- touching a page of every mailbox, which is what makes group commit cheap; what expires
-- lies together at the beginning.
CREATE TABLE messages (
  accepted_at INTEGER NOT NULL,
  device      INTEGER NOT NULL,
  size        INTEGER NOT NULL,
  frame       BLOB NOT NULL,
  PRIMARY KEY (accepted_at, device)
) WITHOUT ROWID;
CREATE UNIQUE INDEX messages_of_device ON messages (device, accepted_at, size);

-- hash: the first four bytes of the send id.
CREATE TABLE sends (
  accepted_at INTEGER PRIMARY KEY,
  device      INTEGER NOT NULL,
  hash        INTEGER NOT NULL,
  send_id     BLOB NOT NULL,
  fingerprint INTEGER NOT NULL,
  stamp_key   INTEGER NOT NULL,
  stamp       BLOB NOT NULL
);
CREATE INDEX sends_of_device ON sends (device, hash);

CREATE TABLE tickets (
  key      BLOB PRIMARY KEY,
  kind     INTEGER NOT NULL,
  expires  INTEGER NOT NULL,
  account  BLOB,
  envelope BLOB NOT NULL,
  granted  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX tickets_by_expiry ON tickets (expires);
)sql";

// Third-party chats, requests and reports. Lists of names are joined by newlines; features
// are a byte each.
constexpr const char* kSchemaV2 = R"sql(
ALTER TABLE relations ADD COLUMN was_accepted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE relations ADD COLUMN requests_sent INTEGER NOT NULL DEFAULT 0;
UPDATE relations SET was_accepted = 1 WHERE relation = 1;

ALTER TABLE accounts ADD COLUMN provider TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN third_party_enabled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN third_party_reachable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN third_party_providers TEXT NOT NULL DEFAULT '';

-- Of a device of another service: the Ed25519 key that signs its hellos.
ALTER TABLE devices ADD COLUMN auth_key BLOB;

CREATE TABLE providers (
  id             TEXT PRIMARY KEY,
  display_name   TEXT NOT NULL,
  id_form        INTEGER NOT NULL,
  protection     INTEGER NOT NULL,
  features       BLOB NOT NULL,
  jwks_url       TEXT NOT NULL,
  push_url       TEXT NOT NULL,
  media_base_url TEXT NOT NULL,
  retention      TEXT NOT NULL,
  jurisdiction   TEXT NOT NULL,
  who_can_read   TEXT NOT NULL,
  policy_contact TEXT NOT NULL,
  policy_url     TEXT NOT NULL,
  logo           BLOB NOT NULL,
  contact        TEXT NOT NULL,
  state          INTEGER NOT NULL,
  state_reason   TEXT NOT NULL,
  live_since     INTEGER NOT NULL,
  new_people     INTEGER NOT NULL,
  sandbox        TEXT NOT NULL,
  private        INTEGER NOT NULL,
  resumed        INTEGER NOT NULL
) WITHOUT ROWID;

-- day: of UTC, since the epoch.
CREATE TABLE provider_days (
  provider       TEXT NOT NULL,
  day            INTEGER NOT NULL,
  first_contacts INTEGER NOT NULL DEFAULT 0,
  reports        INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (provider, day)
) WITHOUT ROWID;

-- report: as it came (channel.proto, Report).
CREATE TABLE reports (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  reporter   BLOB NOT NULL,
  report_id  BLOB NOT NULL,
  accused    BLOB NOT NULL,
  provider   TEXT NOT NULL,
  proven     INTEGER NOT NULL,
  received   INTEGER NOT NULL,
  report     BLOB NOT NULL,
  resolution TEXT NOT NULL,
  note       TEXT NOT NULL,
  UNIQUE (reporter, report_id)
);
)sql";

// Where a browser is told that something waits (Web Push).
constexpr const char* kSchemaV3 = R"sql(
ALTER TABLE devices ADD COLUMN push_endpoint TEXT NOT NULL DEFAULT '';
)sql";

// How people of services and reports end.
constexpr const char* kSchemaV4 = R"sql(
-- Services that were removed and whose people's accounts are not all ended yet; also those of
-- before, whose people had been left.
CREATE TABLE leaving_providers (
  id TEXT PRIMARY KEY
) WITHOUT ROWID;
INSERT INTO leaving_providers SELECT DISTINCT provider FROM accounts
  WHERE provider <> '' AND deleted = 0 AND provider NOT IN (SELECT id FROM providers);
DELETE FROM provider_days WHERE provider NOT IN (SELECT id FROM providers);

ALTER TABLE accounts ADD COLUMN deleted_at INTEGER NOT NULL DEFAULT 0;
UPDATE accounts SET deleted_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000 WHERE deleted = 1;
CREATE INDEX people ON accounts (provider) WHERE provider <> '' AND deleted = 0;
CREATE INDEX gone_people ON accounts (deleted_at) WHERE provider <> '' AND deleted = 1;
CREATE INDEX relations_to ON relations (other);

ALTER TABLE reports ADD COLUMN resolved INTEGER NOT NULL DEFAULT 0;
UPDATE reports SET resolved = received WHERE resolution <> '';
CREATE INDEX reports_of ON reports (accused);
CREATE INDEX reports_by_time ON reports (received);
CREATE INDEX resolved_reports ON reports (resolved) WHERE resolution <> '';

-- What the reports about a service's people weigh together; see kReportOverheadBytes.
CREATE TABLE report_sizes (
  provider TEXT PRIMARY KEY,
  bytes    INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO report_sizes SELECT provider, sum(length(report) + 256) FROM reports GROUP BY provider;
)sql";
static_assert(kReportOverheadBytes == 256);

// What resuming a suspended service brings back. Of those suspended until now the best guess.
// States: 2 sandbox, 3 live, 4 suspended.
constexpr const char* kSchemaV5 = R"sql(
ALTER TABLE providers ADD COLUMN suspended_from INTEGER NOT NULL DEFAULT 0;
UPDATE providers SET suspended_from = CASE sandbox WHEN '' THEN 3 ELSE 2 END WHERE state = 4;
)sql";

// Step i brings version i to version i + 1.
constexpr const char* kMigrations[kSchemaVersion] = {kSchemaV1, kSchemaV2, kSchemaV3, kSchemaV4,
                                                     kSchemaV5};

void migrate(Database& database) {
  const auto version = static_cast<int>(database.integer("PRAGMA user_version"));
  if (version == kSchemaVersion) return;
  database.execute("BEGIN IMMEDIATE");
  for (int i = version; i < kSchemaVersion; ++i) database.execute(kMigrations[i]);
  const std::string set = "PRAGMA user_version = " + std::to_string(kSchemaVersion);
  database.execute(set.c_str());
  database.execute("COMMIT");
}

Status check(Database& database) {
  const auto version = database.integer("PRAGMA user_version");
  if (version > kSchemaVersion || version < 0) {
    return fail(ErrorCode::store_too_new, "database version " + std::to_string(version) +
                                              ", this program knows up to " +
                                              std::to_string(kSchemaVersion));
  }
  const std::int64_t bytes =
      database.integer("PRAGMA page_count") * database.integer("PRAGMA page_size");
  if (bytes > kFullCheckBytes) return {};
  const std::string found = database.text("PRAGMA quick_check(1)");
  return found == "ok" ? Status() : fail(ErrorCode::store_damaged, found);
}

}  // namespace

Error opening_error(const SqliteError& error) {
  switch (error.code()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::store_locked, error.what(), 0};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::store_damaged, error.what(), 0};
    default:
      return {ErrorCode::store_unwritable, error.what(), 0};
  }
}

Result<std::unique_ptr<Database>> open_for_writing(const std::string& path) try {
  auto database = std::make_unique<Database>(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  database->execute("PRAGMA busy_timeout = 2000");
  PARLEY_CHECK(check(*database));
  database->execute(
      "PRAGMA journal_mode = WAL;"
      "PRAGMA synchronous = FULL;"
      // 64 MiB of pages; checkpoints every 64 MiB of log, so that a page that changes often
      // is copied back once.
      "PRAGMA cache_size = -65536;"
      "PRAGMA wal_autocheckpoint = 16384;"
      "PRAGMA journal_size_limit = 134217728;"
      "PRAGMA temp_store = MEMORY;");
  migrate(*database);
  return database;
} catch (const SqliteError& error) {
  return fail(opening_error(error));
}

Result<std::unique_ptr<Database>> open_for_reading(const std::string& path) try {
  auto database = std::make_unique<Database>(path, SQLITE_OPEN_READWRITE);
  database->execute(
      "PRAGMA busy_timeout = 2000;"
      "PRAGMA query_only = ON;"
      "PRAGMA cache_size = -32768;");
  return database;
} catch (const SqliteError& error) {
  return fail(opening_error(error));
}

}  // namespace parley::hub
