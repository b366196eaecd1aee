#include "client/runtime/sqlite.h"

namespace parley::client::sqlite {
namespace {

ErrorCode meaning_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::store_damaged;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::store_locked;
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return ErrorCode::store_unwritable;
    default:
      return ErrorCode::internal;
  }
}

}  // namespace

Error error_of(int code, ::sqlite3* connection) {
  std::string detail = sqlite3_errstr(code);
  if (connection != nullptr) detail += std::string(": ") + sqlite3_errmsg(connection);
  return {meaning_of(code), std::move(detail)};
}

Run& Run::bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(statement_, parameter, value);
  return *this;
}

Run& Run::bind(int parameter, ByteView value) {
  // A null pointer would bind NULL, which is not the empty blob.
  const void* data = value.empty() ? static_cast<const void*>("") : value.data();
  sqlite3_bind_blob64(statement_, parameter, data, value.size(), SQLITE_STATIC);
  return *this;
}

Result<bool> Run::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail(error_of(code, sqlite3_db_handle(statement_)));
}

Status Run::finish() {
  PARLEY_TRY(row, step());
  (void)row;
  return {};
}

ByteView Run::blob(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Result<Connection> Connection::open(const std::filesystem::path& file) {
  ::sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
  Connection connection(raw);
  if (code != SQLITE_OK) return fail(error_of(code, raw));
  return connection;
}

Status Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(raw_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error_of(code, raw_.get()));
  return {};
}

Result<std::int64_t> Connection::number(std::string_view sql) {
  PARLEY_TRY(statement, prepare(sql));
  auto run = statement.run();
  PARLEY_TRY(row, run.step());
  return row ? run.number(0) : 0;
}

Result<std::string> Connection::text(std::string_view sql) {
  PARLEY_TRY(statement, prepare(sql));
  auto run = statement.run();
  PARLEY_TRY(row, run.step());
  return row ? std::string(as_text(run.blob(0))) : std::string();
}

Result<Statement> Connection::prepare(std::string_view sql) {
  ::sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(raw_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return fail(error_of(code, raw_.get()));
  return Statement(raw);
}

}  // namespace parley::client::sqlite
