#include "hub/engine/providers.h"

#include <algorithm>
#include <utility>

#include "lib/crypto/hash.h"

namespace parley::hub {

namespace wc = wire::channel;
using State = wc::ProviderState;

namespace {

constexpr double kLeastTrust = 0.05;
constexpr double kReportWeight = 20;

// The operator's program has its own check, in front of its files; this one keeps the engine's
// promises (a handle splits at its last "@").
bool is_provider_id(std::string_view id) {
  return id.size() >= 2 && id.size() <= 32 && std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

Status check_provider(const ProviderRecord& provider) {
  const auto invalid = [](const char* what) { return fail(ErrorCode::invalid_argument, what); };
  if (!is_provider_id(provider.id)) return invalid("id: 2 to 32 of a-z, 0-9 and -");
  if (provider.display_name.empty() || provider.display_name.size() > 64) {
    return invalid("display_name: 1 to 64 bytes");
  }
  if (provider.jwks_url.empty()) return invalid("jwks_url is missing");
  if (provider.logo.size() > Providers::kMaxLogoBytes) return invalid("logo: at most 64 KiB");
  if (provider.features.size() > 32) return invalid("features: at most 32");
  // A client refuses what is longer, and with it everything else in the frame.
  const wc::DataPolicy& policy = provider.data_policy;
  for (const std::string* text :
       {&policy.retention, &policy.jurisdiction, &policy.who_can_read, &policy.url}) {
    if (text->size() > 512) return invalid("data_policy: at most 512 bytes each");
  }
  if (policy.contact.size() > 256) return invalid("data_policy.contact: at most 256 bytes");
  if (provider.sandbox_accounts.size() > Providers::kMaxSandboxAccounts) {
    return invalid("sandbox_accounts: at most 32");
  }
  if (provider.state == State::unspecified) return invalid("state is missing");
  if (provider.state_reason.size() > 512) return invalid("state_reason: at most 512 bytes");
  return {};
}

bool names(const ProviderRecord& provider, const std::string& handle) {
  const auto& named = provider.sandbox_accounts;
  return std::find(named.begin(), named.end(), handle) != named.end();
}

}  // namespace

Facts facts_between(Action action, const Account& asker, const Account* target,
                    const Providers& providers) {
  Facts facts{action};
  facts.asker = asker.home();
  facts.target_exists = target != nullptr && target->exists;
  if (!facts.target_exists) return facts;
  facts.target = target->home();
  facts.same_account = target->id() == asker.id();
  facts.target_deleted = target->record.deleted;
  facts.relation = target->relation_to(asker.id());
  facts.requests_sent = asker.relation_to(target->id()).requests_sent;
  if (facts.asker == facts.target) return facts;
  const AccountRecord& here = facts.asker == Home::here ? asker.record : target->record;
  const AccountRecord& there = facts.asker == Home::here ? target->record : asker.record;
  facts.door = providers.door(here, there.provider, there.handle);
  return facts;
}

wc::Provider public_provider(const ProviderRecord& provider) {
  wc::Provider out;
  out.provider_id = provider.id;
  out.display_name = provider.display_name;
  out.id_form = provider.id_form;
  out.protection = provider.protection;
  out.features = provider.features;
  out.data_policy = provider.data_policy;
  out.state = provider.state;
  out.state_reason = provider.state_reason;
  if (!provider.logo.empty()) out.logo_sha256 = to_bytes(crypto::sha256(provider.logo));
  out.live_since_ms = provider.live_since.ms;
  out.new_people_a_day = provider.new_people_a_day;
  return out;
}

void Providers::restore(const HubRecord& hub) {
  for (const ProviderRecord& provider : hub.providers) keep(provider);
  for (const ProviderDay& day : hub.provider_days) {
    if (day.day + kTrustDays > today()) days_[day.provider][day.day] = day;
  }
  for (const PeopleCount& count : hub.people) people_[count.provider] = count.people;
  for (const std::string& id : hub.leaving) {
    leaving_.insert(id);
    leaving_begun_(id);
  }
}

const ProviderRecord* Providers::find(const std::string& id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : &found->second;
}

void Providers::put(ProviderRecord provider, Completion<Status> done) {
  if (Status status = check_provider(provider); !status) return done(status);
  if (leaving_.count(provider.id) != 0) {
    if (waiting_.size() >= kMaxProviders) return done(fail(overloaded("too many services wait")));
    waiting_.emplace_back(std::move(provider), std::move(done));
    return;
  }
  const ProviderRecord* known = find(provider.id);
  if (known == nullptr &&
      all_.size() + entering_.size() - entering_.count(provider.id) >= kMaxProviders) {
    return done(fail(ErrorCode::limit_reached, "64 services at most"));
  }
  if (known != nullptr) {
    if (known->live_since.ms != 0) provider.live_since = known->live_since;
    const bool ends = known->state == State::suspended && provider.state != State::suspended;
    provider.resumed = ends ? p_.shared.now : known->resumed;
  }
  if (provider.state == State::live && provider.live_since.ms == 0) {
    provider.live_since = p_.shared.now;
  }
  if (known != nullptr && *known == provider) return done({});
  written(std::move(provider), std::move(done));
}

void Providers::written(ProviderRecord provider, Completion<Status> done) {
  op::PutProvider put{provider};
  entering_.insert(provider.id);
  p_.committer.add(op::Boxed(std::move(put)),
                   [this, provider = std::move(provider), done](const Result<op::Reply>& reply) {
                     entering_.erase(entering_.find(provider.id));
                     if (!reply) return done(fail(reply.error()));
                     if (find(provider.id) == nullptr) days_.erase(provider.id);
                     keep(provider);
                     if (changed_) changed_(provider.id);
                     done({});
                   });
}

void Providers::set_state(const std::string& id, State state, std::string reason,
                          Completion<Status> done) {
  const ProviderRecord* known = find(id);
  if (known == nullptr || leaving_.count(id) != 0) {
    return done(fail(ErrorCode::unknown_provider, "no service has this id"));
  }
  ProviderRecord provider = *known;
  if (state != State::suspended) {
    provider.suspended_from = State::unspecified;
  } else if (known->suspended_from == State::unspecified) {
    provider.suspended_from = known->state;
  }
  provider.state = state;
  provider.state_reason = std::move(reason);
  put(std::move(provider), std::move(done));
}

void Providers::remove(const std::string& id, Completion<Status> done) {
  if (find(id) == nullptr || !leaving_.insert(id).second) {
    return done(fail(ErrorCode::unknown_provider, "no service has this id"));
  }
  p_.committer.add(op::RemoveProvider{id}, [this, id, done](const Result<op::Reply>& reply) {
    if (!reply) {
      done(fail(reply.error()));
      return left(id);
    }
    all_.erase(id);
    days_.erase(id);
    p_.shared.resumed.erase(id);
    counts_.erase(id);
    if (changed_) changed_(id);
    leaving_begun_(id);
    done({});
  });
}

void Providers::left(const std::string& id) {
  leaving_.erase(id);
  if (find(id) == nullptr) people_.erase(id);
  for (auto& [provider, done] : std::exchange(waiting_, {})) put(std::move(provider), done);
}

Status Providers::reserve_person(const std::string& id) {
  if (find(id) == nullptr || leaving_.count(id) != 0) return fail(ErrorCode::unknown_provider);
  const std::uint64_t most = p_.shared.config.max_people_of_service;
  std::uint64_t& people = people_[id];
  if (people >= most) {
    return fail(ErrorCode::limit_reached,
                "the service has " + std::to_string(most) + " people here, which is the most");
  }
  ++people;
  return {};
}

void Providers::release_person(const std::string& id) {
  const auto people = people_.find(id);
  if (people != people_.end() && people->second > 0) --people->second;
}

bool Providers::passes(const std::string& id, const std::string& handle,
                       const std::string& other_handle) const {
  const ProviderRecord* provider = find(id);
  if (provider == nullptr || leaving_.count(id) != 0) return false;
  if (provider->state == State::live) return true;
  if (provider->state != State::sandbox || !names(*provider, handle)) return false;
  return other_handle.empty() || names(*provider, other_handle);
}

bool Providers::passes_for(const ProviderRecord& provider, const std::string& handle) {
  return provider.state == State::live ||
         (provider.state == State::sandbox && names(provider, handle));
}

bool Providers::open_to_some(const ProviderRecord& provider) {
  return provider.state == State::live || provider.state == State::sandbox;
}

Error Providers::suspended(const std::string& id) const {
  const ProviderRecord* provider = find(id);
  return {ErrorCode::provider_suspended, provider == nullptr ? "" : provider->state_reason, 0};
}

Error Providers::refusal(const Decision& decision, const Account& asker,
                         const Account* target) const {
  if (decision.code != ErrorCode::provider_suspended) return {decision.code, "", 0};
  if (asker.home() == Home::provider) return suspended(asker.record.provider);
  return suspended(target == nullptr ? "" : target->record.provider);
}

bool Providers::in_region(const AccountRecord& here) const {
  const auto& countries = p_.shared.config.countries;
  return countries.empty() ||
         std::find(countries.begin(), countries.end(), here.country) != countries.end();
}

Door Providers::door(const AccountRecord& here, const std::string& provider,
                     const std::string& handle) const {
  const auto& chosen = here.third_party.provider_ids;
  Door door;
  door.provider_passes = passes(provider, handle, here.handle);
  door.in_region = in_region(here);
  door.enabled =
      here.third_party.enabled && std::find(chosen.begin(), chosen.end(), provider) != chosen.end();
  door.reachable = here.third_party.reachable;
  return door;
}

ProviderDay& Providers::day_of(const std::string& id) {
  auto& days = days_[id];
  days.erase(days.begin(), days.lower_bound(today() - kTrustDays + 1));
  ProviderDay& day = days[today()];
  day.provider = id;
  day.day = today();
  return day;
}

ProviderDay Providers::week(const std::string& id) const {
  ProviderDay sum;
  const auto days = days_.find(id);
  if (days == days_.end()) return sum;
  for (const auto& [number, day] : days->second) {
    if (number + kTrustDays <= today()) continue;
    sum.first_contacts += day.first_contacts;
    sum.reports += day.reports;
  }
  return sum;
}

double Providers::trust(const std::string& id) const {
  const ProviderDay sum = week(id);
  if (sum.first_contacts < kTrustAfter) return 1;
  const double rate = static_cast<double>(sum.reports) / static_cast<double>(sum.first_contacts);
  return std::clamp(1 - kReportWeight * rate, kLeastTrust, 1.0);
}

Status Providers::check_first_contact(const std::string& id) const {
  const ProviderRecord* provider = find(id);
  if (provider == nullptr) return fail(ErrorCode::provider_suspended);
  const std::uint64_t used = first_contacts_today(id);
  const double most = static_cast<double>(provider->new_people_a_day) * trust(id);
  if (static_cast<double>(used) < most) return {};
  const std::int64_t tomorrow = (today() + 1) * days(1).ms;
  return fail(Error{ErrorCode::first_contact_limit, "of the service", tomorrow - p_.shared.now.ms});
}

void Providers::count_first_contact(const std::string& id) {
  ++day_of(id).first_contacts;
  ++counts_[id].first_contacts;
  p_.committer.add_message(op::AddFirstContact{id, today()});
}

void Providers::count_report(const std::string& id) {
  if (find(id) == nullptr) return;  // it is gone, and who takes its name has not earned that
  ++day_of(id).reports;
  ++counts_[id].reports;
}

void Providers::keep(const ProviderRecord& provider) {
  all_.insert_or_assign(provider.id, provider);
  if (provider.resumed.ms != 0) p_.shared.resumed[provider.id] = provider.resumed;
}

std::vector<ProviderStatus> Providers::statuses() const {
  std::vector<ProviderStatus> list;
  for (const auto& [id, provider] : all_) {
    ProviderStatus& status = list.emplace_back();
    status.record = provider;
    if (const auto counts = counts_.find(id); counts != counts_.end()) {
      status.counts = counts->second;
    }
    status.trust = trust(id);
    status.first_contacts_today = first_contacts_today(id);
    const ProviderDay sum = week(id);
    status.reports_of_week = sum.reports;
    status.first_contacts_of_week = sum.first_contacts;
  }
  return list;
}

std::uint64_t Providers::first_contacts_today(const std::string& id) const {
  const auto days = days_.find(id);
  if (days == days_.end()) return 0;
  const auto day = days->second.find(today());
  return day == days->second.end() ? 0 : day->second.first_contacts;
}

}  // namespace parley::hub
