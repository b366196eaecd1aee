#include "hub/engine/directory.h"

#include <algorithm>
#include <utility>

namespace parley::hub {

DeviceRecord* Account::find(DeviceId device) {
  for (DeviceRecord& candidate : record.devices) {
    if (candidate.id == device) return &candidate;
  }
  return nullptr;
}

const DeviceRecord* Account::find(DeviceId device) const {
  return const_cast<Account*>(this)->find(device);
}

RelationState Account::relation_to(const AccountId& other) const {
  if (relations.empty()) return {};
  const auto found = relations.find(other);
  return found == relations.end() ? RelationState{} : found->second;
}

void Account::remove(DeviceId device) {
  std::erase_if(record.devices, [&](const DeviceRecord& d) { return d.id == device; });
}

bool is_alive(const Account& account, const DeviceRecord& device, const Shared& shared) {
  if (!device.auth_key) return device.last_seen + shared.config.session_lifetime > shared.now;
  // `last_seen` is rounded down to the day; a device of a service keeps all of its time.
  Time heard = device.last_seen + days(1);
  const auto resumed = shared.resumed.find(account.record.provider);
  if (resumed != shared.resumed.end()) heard = std::max(heard, resumed->second);
  return heard + shared.config.enlistment_lifetime > shared.now;
}

AccountPtr Directory::ready(const AccountId& id) {
  const auto found = cache_.find(id);
  if (found == cache_.end() || !found->second.account || found->second.locks > 0) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second.place);
  return found->second.account;
}

Account* Directory::peek(const AccountId& id) {
  const auto found = cache_.find(id);
  return found == cache_.end() ? nullptr : found->second.account.get();
}

Directory::Entry& Directory::entry(const AccountId& id) {
  const auto [place, added] = cache_.try_emplace(id);
  if (added) {
    recent_.push_front(id);
    place->second.place = recent_.begin();
    load(id);
  }
  return place->second;
}

void Directory::wait_for(const AccountId& id, Wake wake) {
  entry(id).waiting.push_back(std::move(wake));
}

void Directory::with(const AccountId& id, Completion<Result<AccountPtr>> then) {
  if (AccountPtr account = ready(id)) return then(account->exists ? account : nullptr);
  wait_for(id, [this, id, then = std::move(then)](Status status) {
    if (!status) return then(fail(status.error()));
    with(id, then);
  });
}

void Directory::load(const AccountId& id) {
  shared_.store.load_account(
      id, shared_.completion([this, id](Result<std::optional<AccountRecord>> record) {
        loaded(id, std::move(record));
      }));
}

void Directory::loaded(const AccountId& id, Result<std::optional<AccountRecord>> record) {
  const auto found = cache_.find(id);
  if (found == cache_.end()) return;
  if (!record) {
    auto waiting = std::move(found->second.waiting);
    recent_.erase(found->second.place);
    cache_.erase(found);
    for (Wake& wake : waiting) wake(fail(record.error()));
    return;
  }
  auto account = std::make_shared<Account>();
  account->exists = record->has_value();
  if (record->has_value()) {
    account->record = std::move(**record);
    for (const RelationRecord& relation : account->record.relations) {
      account->relations[relation.other] = relation.state;
    }
    account->record.relations.clear();
    account->record.relations.shrink_to_fit();
  }
  account->record.id = id;
  found->second.account = std::move(account);
  wake_all(id, {});
  evict();
}

void Directory::wake_all(const AccountId& id, const Status& status) {
  const auto found = cache_.find(id);
  if (found == cache_.end()) return;
  // Whoever is woken may lock the account again; the rest then wait on.
  auto waiting = std::exchange(found->second.waiting, {});
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    const auto again = cache_.find(id);
    if (again != cache_.end() && again->second.locks > 0) {
      auto& queue = again->second.waiting;
      queue.insert(queue.begin(), std::make_move_iterator(waiting.begin() + static_cast<long>(i)),
                   std::make_move_iterator(waiting.end()));
      return;
    }
    waiting[i](status);
  }
}

void Directory::lock(const AccountPtr& account) { ++cache_.at(account->id()).locks; }

void Directory::unlock(const AccountPtr& account) {
  const AccountId id = account->id();
  if (--cache_.at(id).locks == 0) wake_all(id, {});
}

void Directory::forget(const AccountId& id) {
  const auto found = cache_.find(id);
  if (found == cache_.end() || !found->second.account || found->second.account->exists) return;
  recent_.erase(found->second.place);
  cache_.erase(found);
}

void Directory::evict() {
  // Looks at a few old ones at a time: pinned accounts may stand in the way.
  constexpr int kAttempts = 8;
  for (int i = 0; i < kAttempts && cache_.size() > shared_.config.max_cached_accounts; ++i) {
    const AccountId oldest = recent_.back();
    const auto found = cache_.find(oldest);
    Entry& entry = found->second;
    const bool pinned = !entry.account || entry.account.use_count() > 1 || entry.locks > 0 ||
                        !entry.waiting.empty();
    if (pinned) {
      recent_.splice(recent_.begin(), recent_, entry.place);
    } else {
      recent_.pop_back();
      cache_.erase(found);
    }
  }
}

}  // namespace parley::hub
