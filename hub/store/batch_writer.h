// Applies write batches to a database, one transaction each. Used by the writer thread.
#pragma once

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

  Database& db_;
  // Where the last sweep stopped.
  AccountId message_account_;
  std::int64_t message_device_ = 0;
  AccountId send_account_;
  std::int64_t send_device_ = 0;
  SendId send_id_;
};

}  // namespace parley::hub
