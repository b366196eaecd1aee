// The services behind the door: what the operator entered, in memory and in the store, how
// much their people may do, and who passes.
//
// One that is removed takes its people with it: their accounts are ended one after the other
// (departures.h). Until then its id is not free, and whoever enters it again waits.
//
// At most kMaxProviders. A service's allowance of new people falls with its report rate
// (docs/protocol/abuse.md, section 3). One thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hub/engine/committer.h"
#include "hub/engine/policy.h"
#include "hub/engine/provider_status.h"
#include "hub/engine/visible_id.h"

namespace parley::hub {

class Providers {
 public:
  static constexpr std::size_t kMaxProviders = 64;
  static constexpr std::size_t kMaxLogoBytes = 64 * 1024;
  static constexpr std::size_t kMaxSandboxAccounts = 32;
  static constexpr std::int64_t kTrustDays = 7;
  static constexpr std::uint64_t kTrustAfter = 20;  // first contacts

  struct Parts {
    Shared& shared;
    Committer& committer;
  };
  explicit Providers(Parts parts) : p_(parts) {}
  // Called with the id of one that was put, changed or removed.
  void on_change(std::function<void(const std::string&)> then) { changed_ = std::move(then); }
  // Called with the id of one that is removed for good and whose people are to be ended.
  void on_leaving(std::function<void(const std::string&)> then) {
    leaving_begun_ = std::move(then);
  }
  void restore(const HubRecord& hub);

  const ProviderRecord* find(const std::string& id) const;
  const std::map<std::string, ProviderRecord>& all() const { return all_; }
  bool empty() const { return all_.empty(); }

  void put(ProviderRecord provider, Completion<Status> done);
  // By the operator's word: a suspension keeps what was before. Errors: unknown_provider,
  // invalid_argument.
  void set_state(const std::string& id, wire::channel::ProviderState state, std::string reason,
                 Completion<Status> done);
  void remove(const std::string& id, Completion<Status> done);
  // Nobody of it is left; or the removal failed.
  void left(const std::string& id);

  // Whether anything passes between that account of the service and the other one; without
  // the other one, whether the account may enlist and connect.
  bool passes(const std::string& id, const std::string& handle,
              const std::string& other_handle = "") const;
  // Whether it is open to an account of this hub.
  static bool passes_for(const ProviderRecord& provider, const std::string& handle);
  // Some of its people pass, perhaps only those of a sandbox.
  static bool open_to_some(const ProviderRecord& provider);
  // provider_suspended with the reason.
  Error suspended(const std::string& id) const;
  // Room for one more account of its people, which is kept until it is given back. Errors:
  // unknown_provider (also while it is being removed), limit_reached.
  Status reserve_person(const std::string& id);
  void release_person(const std::string& id);

  // What somebody is told whom a decision refuses.
  Error refusal(const Decision& decision, const Account& asker, const Account* target) const;
  // Between an account of this hub and a service, whose person is called `handle`.
  Door door(const AccountRecord& here, const std::string& provider,
            const std::string& handle) const;
  bool in_region(const AccountRecord& here) const;

  // From 0.05 to 1.
  double trust(const std::string& id) const;
  // Error: first_contact_limit.
  Status check_first_contact(const std::string& id) const;
  void count_first_contact(const std::string& id);
  void count_report(const std::string& id);
  ProviderCounts& counts(const std::string& id) { return counts_[id]; }
  // In order of their ids; without the connections.
  std::vector<ProviderStatus> statuses() const;

 private:
  std::int64_t today() const { return p_.shared.now.ms / days(1).ms; }
  ProviderDay& day_of(const std::string& id);
  std::uint64_t first_contacts_today(const std::string& id) const;
  // Sums over the days that trust looks at.
  ProviderDay week(const std::string& id) const;
  void keep(const ProviderRecord& provider);
  void written(ProviderRecord provider, Completion<Status> done);

  Parts p_;
  std::function<void(const std::string&)> changed_;
  std::function<void(const std::string&)> leaving_begun_;
  std::map<std::string, ProviderRecord> all_;
  std::multiset<std::string> entering_;  // being written
  std::set<std::string> leaving_;
  // To be entered again once the former one has left; at most kMaxProviders.
  std::vector<std::pair<ProviderRecord, Completion<Status>>> waiting_;
  std::map<std::string, std::uint64_t> people_;
  std::map<std::string, std::map<std::int64_t, ProviderDay>> days_;
  std::map<std::string, ProviderCounts> counts_;
};

// What everybody may see of it.
wire::channel::Provider public_provider(const ProviderRecord& provider);
// What policy needs to know about two accounts; `target` may be null or missing.
Facts facts_between(Action action, const Account& asker, const Account* target,
                    const Providers& providers);

}  // namespace parley::hub
