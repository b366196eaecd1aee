// What survives a simulated device's crash: its record store, an ordered map in memory.
// `apply` is the one atomic transaction that the engine's contract asks for.
#pragma once

#include <map>
#include <span>
#include <utility>

#include "lib/base/bytes.h"
#include "proto/client.h"

namespace parley::sim {

class RecordDisk {
 public:
  void apply(std::span<const wire::client::Write> writes);
  bool is_absent(std::uint32_t kind, ByteView key) const {
    return !records_.contains({kind, to_bytes(key)});
  }
  wire::client::QueryReply answer(const wire::client::Query& query) const;

  void clear() { records_.clear(); }
  std::size_t size() const { return records_.size(); }
  // Of one kind.
  std::size_t count(std::uint32_t kind) const;
  // Damages a device on purpose: removes every record of a kind.
  void lose(std::uint32_t kind);

 private:
  using Key = std::pair<std::uint32_t, Bytes>;

  void scan(std::uint32_t kind, const wire::client::ScanRecords& wish,
            wire::client::QueryReply& reply) const;

  std::map<Key, Bytes> records_;
};

}  // namespace parley::sim
