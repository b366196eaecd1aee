// Applies write batches to a database, one transaction each. Used by the writer thread.
#pragma once

#include <unordered_map>
#include <utility>

#include "hub/engine/write_batch.h"
#include "hub/store/sqlite.h"

namespace parley::hub {

class BatchWriter {
 public:
  explicit BatchWriter(Database& database) : db_(database) {}

  // All of it, durably, or (SqliteError) nothing.
  CommitReplies write(const WriteBatch& batch);

 private:
  struct Apply;

  // 40 bytes each.
  static constexpr std::size_t kMaxNumbers = 200'000;

  Database& db_;
  // Where the sweep of deleted people of services goes on.
  std::pair<Time, AccountId> swept_until_{Time{-1}, AccountId{}};
  // The numbers of devices used lately; 0: no such device. All changes of devices pass here.
  std::unordered_map<DeviceAddress, std::int64_t> numbers_;
};

}  // namespace parley::hub
