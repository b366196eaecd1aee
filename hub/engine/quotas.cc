#include "hub/engine/quotas.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace parley::hub {

const Allowance& Quotas::allowance(Quota quota) const {
  switch (quota) {
    case Quota::sends:
      return config_.sends;
    case Quota::send_bytes:
      return config_.send_bytes;
    case Quota::key_fetches:
      return config_.key_fetches;
    case Quota::key_fetches_of:
      return config_.key_fetches_of;
    case Quota::one_time_keys_for_strangers:
      return kOneTimeKeysForStrangers;
    case Quota::one_time_keys_for_friends:
      return kOneTimeKeysForFriends;
    case Quota::lookups:
      return config_.lookups;
    case Quota::typing:
      return config_.typing;
    case Quota::changes:
      return config_.changes;
    case Quota::sign_ups:
      return config_.sign_ups;
    case Quota::logins:
      return config_.logins;
    case Quota::password_tries:
      return config_.password_tries;
    case Quota::links:
      return config_.links;
    case Quota::polls:
      return config_.polls;
    case Quota::connects:
      return config_.connects;
    case Quota::new_people:
      return config_.new_people;
    case Quota::new_people_third_party:
      return config_.new_people_third_party;
    case Quota::enlistments:
      return config_.enlistments;
    case Quota::service_enlistments:
      return config_.service_enlistments;
    case Quota::service_deletions:
      return config_.service_deletions;
    case Quota::reports:
      return config_.reports;
    case Quota::questions:
      return config_.questions;
    case Quota::files:
      return config_.files;
  }
  return config_.changes;
}

Quotas::Key Quotas::key_of(Quota quota, const AccountId& account) {
  return {quota, std::hash<AccountId>{}(account)};
}

Quotas::Key Quotas::key_of(Quota quota, std::string_view name) {
  return {quota, std::hash<std::string_view>{}(name)};
}

Status Quotas::take(Quota quota, AccountId account, Time now, double cost) {
  return take(key_of(quota, account), now, cost);
}

Status Quotas::check(Quota quota, AccountId account, Time now) {
  return take(key_of(quota, account), now, 1, true);
}

Status Quotas::check(Quota quota, std::string_view name, Time now) {
  return take(key_of(quota, name), now, 1, true);
}

Status Quotas::take(Quota quota, AddressBucket origin, Time now, double cost) {
  return take(Key{quota, origin.value}, now, cost);
}

Status Quotas::take(Quota quota, std::string_view name, Time now, double cost) {
  return take(key_of(quota, name), now, cost);
}

Status Quotas::take(Quota quota, AccountId account, const DeviceAddress& device, Time now) {
  // Random ids: what is mixed here only has to tell the two apart.
  constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15u;
  const std::uint64_t first = std::hash<AccountId>{}(account);
  const std::uint64_t second = std::hash<DeviceAddress>{}(device);
  return take(Key{quota, (first * kMix) ^ (second + (first >> 29))}, now, 1);
}

Quotas::Bucket& Quotas::bucket(Key key, const Allowance& allowance, Time now) {
  const auto found = buckets_.find(key);
  if (found != buckets_.end()) {
    recent_.splice(recent_.begin(), recent_, found->second);
    return *found->second;
  }
  if (buckets_.size() >= max_buckets_) {
    buckets_.erase(recent_.back().key);
    recent_.pop_back();
  }
  recent_.push_front({key, allowance.burst, now});
  buckets_.emplace(key, recent_.begin());
  return recent_.front();
}

Status Quotas::take(Key key, Time now, double cost, bool only_look) {
  const Allowance& allowed = allowance(key.quota);
  Bucket& bucket = this->bucket(key, allowed, now);
  const double per_ms = allowed.per_minute / 60'000.0;
  if (now > bucket.at) {  // a clock that stepped back gives nothing and takes nothing
    const double gained = static_cast<double>((now - bucket.at).ms) * per_ms;
    bucket.tokens = std::min(allowed.burst, bucket.tokens + gained);
  }
  bucket.at = now;
  const double needed = std::min(cost, allowed.burst);
  if (bucket.tokens < needed) {
    Error error{ErrorCode::rate_limited, "quota used up", 0};
    error.retry_after_ms = static_cast<std::int64_t>(std::ceil((needed - bucket.tokens) / per_ms));
    return fail(std::move(error));
  }
  if (!only_look) bucket.tokens -= cost;
  return {};
}

}  // namespace parley::hub
