#include "hub/net/jwks_cache.h"

#include <algorithm>

namespace parley::hub {

void JwksCache::verify(const Service& service, std::string_view text, Done done) {
  auto token = jose::read_token(text);
  if (!token) {
    count(service, false);
    return done(fail(token.error()));
  }
  Entry& entry = entry_of(service);
  const Time now = steady_();
  const bool fresh = entry.keys && now < entry.fresh_until;
  const bool known = entry.keys && entry.keys->find(token->key_id);
  const bool may_fetch = now >= entry.retry_at &&
                         (!fresh || !entry.tried || now - *entry.tried >= rules_.between_fetches);
  // Also while a fetch runs, which may be for a key that somebody made up.
  const bool waits = !(fresh && known) && (entry.fetching || may_fetch);
  if (!waits) return answer(service, entry, *token, done);
  if (entry.waiting.size() >= (fresh ? rules_.most_waiting_unknown : rules_.most_waiting)) {
    return done(fail(Error{ErrorCode::overloaded, "too many tokens wait for keys", 1'000}));
  }
  wait(service, entry,
       [this, service, token = *std::move(token),
        done = std::move(done)](Result<const Entry*> fetched) {
         if (!fetched) return done(fail(fetched.error()));
         answer(service, **fetched, token, done);
       });
}

void JwksCache::reach(const Service& service, Completion<Status> done) {
  Entry& entry = entry_of(service);
  const Time now = steady_();
  const bool a_moment_ago =
      entry.tried &&
      (entry.answers ? now - *entry.tried < rules_.between_fetches : now < entry.retry_at);
  const bool known = a_moment_ago && !entry.fetching;
  if (known || entry.waiting.size() >= rules_.most_waiting_unknown) return done(reached(entry));
  wait(service, entry, [this, done = std::move(done)](Result<const Entry*> fetched) {
    if (!fetched) return done(fail(fetched.error()));
    done(reached(**fetched));
  });
}

Status JwksCache::reached(const Entry& entry) const {
  if (entry.answers) return {};
  const std::int64_t left = std::max<std::int64_t>((entry.retry_at - steady_()).ms, 1'000);
  return fail(Error{ErrorCode::provider_unreachable, "the service does not answer", left});
}

JwksCache::Entry& JwksCache::entry_of(const Service& service) {
  auto found = entries_.find(service.provider_id);
  if (found != entries_.end() && found->second.url == service.jwks_url) return found->second;
  if (found == entries_.end()) {
    drop_one();
    found = entries_.try_emplace(service.provider_id).first;
  }
  // The operator entered another URL: what the old one said counts no more.
  const Error changed{ErrorCode::provider_unreachable, "its JWKS URL was changed", 1'000};
  for (auto waiting = std::move(found->second.waiting); auto& each : waiting) {
    each(fail(changed));
  }
  found->second = Entry{};
  found->second.url = service.jwks_url;
  found->second.number = next_number_++;
  return found->second;
}

void JwksCache::drop_one() {
  if (entries_.size() < rules_.most_services) return;
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (it->second.fetching) continue;
    entries_.erase(it);
    return;
  }
}

bool JwksCache::usable(const Entry& entry) const {
  const Time now = steady_();
  return entry.keys && (now < entry.fresh_until || now - entry.fetched < rules_.stale_for);
}

void JwksCache::answer(const Service& service, const Entry& entry, const jose::Token& token,
                       const Done& done) {
  if (!usable(entry)) {
    const std::int64_t left = std::max<std::int64_t>((entry.retry_at - steady_()).ms, 1'000);
    return done(
        fail(Error{ErrorCode::provider_unreachable,
                   "the service's keys: " + traffic_[service.provider_id].key_problem, left}));
  }
  const jose::PublicJwk* key = entry.keys->find(token.key_id);
  if (!key) {
    count(service, false);
    const std::string reason = entry.keys->why_not(token.key_id);
    return done(fail(ErrorCode::bad_token, reason.empty()
                                               ? "the service's key set has no key with this kid"
                                               : "the key named by kid cannot be used: " + reason));
  }
  const Status checked = jose::check_signature(token, *key);
  count(service, checked.has_value());
  if (!checked) return done(fail(checked.error()));
  done(token.claims);
}

void JwksCache::wait(const Service& service, Entry& entry, Waiting waiting) {
  entry.waiting.push_back(std::move(waiting));
  if (entry.fetching) return;
  entry.fetching = true;
  entry.tried = steady_();
  ++traffic_[service.provider_id].key_fetches;
  fetcher_.fetch({.url = service.jwks_url,
                  .most_bytes = jose::kMaxSetBytes,
                  .private_addresses = service.private_addresses},
                 [this, service, number = entry.number](Result<OutgoingReply> reply) {
                   fetched(service, number, std::move(reply));
                 });
}

void JwksCache::fetched(const Service& service, std::uint64_t number, Result<OutgoingReply> reply) {
  const auto found = entries_.find(service.provider_id);
  if (found == entries_.end() || found->second.number != number) return;
  Entry& entry = found->second;
  entry.fetching = false;
  const Status taken = take(entry, reply);
  ServiceTraffic& traffic = traffic_[service.provider_id];
  traffic.key_problem = taken ? "" : taken.error().detail;
  if (!taken) ++traffic.key_fetch_failures;
  entry.answers = taken.has_value();
  // A completion may ask again, and so change the entry.
  const auto waiting = std::move(entry.waiting);
  entry.waiting.clear();
  for (const Waiting& each : waiting) {
    const auto still = entries_.find(service.provider_id);
    if (still == entries_.end() || still->second.number != number) {
      each(fail(Error{ErrorCode::provider_unreachable, "its JWKS URL was changed", 1'000}));
      continue;
    }
    each(&still->second);
  }
}

Status JwksCache::take(Entry& entry, const Result<OutgoingReply>& reply) {
  const Time now = steady_();
  // Set before success is known: a failure waits longer each time, within bounds and not in
  // step with other hubs.
  entry.retry_delay = entry.retry_delay.ms == 0
                          ? rules_.first_retry
                          : std::min(2 * entry.retry_delay, rules_.last_retry);
  const auto spread = static_cast<std::int64_t>(
      random_.below(static_cast<std::uint64_t>(entry.retry_delay.ms / 4 + 1)));
  entry.retry_at = now + entry.retry_delay + milliseconds(spread);
  if (!reply) return fail(reply.error());
  if (reply->status != 200) {
    return fail(ErrorCode::provider_unreachable,
                "its JWKS URL answers with status " + std::to_string(reply->status));
  }
  PARLEY_TRY(keys, jose::KeySet::parse(reply->body));
  const Duration age = reply->max_age.value_or(rules_.default_age);
  entry.keys = std::move(keys);
  entry.fetched = now;
  entry.fresh_until = now + std::clamp(age, rules_.least_age, rules_.most_age);
  entry.retry_delay = {};
  entry.retry_at = {};
  return {};
}

void JwksCache::count(const Service& service, bool accepted) {
  ServiceTraffic& traffic = traffic_[service.provider_id];
  ++(accepted ? traffic.tokens_accepted : traffic.tokens_refused);
}

}  // namespace parley::hub
