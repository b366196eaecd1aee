// Quotas: token buckets for accounts, addresses and handles, so that nobody can use up
// what others need. A refused request says when to come back.
//
// Bounded: at most kMaxBuckets are kept; beyond that, the ones touched longest ago are
// forgotten, which can only give somebody more. One thread; nothing persists.
#pragma once

#include <cstdint>
#include <list>
#include <string_view>
#include <unordered_map>

#include "hub/engine/config.h"
#include "hub/engine/types.h"

namespace parley::hub {

enum class Quota : std::uint8_t {
  sends,
  send_bytes,
  key_fetches,
  key_fetches_of,
  one_time_keys_for_strangers,
  one_time_keys_for_friends,
  lookups,
  typing,
  changes,
  sign_ups,
  logins,
  password_tries,
  links,
  polls,
  connects,
  new_people,
  new_people_third_party,
  enlistments,
  service_enlistments,
  service_deletions,
  reports,
  questions,
  files,
};

class Quotas {
 public:
  // 64 bytes each; enough for every client active within a few minutes.
  static constexpr std::size_t kMaxBuckets = 500'000;

  explicit Quotas(const QuotaConfig& config, std::size_t max_buckets = kMaxBuckets)
      : config_(config), max_buckets_(max_buckets) {}

  // Takes `cost` tokens or, if there are not enough, none. A cost over the burst needs a
  // full bucket and leaves it in debt. Error: rate_limited with retry_after_ms.
  Status take(Quota quota, AccountId account, Time now, double cost = 1);
  Status take(Quota quota, AddressBucket origin, Time now, double cost = 1);
  // Handles and services.
  Status take(Quota quota, std::string_view name, Time now, double cost = 1);
  // What an account may do to one device.
  Status take(Quota quota, AccountId account, const DeviceAddress& device, Time now);

  // Whether there is a token, without taking it; the same error where there is none.
  Status check(Quota quota, AccountId account, Time now);
  Status check(Quota quota, std::string_view name, Time now);

  std::size_t size() const { return buckets_.size(); }

 private:
  struct Key {
    Quota quota;
    std::uint64_t who;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return static_cast<std::size_t>(key.who * 0x9e3779b97f4a7c15u) ^
             (static_cast<std::size_t>(key.quota) << 56);
    }
  };
  struct Bucket {
    Key key;
    double tokens;
    Time at;
  };

  const Allowance& allowance(Quota quota) const;
  static Key key_of(Quota quota, const AccountId& account);
  static Key key_of(Quota quota, std::string_view name);
  Status take(Key key, Time now, double cost, bool only_look = false);
  Bucket& bucket(Key key, const Allowance& allowance, Time now);

  QuotaConfig config_;
  std::size_t max_buckets_;
  std::list<Bucket> recent_;  // touched last first
  std::unordered_map<Key, std::list<Bucket>::iterator, KeyHash> buckets_;
};

}  // namespace parley::hub
