// Accounts as the engine sees them: loaded on demand from the store, kept in a bounded
// cache, changed only after a change is durable.
//
// Decisions are made synchronously over loaded accounts. Where one is not loaded, or a
// change of its devices is being written, the caller asks to be woken and tries again: so
// no decision is ever made over a list of devices that is about to change.
//
// Ownership: an AccountPtr pins the account; it is not evicted while somebody holds one.
// One thread.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "hub/engine/shared.h"

namespace parley::hub {

using Wake = std::function<void(Status)>;

// Where an account lives: on this hub, or with another service behind the door.
enum class Home : std::uint8_t { here, provider };

// Others whom an account may have to do with: all of them are in memory while it is active.
inline constexpr std::size_t kMaxRelations = 4096;

struct Account {
  AccountRecord record;  // devices and relations included; relations sorted below
  std::unordered_map<AccountId, RelationState> relations;
  // Relations whose last change was not written, because the store failed.
  std::unordered_set<AccountId> unwritten;
  // False: the store knows no such account (remembered, so that asking again is cheap).
  bool exists = false;

  const AccountId& id() const { return record.id; }
  DeviceRecord* find(DeviceId device);
  const DeviceRecord* find(DeviceId device) const;
  RelationState relation_to(const AccountId& other) const;
  Home home() const { return record.provider.empty() ? Home::here : Home::provider; }
  void remove(DeviceId device);
};
using AccountPtr = std::shared_ptr<Account>;

// The device's session can be taken up again; otherwise nobody will ever empty its mailbox.
bool is_alive(const Account& account, const DeviceRecord& device, const Shared& shared);
// The device gets messages: it is alive and has published prekeys.
inline bool is_current(const Account& account, const DeviceRecord& device, const Shared& shared) {
  return device.prekeys.published() && is_alive(account, device, shared);
}

class Directory {
 public:
  explicit Directory(Shared& shared) : shared_(shared) {}

  // The account if it is loaded and no change of its devices is under way; else nullptr.
  AccountPtr ready(const AccountId& id);
  // The account if it is loaded, whatever is under way; does not load.
  Account* peek(const AccountId& id);
  // It is loaded, or being loaded.
  bool holds(const AccountId& id) const { return cache_.count(id) != 0; }
  // Wakes once, when ready() is worth asking again, or with the error of the store.
  void wait_for(const AccountId& id, Wake wake);
  // Both in one: calls back with the ready account, now or later (nullptr: none).
  void with(const AccountId& id, Completion<Result<AccountPtr>> then);

  // Keeps everybody else's ready() waiting while a change is being written.
  void lock(const AccountPtr& account);
  void unlock(const AccountPtr& account);

  // A new account exists now: what was remembered about its id is void.
  void forget(const AccountId& id);

  std::size_t cached() const { return cache_.size(); }

 private:
  struct Entry {
    AccountPtr account;  // null: being loaded
    int locks = 0;
    std::vector<Wake> waiting;
    std::list<AccountId>::iterator place;
  };

  Entry& entry(const AccountId& id);
  void load(const AccountId& id);
  void loaded(const AccountId& id, Result<std::optional<AccountRecord>> record);
  void wake_all(const AccountId& id, const Status& status);
  void evict();

  Shared& shared_;
  std::unordered_map<AccountId, Entry> cache_;
  std::list<AccountId> recent_;  // used last first
};

}  // namespace parley::hub
