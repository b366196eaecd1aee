#include "tests/sim/record_disk.h"

#include <algorithm>

namespace parley::sim {
namespace {

namespace api = wire::client;

bool starts_with(const Bytes& key, const Bytes& prefix) {
  return key.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), key.begin());
}

void add(api::QueryReply& reply, const Bytes& key, const Bytes& value) {
  api::StoredRecord record;
  record.key = key;
  record.value = SecretBuffer(value);
  reply.records.push_back(std::move(record));
}

}  // namespace

void RecordDisk::apply(std::span<const api::Write> writes) {
  for (const auto& write : writes) {
    const Key key{write.kind, write.key};
    if (write.remove) {
      records_.erase(key);
    } else {
      records_[key] = to_bytes(write.value.view());
    }
  }
}

api::QueryReply RecordDisk::answer(const api::Query& query) const {
  api::QueryReply reply;
  reply.id = query.id;
  if (const auto* get = std::get_if<api::GetRecord>(&query.what)) {
    const auto found = records_.find({query.kind, get->key});
    if (found != records_.end()) add(reply, found->first.second, found->second);
  } else if (const auto* wish = std::get_if<api::ScanRecords>(&query.what)) {
    scan(query.kind, *wish, reply);
  }
  return reply;
}

void RecordDisk::scan(std::uint32_t kind, const api::ScanRecords& wish,
                      api::QueryReply& reply) const {
  const auto visit = [&](const auto& entry) {
    const Bytes& key = entry.first.second;
    if (!starts_with(key, wish.prefix)) return;
    const bool beyond =
        wish.after.empty() || (wish.descending ? key < wish.after : wish.after < key);
    if (beyond && reply.records.size() < wish.limit) add(reply, key, entry.second);
  };
  const auto first = records_.lower_bound({kind, {}});
  const auto last = records_.lower_bound({kind + 1, {}});
  if (wish.descending) {
    for (auto at = last; at != first;) visit(*--at);
  } else {
    for (auto at = first; at != last; ++at) visit(*at);
  }
}

std::size_t RecordDisk::count(std::uint32_t kind) const {
  return static_cast<std::size_t>(
      std::distance(records_.lower_bound({kind, {}}), records_.lower_bound({kind + 1, {}})));
}

void RecordDisk::lose(std::uint32_t kind) {
  records_.erase(records_.lower_bound({kind, {}}), records_.lower_bound({kind + 1, {}}));
}

}  // namespace parley::sim
