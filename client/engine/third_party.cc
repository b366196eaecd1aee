#include "client/engine/third_party.h"

#include <algorithm>

#include "client/engine/contacts.h"
#include "client/engine/outbox.h"
#include "client/engine/warnings.h"

namespace parley::client {
namespace {

constexpr std::ptrdiff_t kMaxPastProviders = 64;  // of the schema

template <typename List, typename Value>
bool contains(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

Result<std::optional<records::ThirdParty>> load(Step& step) {
  return step.get<records::ThirdParty>(RecordKind::third_party, {});
}

void save(Step& step, const records::ThirdParty& record) {
  step.put(RecordKind::third_party, {}, record);
}

bool is_enabled(const records::ThirdParty& record) {
  return record.offer && record.offer->choices && record.offer->choices->enabled;
}

bool is_offered(const channel::ThirdParty& offer, const std::string& provider_id) {
  return std::any_of(offer.providers.begin(), offer.providers.end(),
                     [&](const auto& one) { return one.provider_id == provider_id; });
}

api::ThirdParty show(const records::ThirdParty& record) {
  api::ThirdParty shown;
  shown.offer = record.offer;
  shown.inbox = record.inbox == api::Inbox::combined ? api::Inbox::combined : api::Inbox::separate;
  shown.warnings = third_party_warnings();
  if (!record.offer) return shown;
  for (const auto& provider : record.offer->providers) {
    const bool is_new = provider.state == channel::ProviderState::live &&
                        !contains(record.seen, provider.provider_id);
    if (is_new) shown.new_providers.push_back(provider.provider_id);
  }
  return shown;
}

e2e::ThirdPartyInbox choice_of(const records::ThirdParty& record) {
  e2e::ThirdPartyInbox chosen;
  chosen.combined = record.inbox == api::Inbox::combined;
  chosen.decided_at_ms = record.inbox_decided_at_ms;
  return chosen;
}

void note_seen(records::ThirdParty& record) {
  record.seen.clear();
  for (const auto& provider : record.offer->providers) record.seen.push_back(provider.provider_id);
}

void ask_hub(Step& step) {
  OpenRequest request;
  request.kind = OpenRequest::Kind::third_party;
  step.request(channel::GetThirdParty{}, std::move(request));
}

}  // namespace

Result<std::optional<channel::Provider>> find_provider(Step& step, const std::string& provider_id) {
  PARLEY_TRY(record, load(step));
  std::optional<channel::Provider> found;
  if (!record || !record->offer) return found;
  for (auto& provider : record->offer->providers) {
    if (provider.provider_id == provider_id) found = std::move(provider);
  }
  return found;
}

Result<std::optional<channel::Provider>> last_known_provider(Step& step,
                                                             const std::string& provider_id) {
  PARLEY_TRY(offered, find_provider(step, provider_id));
  if (offered) return offered;
  PARLEY_TRY(record, load(step));
  std::optional<channel::Provider> found;
  if (!record) return found;
  for (auto& provider : record->past) {
    if (provider.provider_id == provider_id) found = std::move(provider);
  }
  return found;
}

Result<std::string> display_name_of(Step& step, const std::string& provider_id) {
  if (provider_id.empty()) return std::string();
  PARLEY_TRY(provider, last_known_provider(step, provider_id));
  return provider && !provider->display_name.empty() ? provider->display_name : provider_id;
}

Result<std::optional<channel::DataPolicy>> hub_policy(Step& step) {
  PARLEY_TRY(record, load(step));
  std::optional<channel::DataPolicy> policy;
  if (record && record->offer) policy = record->offer->hub_policy;
  return policy;
}

Result<api::Inbox> inbox_of(Step& step) {
  PARLEY_TRY(record, load(step));
  return record && record->inbox == api::Inbox::combined ? api::Inbox::combined
                                                         : api::Inbox::separate;
}

Result<std::optional<e2e::ThirdPartyInbox>> inbox_choice(Step& step) {
  PARLEY_TRY(record, load(step));
  std::optional<e2e::ThirdPartyInbox> choice;
  if (record && record->inbox_decided_at_ms > 0) choice = choice_of(*record);
  return choice;
}

Result<std::optional<Error>> closed_reason(Step& step, const records::Contact& contact) {
  std::optional<Error> reason;
  if (contact.provider.empty()) return reason;
  PARLEY_TRY(record, load(step));
  if (!record || !record->offer) return reason;  // the hub decides
  const auto& offer = *record->offer;
  if (offer.availability == channel::Availability::other_region) {
    return std::optional(Error{ErrorCode::not_in_region, {}, 0});
  }
  if (!is_enabled(*record) || !contains(offer.choices->provider_ids, contact.provider)) {
    return std::optional(Error{ErrorCode::third_party_off, {}, 0});
  }
  PARLEY_TRY(provider, find_provider(step, contact.provider));
  const bool is_connected = provider && provider->state != channel::ProviderState::suspended &&
                            provider->state != channel::ProviderState::applied;
  if (!is_connected) {
    std::string why = provider ? provider->state_reason : "the service is not connected any more";
    return std::optional(Error{ErrorCode::provider_suspended, std::move(why), 0});
  }
  return reason;
}

Result<bool> has_feature(Step& step, const records::Contact& contact, channel::Feature feature) {
  if (contact.provider.empty()) return true;
  if (!contains(contact.features, feature)) return false;
  PARLEY_TRY(provider, find_provider(step, contact.provider));
  return !provider || contains(provider->features, feature);
}

Status require_feature(Step& step, const records::Contact& contact, channel::Feature feature) {
  PARLEY_TRY(has, has_feature(step, contact, feature));
  if (has) return {};
  PARLEY_TRY(name, display_name_of(step, contact.provider));
  return fail(ErrorCode::unsupported_feature, name);
}

Status get_third_party(Step& step, const SharedCommand& command) {
  PARLEY_TRY(online, require_link(step, command));
  if (!online) return {};
  OpenRequest request;
  request.kind = OpenRequest::Kind::third_party;
  request.command = command;
  step.request(channel::GetThirdParty{}, std::move(request));
  return {};
}

Status set_third_party(Step& step, const SharedCommand& command,
                       const api::SetThirdParty& request) {
  PARLEY_TRY(online, require_link(step, command));
  if (!online) return {};
  OpenRequest open;
  open.kind = OpenRequest::Kind::third_party;
  open.command = command;
  step.request(request.choices.value_or(channel::SetThirdParty{}), std::move(open));
  return {};
}

namespace {

// The hub has agreed to the choices that came with it.
Status choose_inbox(Step& step, const SharedCommand& command, records::ThirdParty& record) {
  const auto* chosen = command ? std::get_if<api::SetThirdParty>(&command->body) : nullptr;
  if (chosen == nullptr || chosen->inbox == api::Inbox::unspecified) return {};
  record.inbox = chosen->inbox;
  record.inbox_decided_at_ms = after(record.inbox_decided_at_ms, step.now());
  e2e::Sync sync;
  sync.body = choice_of(record);
  return enqueue_sync(step, sync);
}

// What a service declared stays known when it is not offered any more: its chats are still here.
void remember_past(records::ThirdParty& record, const channel::ThirdParty& offer) {
  if (record.offer) {
    for (auto& provider : record.offer->providers) {
      const auto is_it = [&](const auto& one) { return one.provider_id == provider.provider_id; };
      std::erase_if(record.past, is_it);
      record.past.push_back(provider);
    }
  }
  std::erase_if(record.past, [&](const auto& one) { return is_offered(offer, one.provider_id); });
  if (std::ssize(record.past) > kMaxPastProviders) {
    record.past.erase(record.past.begin(), record.past.end() - kMaxPastProviders);
  }
}

}  // namespace

Status on_third_party(Step& step, const SharedCommand& command, const channel::ThirdParty& offer) {
  PARLEY_TRY(stored, load(step));
  records::ThirdParty record = stored ? *std::move(stored) : records::ThirdParty{};
  // What comes for the first time by itself is no news.
  const bool changed = record.offer && wire::encode(*record.offer) != wire::encode(offer);
  remember_past(record, offer);
  record.offer = offer;
  PARLEY_CHECK(choose_inbox(step, command, record));
  api::ThirdParty shown = show(record);
  if (command) {
    note_seen(record);
    step.event(shown, command->id);
    step.done(command->id);
  } else if (changed) {
    step.event(std::move(shown));
  }
  save(step, record);
  return {};
}

Status refresh_third_party(Step& step) {
  PARLEY_TRY(record, load(step));
  if (!record || !record->offer || is_enabled(*record)) ask_hub(step);
  return {};
}

Status on_inbox_sync(Step& step, const e2e::ThirdPartyInbox& chosen) {
  PARLEY_TRY(stored, load(step));
  records::ThirdParty record = stored ? *std::move(stored) : records::ThirdParty{};
  if (record.inbox_decided_at_ms >= chosen.decided_at_ms) return {};
  record.inbox = chosen.combined ? api::Inbox::combined : api::Inbox::separate;
  record.inbox_decided_at_ms = chosen.decided_at_ms;
  save(step, record);
  // The services may have been chosen anew as well.
  if (step.live().welcomed) ask_hub(step);
  return {};
}

}  // namespace parley::client
