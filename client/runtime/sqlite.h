// A thin owner of an SQLite connection and its statements: RAII, Result instead of
// result codes, no SQL of its own. Not thread-safe.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/result.h"

namespace parley::client::sqlite {

// What a result code means to the user: store_damaged, store_locked or
// store_unwritable; anything else is a mistake of ours and becomes `internal`.
Error error_of(int code, ::sqlite3* connection);

// One run of a prepared statement: bind, step, read columns. Resets at its end.
class Run {
 public:
  explicit Run(::sqlite3_stmt* statement) : statement_(statement) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

  // Parameters count from 1. Blobs are borrowed until the run ends.
  Run& bind(int parameter, std::int64_t value);
  Run& bind(int parameter, ByteView value);

  // True: there is a row.
  Result<bool> step();
  // For statements without rows.
  Status finish();

  std::int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }
  // Valid until the next step.
  ByteView blob(int column) const;

 private:
  ::sqlite3_stmt* statement_;
};

class Statement {
 public:
  Statement() = default;
  explicit Statement(::sqlite3_stmt* raw) : raw_(raw) {}
  Run run() const { return Run(raw_.get()); }

 private:
  struct Finalize {
    void operator()(::sqlite3_stmt* raw) const { sqlite3_finalize(raw); }
  };
  std::unique_ptr<::sqlite3_stmt, Finalize> raw_;
};

class Connection {
 public:
  static Result<Connection> open(const std::filesystem::path& file);

  Status execute(const std::string& sql);
  Result<std::int64_t> number(std::string_view sql);
  Result<std::string> text(std::string_view sql);
  Result<Statement> prepare(std::string_view sql);
  ::sqlite3* raw() const { return raw_.get(); }

 private:
  struct Close {
    void operator()(::sqlite3* raw) const { sqlite3_close_v2(raw); }
  };
  explicit Connection(::sqlite3* raw) : raw_(raw) {}
  std::unique_ptr<::sqlite3, Close> raw_;
};

}  // namespace parley::client::sqlite
