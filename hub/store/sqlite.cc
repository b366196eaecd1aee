#include "hub/store/sqlite.h"

namespace parley::hub {

Statement::Statement(sqlite3* database, const char* sql) {
  const int code =
      sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  if (code != SQLITE_OK) throw SqliteError(code, sqlite3_errmsg(database));
}

void Statement::check(int code) const {
  if (code == SQLITE_OK) return;
  throw SqliteError(code, sqlite3_errmsg(sqlite3_db_handle(statement_)));
}

void Statement::bind_one(int index, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, index, value));
}

void Statement::bind_one(int index, ByteView value) {
  // An empty blob, not NULL.
  static constexpr std::uint8_t kNothing = 0;
  const void* data = value.empty() ? &kNothing : value.data();
  check(sqlite3_bind_blob64(statement_, index, data, value.size(), SQLITE_STATIC));
}

void Statement::bind_one(int index, const std::string& value) {
  check(sqlite3_bind_text64(statement_, index, value.data(), value.size(), SQLITE_STATIC,
                            SQLITE_UTF8));
}

void Statement::run() {
  while (next()) {
  }
}

bool Statement::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  const SqliteError error(code, sqlite3_errmsg(sqlite3_db_handle(statement_)));
  reset();
  throw error;
}

void Statement::reset() { sqlite3_reset(statement_); }

ByteView Statement::blob(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string Statement::text(int column) const { return std::string(as_text(blob(column))); }

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Database::Database(const std::string& path, int flags) {
  const int code = sqlite3_open_v2(path.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code == SQLITE_OK) {
    sqlite3_extended_result_codes(handle_, 1);
    return;
  }
  const SqliteError error(code, handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory");
  sqlite3_close(handle_);
  throw error;
}

Database::~Database() {
  statements_.clear();
  sqlite3_close(handle_);
}

void Database::execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw SqliteError(code, sqlite3_errmsg(handle_));
}

Statement& Database::prepared(const char* sql) {
  auto& statement = statements_[sql];
  if (!statement) statement = std::make_unique<Statement>(handle_, sql);
  return *statement;
}

Statement& Database::row(const char* sql) {
  Statement& statement = prepared(sql).bind();
  if (!statement.next()) throw SqliteError(SQLITE_CORRUPT, "a value is missing");
  return statement;
}

std::int64_t Database::integer(const char* sql) {
  Statement& statement = row(sql);
  const std::int64_t value = statement.integer(0);
  statement.reset();
  return value;
}

std::string Database::text(const char* sql) {
  Statement& statement = row(sql);
  std::string value = statement.text(0);
  statement.reset();
  return value;
}

}  // namespace parley::hub
