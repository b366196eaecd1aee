#include "hub/engine/opt_in.h"

#include <algorithm>
#include <utility>

#include "hub/engine/offer.h"

namespace parley::hub {

namespace wc = wire::channel;

bool OptIn::may_see(const Account& account, const ProviderRecord& provider) const {
  if (is_public(provider)) return true;
  const auto& named = provider.sandbox_accounts;
  return provider.state == wc::ProviderState::sandbox &&
         std::find(named.begin(), named.end(), account.record.handle) != named.end();
}

wc::Availability OptIn::availability(const Account& account) const {
  if (!p_.providers.in_region(account.record)) return wc::Availability::other_region;
  const auto& all = p_.providers.all();
  const bool any = std::any_of(all.begin(), all.end(),
                               [&](const auto& entry) { return may_see(account, entry.second); });
  return any ? wc::Availability::offered : wc::Availability::no_providers;
}

wc::ThirdParty OptIn::offer_to(const Account& account) const {
  wc::ThirdParty out;
  out.availability = availability(account);
  out.hub_policy = p_.shared.config.data_policy;
  out.country = account.record.country;
  const ThirdPartyChoices& chosen = account.record.third_party;
  wc::SetThirdParty& choices = out.choices.emplace();
  choices.enabled = chosen.enabled;
  choices.reachable = chosen.reachable;
  choices.provider_ids = chosen.provider_ids;
  for (const auto& [id, provider] : p_.providers.all()) {
    if (may_see(account, provider)) out.providers.push_back(public_provider(provider));
  }
  return out;
}

void OptIn::get(Connection& connection, std::uint64_t request) {
  p_.sessions.reply(connection.id, request, offer_to(*connection.account));
}

Result<ThirdPartyChoices> OptIn::check(const Account& account,
                                       const wc::SetThirdParty& wanted) const {
  // Whoever moved away may still turn it off.
  if (wanted.enabled && !p_.providers.in_region(account.record)) {
    return fail(ErrorCode::not_in_region);
  }
  const auto& before = account.record.third_party.provider_ids;
  ThirdPartyChoices choices{wanted.enabled, wanted.reachable, wanted.provider_ids};
  std::sort(choices.provider_ids.begin(), choices.provider_ids.end());
  const auto repeated = std::unique(choices.provider_ids.begin(), choices.provider_ids.end());
  choices.provider_ids.erase(repeated, choices.provider_ids.end());
  for (const std::string& id : choices.provider_ids) {
    const ProviderRecord* provider = p_.providers.find(id);
    const bool visible = provider != nullptr && may_see(account, *provider);
    // One that went away meanwhile is no reason to refuse what else was chosen.
    const bool had = std::find(before.begin(), before.end(), id) != before.end();
    if (!visible && !had) return fail(ErrorCode::unknown_provider, id);
  }
  return choices;
}

void OptIn::set(Connection& connection, std::uint64_t request, wc::SetThirdParty wanted) {
  const ConnectionId id = connection.id;
  const AccountPtr account = connection.account;
  auto choices = check(*account, wanted);
  Status allowed = choices ? p_.shared.quotas.take(Quota::changes, account->id(), p_.shared.now)
                           : fail(choices.error());
  if (!allowed) return p_.sessions.refuse(id, request, allowed.error());
  op::SetThirdParty change{account->id(), *choices};
  p_.committer.add(std::move(change),
                   [this, id, request, account, device = connection.device,
                    choices = *std::move(choices)](const Result<op::Reply>& reply) {
                     if (!reply) return p_.sessions.refuse(id, request, reply.error());
                     if (reply->outcome != op::Outcome::done) {
                       return p_.sessions.refuse(id, request, {ErrorCode::account_deleted, "", 0});
                     }
                     account->record.third_party = choices;
                     p_.sessions.reply(id, request, offer_to(*account));
                     tell(*account, device);
                   });
}

void OptIn::tell(const Account& account, DeviceId except) {
  for (const DeviceRecord& device : account.record.devices) {
    if (device.id == except) continue;
    if (const Connection* peer = p_.sessions.find(DeviceAddress{account.id(), device.id})) {
      p_.sessions.push(peer->id, offer_to(account));
    }
  }
}

void OptIn::provider_changed(const std::string& provider) {
  p_.sessions.for_each([&](ConnectionId id) {
    const Connection* connection = p_.sessions.find(id);
    if (connection == nullptr || connection->state != Connection::State::open) return;
    const Account& account = *connection->account;
    if (account.home() == Home::here) {
      if (account.record.third_party.enabled) p_.sessions.push(id, offer_to(account));
    } else if (account.record.provider == provider &&
               !p_.providers.passes(provider, account.record.handle)) {
      const Error why = p_.providers.suspended(provider);
      p_.sessions.dismiss(id, why.code, hours(1), why.detail);
    }
  });
}

}  // namespace parley::hub
