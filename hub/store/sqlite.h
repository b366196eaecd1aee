// SQLite behind two small classes: a connection and its prepared statements.
//
// Errors inside this folder are a C++ exception, SqliteError, because every line may fail
// and the whole transaction is then given up; it is caught where the folder ends (see
// sqlite_store.cc) and never leaves it. A Database belongs to one thread at a time.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lib/base/bytes.h"
#include "lib/base/ids.h"

namespace parley::hub {

class SqliteError : public std::runtime_error {
 public:
  SqliteError(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
  int code() const { return code_ & 0xff; }  // without the extension

 private:
  int code_;
};

class Statement {
 public:
  Statement(sqlite3* database, const char* sql);
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Binds parameters in order, from the first. Blobs and texts are borrowed until the
  // statement is reset.
  template <typename... Values>
  Statement& bind(const Values&... values) {
    reset();
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }
  // Runs to the end, expecting no row.
  void run();
  // The next row; false at the end, where the statement is reset.
  bool next();
  void reset();

  // --- columns of the present row, from 0; views are valid until the next step
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  ByteView blob(int column) const;
  std::string text(int column) const;
  bool is_null(int column) const;
  Bytes bytes(int column) const { return to_bytes(blob(column)); }
  template <std::size_t N>
  ByteArray<N> array(int column) const {
    ByteArray<N> out{};
    const ByteView view = blob(column);
    if (view.size() != N) throw SqliteError(SQLITE_CORRUPT, "a value has a wrong size");
    std::memcpy(out.data(), view.data(), N);
    return out;
  }
  template <typename Id>
  Id id(int column) const {
    return Id{array<Id::size()>(column)};
  }
  std::uint32_t number(int column) const { return static_cast<std::uint32_t>(integer(column)); }

 private:
  void bind_one(int index, std::int64_t value);
  void bind_one(int index, std::uint64_t value) {
    bind_one(index, static_cast<std::int64_t>(value));
  }
  void bind_one(int index, std::uint32_t value) {
    bind_one(index, static_cast<std::int64_t>(value));
  }
  void bind_one(int index, int value) { bind_one(index, static_cast<std::int64_t>(value)); }
  void bind_one(int index, bool value) { bind_one(index, static_cast<std::int64_t>(value)); }
  void bind_one(int index, ByteView value);
  void bind_one(int index, const Bytes& value) { bind_one(index, ByteView(value)); }
  template <std::size_t N>
  void bind_one(int index, const ByteArray<N>& value) {
    bind_one(index, ByteView(value));
  }
  template <typename Tag, std::size_t N>
  void bind_one(int index, const OpaqueId<Tag, N>& value) {
    bind_one(index, value.view());
  }
  void bind_one(int index, const std::string& value);
  void bind_one(int index, std::nullptr_t) { check(sqlite3_bind_null(statement_, index)); }
  void check(int code) const;

  sqlite3_stmt* statement_ = nullptr;
};

class Database {
 public:
  Database(const std::string& path, int flags);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Statements without parameters or rows.
  void execute(const char* sql);
  // A statement prepared once; `sql` must be a literal, whose address is its name.
  Statement& prepared(const char* sql);
  // Rows changed by the statement that ran last.
  int changes() const { return sqlite3_changes(handle_); }
  bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  // The one value of a statement without parameters.
  std::int64_t integer(const char* sql);
  std::string text(const char* sql);

 private:
  Statement& row(const char* sql);

  sqlite3* handle_ = nullptr;
  std::unordered_map<const void*, std::unique_ptr<Statement>> statements_;
};

}  // namespace parley::hub
