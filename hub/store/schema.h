// The hub's tables and how they come to be: opening, checking and migrating a database.
#pragma once

#include <memory>
#include <string>

#include "hub/store/sqlite.h"
#include "lib/base/result.h"

namespace parley::hub {

// The version this program writes, kept in SQLite's user_version.
inline constexpr int kSchemaVersion = 5;

// Databases up to this size are checked completely at the start (about 0.2 s); larger ones
// would keep a hub from starting for minutes, and SQLite notices damage where it reads.
inline constexpr std::int64_t kFullCheckBytes = 64 * 1024 * 1024;

// A connection set up for writing. Makes the tables in a new database and brings older ones
// up to date, in one transaction.
// Errors: store_locked, store_damaged, store_too_new, store_unwritable.
Result<std::unique_ptr<Database>> open_for_writing(const std::string& path);

// A second connection, for reading.
Result<std::unique_ptr<Database>> open_for_reading(const std::string& path);

// What an error means while opening.
Error opening_error(const SqliteError& error);

}  // namespace parley::hub
