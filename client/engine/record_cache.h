// Records the engine has seen, so that a conversation under way asks its store for
// nothing. Holds what is stored and also what is known to be absent. It is only a
// cache of the store: emptying it costs queries, nothing else.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "client/engine/record_keys.h"
#include "lib/base/secret.h"

namespace parley::client {

// A value shared between cache and steps; null: the record does not exist.
using RecordValue = std::shared_ptr<const SecretBuffer>;

// Whether the caller can say at once that a record is not there; false: it may be there, and has to
// be asked for. An absent record is asked for with almost every message that arrives, by its id:
// answered at once, many messages are one step of the caller's.
using IsAbsent = std::function<bool(RecordKind kind, ByteView key)>;

struct RecordId {
  RecordKind kind;
  RecordKey key;
  friend bool operator<(const RecordId& a, const RecordId& b) {
    if (a.kind != b.kind) return a.kind < b.kind;
    return as_text(a.key) < as_text(b.key);
  }
};

class RecordCache {
 public:
  // Bounds the engine's memory; holds the sessions of some thousand devices.
  static constexpr std::size_t kMaxBytes = 16 * 1024 * 1024;

  // Outer nullopt: not known here, ask the store.
  std::optional<RecordValue> find(const RecordId& id) const {
    const auto found = values_.find(id);
    if (found == values_.end()) return std::nullopt;
    return found->second;
  }

  void put(const RecordId& id, RecordValue value) {
    const std::size_t size = cost(id, value);
    if (bytes_ + size > kMaxBytes) clear();
    auto [at, added] = values_.try_emplace(id);
    if (!added) bytes_ -= cost(id, at->second);
    at->second = std::move(value);
    bytes_ += size;
  }

  void clear() {
    values_.clear();
    bytes_ = 0;
  }

 private:
  static std::size_t cost(const RecordId& id, const RecordValue& value) {
    constexpr std::size_t kOverhead = 128;
    return kOverhead + id.key.size() + (value ? value->size() : 0);
  }

  std::map<RecordId, RecordValue> values_;
  std::size_t bytes_ = 0;
};

}  // namespace parley::client
