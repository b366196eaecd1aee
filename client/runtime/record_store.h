// Where one account's records lie on this machine: an SQLite file in a folder that
// only its owner can read.
//
// One `apply` is one atomic, durable transaction (synchronous=FULL): after it
// returns, the writes survive a power cut; if it fails, nothing has changed. The
// same transaction appends to the inbox, the list of events that no program has
// shown yet, so that `parley listen` misses nothing that another command received.
//
// One process holds a store at a time; `open` takes an exclusive lock (a file
// `lock` beside the database) that ends with the process. Not thread-safe.
//
// Errors: store_locked (another process), store_damaged (also found while
// reading), store_unwritable (disk full, read-only, no permission), store_too_new.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "client/runtime/folder_lock.h"
#include "lib/base/result.h"
#include "proto/client.h"
#include "proto/client_local.h"

struct sqlite3;
struct sqlite3_stmt;

namespace parley::client {

class RecordStore {
 public:
  // An inbox nobody empties keeps the newest this many: a year of a quiet
  // account, a few MiB at most.
  static constexpr std::int64_t kMaxInboxEvents = 10'000;
  // A file up to this size is checked completely at each start (about 30 ms);
  // a larger one only if the last program did not end in an orderly way.
  static constexpr std::uintmax_t kAlwaysCheckedBytes = 16u * 1024 * 1024;
  static constexpr std::uint32_t kMaxScanRecords = 10'000;

  // Makes folder and file if they do not exist.
  static Result<std::unique_ptr<RecordStore>> open(const std::filesystem::path& folder);
  ~RecordStore();
  RecordStore(const RecordStore&) = delete;
  RecordStore& operator=(const RecordStore&) = delete;

  // Writes all or nothing. `events` get the inbox positions that are returned,
  // in order. `wipe`: first removes every record and the inbox.
  Result<std::vector<std::uint64_t>> apply(std::span<const wire::client::Write> writes,
                                           std::span<const wire::client::Event* const> events = {},
                                           bool wipe = false);

  Result<wire::client::QueryReply> answer(const wire::client::Query& query);

  // Up to `limit` events after the position, oldest first.
  Result<std::vector<wire::client_local::NewEvent>> read_inbox(std::uint64_t after,
                                                               std::uint32_t limit);
  Status drop_inbox(std::uint64_t through);
  // Removes what `peer` (an account id) wrote: it was read in a chat.
  Status drop_inbox_of(ByteView peer);

  // Closes and deletes everything, for good. Only the destructor may follow.
  Status destroy();

  // For tests: the database may grow to this many pages of 4 KiB.
  Status limit_pages(int pages);

 private:
  class Database;
  RecordStore(std::filesystem::path folder, FolderLock lock, std::unique_ptr<Database> database);

  std::filesystem::path folder_;
  FolderLock lock_;
  std::unique_ptr<Database> database_;
};

}  // namespace parley::client
