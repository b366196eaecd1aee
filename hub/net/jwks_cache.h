// Checks services' tokens with the services' own keys, fetched from their JWKS URL and kept.
//
// A key set counts for as long as its server says (5 minutes to 24 hours; 1 hour where it
// says nothing). A token whose key is not in the set makes the hub fetch again, at most once
// a minute, so that new keys work at once and unknown ones cost nothing; tokens with a known key
// do not wait for that. While the service cannot be reached, tries follow at growing distances and
// the old set counts for up to 24 hours after it was fetched. One fetch at a time for each service,
// whatever waits for it.
//
// It checks signature and shape. Whose token it is and what for, its times and whether it was
// used, the engine decides.
//
// Threads: one. Ownership: the fetcher and the table outlive it. Time: steady.
// Errors: ErrorCode::bad_token (the detail names the check), provider_unreachable with
// retry_after_ms, overloaded.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "hub/jose/jws.h"
#include "hub/net/http_fetcher.h"
#include "hub/net/service_traffic.h"
#include "lib/base/random.h"

namespace parley::hub {

struct JwksRules {
  Duration least_age = minutes(5);
  Duration default_age = hours(1);
  Duration most_age = hours(24);
  Duration stale_for = hours(24);  // after it was fetched
  Duration between_fetches = minutes(1);
  Duration first_retry = seconds(5);  // doubles
  Duration last_retry = minutes(5);
  // Tokens waiting for one fetch; more are refused.
  std::size_t most_waiting = 256;
  // Of these, with an unknown key while the set counts, and questions whether the service
  // answers: anybody can make one up, so they take few of the places that the engine has for a
  // service's tokens (token_check.h).
  std::size_t most_waiting_unknown = 16;
  // Services remembered; the operator has at most 64.
  std::size_t most_services = 128;
};

class JwksCache {
 public:
  using Clock = std::function<Time()>;
  using Done = Completion<Result<jose::Claims>>;
  struct Service {
    std::string provider_id;
    std::string jwks_url;
    bool private_addresses = false;
  };

  JwksCache(HttpFetcher& fetcher, TrafficTable& traffic, RandomSource& random, Clock steady,
            JwksRules rules = {})
      : fetcher_(fetcher),
        traffic_(traffic),
        random_(random),
        steady_(std::move(steady)),
        rules_(rules) {}

  // May complete before it returns.
  void verify(const Service& service, std::string_view token, Done done);
  // Whether the service's server answers. What it answered or did not answer within the last
  // minute, or before the next try is due, counts; otherwise its keys are fetched again.
  void reach(const Service& service, Completion<Status> done);

 private:
  struct Entry;
  // For a fetch to end; the error: this entry is of no use any more.
  using Waiting = std::function<void(Result<const Entry*>)>;
  struct Entry {
    std::string url;
    std::optional<jose::KeySet> keys;
    Time fetched;
    Time fresh_until;
    std::optional<Time> tried;
    Time retry_at;
    Duration retry_delay;
    bool answers = true;       // the last time; before the first, nothing is held against it
    std::uint64_t number = 0;  // tells this entry from a later one of the same service
    bool fetching = false;
    std::vector<Waiting> waiting;
  };

  Entry& entry_of(const Service& service);
  void drop_one();
  void answer(const Service& service, const Entry& entry, const jose::Token& token,
              const Done& done);
  void wait(const Service& service, Entry& entry, Waiting waiting);
  Status reached(const Entry& entry) const;
  void fetched(const Service& service, std::uint64_t number, Result<OutgoingReply> reply);
  Status take(Entry& entry, const Result<OutgoingReply>& reply);
  bool usable(const Entry& entry) const;
  void count(const Service& service, bool accepted);

  HttpFetcher& fetcher_;
  TrafficTable& traffic_;
  RandomSource& random_;
  Clock steady_;
  JwksRules rules_;
  std::map<std::string, Entry> entries_;
  std::uint64_t next_number_ = 1;
};

}  // namespace parley::hub
