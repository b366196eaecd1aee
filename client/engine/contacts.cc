#include "client/engine/contacts.h"

#include <algorithm>

#include "client/engine/history.h"
#include "client/engine/outbox.h"
#include "client/engine/parking.h"
#include "client/engine/person_names.h"
#include "client/engine/status.h"
#include "client/engine/third_party.h"
#include "client/engine/trust.h"
#include "lib/content/uri.h"
#include "lib/signal/fingerprint.h"

namespace parley::client {
namespace {

bool is_open(const LiveState& live, OpenRequest::Kind kind, const std::string& handle,
             const AccountId& account) {
  return std::any_of(live.requests.begin(), live.requests.end(), [&](const OpenRequest& open) {
    return open.kind == kind && open.handle == handle && open.account == account;
  });
}

void look_up_handle(Step& step, const std::string& handle) {
  if (is_open(step.live(), OpenRequest::Kind::lookup_handle, handle, {})) return;
  channel::Lookup lookup;
  lookup.who = channel::Lookup::Handle{handle};
  OpenRequest request;
  request.kind = OpenRequest::Kind::lookup_handle;
  request.handle = handle;
  step.request(std::move(lookup), std::move(request));
}

Status park(Step& step, const SharedCommand& command, std::string handle) {
  LiveState& live = step.live();
  if (live.waiting.size() >= kMaxWaitingCommands) {
    return fail(ErrorCode::overloaded, "too many commands wait for the hub");
  }
  live.waiting.push_back({command, std::move(handle)});
  return {};
}

bool is_waited_for(const LiveState& live, const std::string& handle) {
  return std::any_of(live.waiting.begin(), live.waiting.end(),
                     [&](const auto& waiting) { return waiting.handle == handle; });
}

// Commands that waited for this name are handled again, or fail.
void end_wait_for(Step& step, const std::string& handle, const Error* error) {
  auto& waiting = step.live().waiting;
  for (auto at = waiting.begin(); at != waiting.end();) {
    if (at->handle != handle) {
      ++at;
      continue;
    }
    if (error == nullptr) {
      step.requeue(at->command);
    } else {
      raise_failure(step, at->command->id, *error);
    }
    at = waiting.erase(at);
  }
}

// Stores a decision about their key, tells the own devices and ends the command.
Status decide_key(Step& step, const SharedCommand& command, records::Contact contact) {
  contact.verification_decided_at_ms = after(contact.verification_decided_at_ms, step.now());
  save_contact(step, contact);
  PARLEY_CHECK(sync_contact(step, contact));
  release_outbox(step.live(), step.now());
  step.done(command->id);
  return {};
}

Result<api::Contact> describe(Step& step, const records::Contact& contact) {
  api::Contact shown;
  shown.account_id = contact.account_id;
  shown.handle = contact.handle;
  shown.profile_name = contact.profile_name;
  shown.identity_key = contact.identity_key;
  shown.verified = is_verified(contact);
  shown.blocked = contact.blocked;
  shown.identity_change_pending = is_change_undecided(contact);
  shown.accepted = contact.accepted;
  shown.declined = contact.declined;
  shown.request = contact.request;
  shown.provider = contact.provider;
  PARLEY_TRY(provider_name, display_name_of(step, contact.provider));
  shown.provider_name = provider_name;
  // What their service can do now may be less than when they were looked up.
  for (const channel::Feature feature : contact.features) {
    PARLEY_TRY(has, has_feature(step, contact, feature));
    if (has) shown.features.push_back(feature);
  }
  PARLEY_TRY(also, other_names(step, contact.handle));
  shown.also = std::move(also);
  PARLEY_TRY(suppressed, is_suppressed(step, contact));
  shown.suppressed = suppressed;
  PARLEY_TRY(closed, closed_reason(step, contact));
  if (closed) {
    shown.closed = closed->code;
    shown.closed_detail = closed->detail;
  }
  PARLEY_TRY(trust, trust_in(step, contact));
  shown.trust = std::move(trust);
  if (contact.identity_key.empty()) return shown;

  PARLEY_TRY(own, step.account());
  PARLEY_TRY(identity, step.identity());
  PARLEY_TRY(hub, HubId::from(own->hub_id));
  PARLEY_TRY(own_id, step.own_id());
  PARLEY_TRY(their_id, contact_id(contact));
  PARLEY_TRY(their_key, crypto::PublicKey::parse(contact.identity_key));
  const std::string own_uri = content::sender_uri(hub, own_id);
  const std::string their_uri = content::sender_uri(hub, their_id);
  const signal::Fingerprint fingerprint = signal::make_fingerprint(
      {as_bytes(own_uri), identity.key.public_key}, {as_bytes(their_uri), their_key});
  shown.safety_number = fingerprint.digits;
  shown.scannable = fingerprint.scannable;
  return shown;
}

}  // namespace

std::string normalised_handle(std::string handle) {
  for (char& c : handle) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return handle;
}

Result<records::Contact> load_contact(Step& step, const AccountId& id) {
  PARLEY_TRY(stored, step.get<records::Contact>(RecordKind::contact, id_key(id.view())));
  if (stored) return *std::move(stored);
  records::Contact contact;
  contact.account_id = id.to_bytes();
  return contact;
}

void save_contact(Step& step, const records::Contact& contact) {
  step.put(RecordKind::contact, contact.account_id, contact);
  if (!contact.handle.empty()) {
    step.write(RecordKind::handle, id_key(as_bytes(contact.handle)),
               SecretBuffer(contact.account_id));
  }
}

std::int64_t after(std::int64_t earlier_ms, Time now) { return std::max(earlier_ms + 1, now.ms); }

e2e::ContactState contact_state(const records::Contact& contact) {
  e2e::ContactState state;
  state.account_id = contact.account_id;
  state.handle = contact.handle;
  state.verified_identity_key = contact.verified_identity_key;
  state.blocked = contact.blocked;
  state.accepted = contact.accepted;
  state.declined = contact.declined;
  state.decided_at_ms = contact.decided_at_ms;
  state.verification_decided_at_ms = contact.verification_decided_at_ms;
  return state;
}

Status sync_contact(Step& step, const records::Contact& contact) {
  e2e::Sync sync;
  sync.body = contact_state(contact);
  return enqueue_sync(step, sync);
}

Result<AccountId> contact_id(const records::Contact& contact) {
  return AccountId::from(contact.account_id);
}

bool is_verified(const records::Contact& contact) {
  return !contact.identity_key.empty() && contact.verified_identity_key == contact.identity_key;
}

bool is_change_undecided(const records::Contact& contact) {
  return !contact.verified_identity_key.empty() && !contact.identity_key.empty() &&
         contact.verified_identity_key != contact.identity_key;
}

Status inherit_block(Step& step, records::Contact& contact) {
  const bool is_decided = contact.decided_at_ms > 0 || contact.accepted;
  if (contact.handle.empty() || is_decided) return {};
  PARLEY_TRY(known, step.read(RecordKind::handle, id_key(as_bytes(contact.handle))));
  if (!known || equal(known->view(), contact.account_id)) return {};
  PARLEY_TRY(before_id, AccountId::from(known->view()));
  PARLEY_TRY(before, load_contact(step, before_id));
  if (!before.blocked) return {};
  contact.blocked = true;
  contact.decided_at_ms = before.decided_at_ms;
  return {};
}

Result<std::optional<AccountId>> resolve(Step& step, const SharedCommand& command,
                                         const api::Peer& peer) {
  PARLEY_TRY(own, step.account());
  if (!peer.account_id.empty()) {
    PARLEY_TRY(id, AccountId::from(peer.account_id));
    PARLEY_TRY(contact, load_contact(step, id));
    if (contact.handle.empty()) return fail(ErrorCode::unknown_account);
    return std::optional(id);
  }
  const std::string handle = normalised_handle(peer.handle);
  if (handle.empty()) return fail(ErrorCode::invalid_argument, "no name given");
  if (handle == own->handle) {
    PARLEY_TRY(id, AccountId::from(own->account_id));
    return std::optional(id);
  }
  PARLEY_TRY(known, step.read(RecordKind::handle, id_key(as_bytes(handle))));
  if (known) {
    PARLEY_TRY(id, AccountId::from(known->view()));
    if (!is_waited_for(step.live(), handle)) return std::optional(id);
    // The name became known in another way: earlier commands go first.
    end_wait_for(step, handle, nullptr);
    step.requeue(command);
    return std::optional<AccountId>();
  }
  PARLEY_CHECK(park(step, command, handle));
  if (step.live().welcomed) look_up_handle(step, handle);
  return std::optional<AccountId>();
}

Result<bool> require_link(Step& step, const SharedCommand& command) {
  PARLEY_CHECK(step.account());
  if (step.live().welcomed) return true;
  PARLEY_CHECK(park(step, command, {}));
  return false;
}

void look_up_account(Step& step, const AccountId& id) {
  if (is_open(step.live(), OpenRequest::Kind::lookup_account, {}, id)) return;
  channel::Lookup lookup;
  lookup.who = channel::Lookup::AccountId{id.to_bytes()};
  OpenRequest request;
  request.kind = OpenRequest::Kind::lookup_account;
  request.account = id;
  step.request(std::move(lookup), std::move(request));
}

Status on_account(Step& step, const OpenRequest& request, const channel::Account& account) {
  PARLEY_TRY(id, AccountId::from(account.account_id));
  PARLEY_TRY(contact, load_contact(step, id));
  contact.handle = account.handle;
  contact.profile_name = account.profile_name;
  contact.provider = account.provider;
  contact.features = account.features;
  PARLEY_CHECK(inherit_block(step, contact));
  if (!account.identity_key.empty()) {
    PARLEY_TRY(key, crypto::PublicKey::parse(account.identity_key));
    // A notice stands before what waits for this answer.
    const std::int64_t now_us = step.now().ms * 1000;
    const auto waiting_us = first_parked_us(step.live(), id);
    PARLEY_CHECK(
        note_identity(step, contact, key, waiting_us ? std::min(now_us, *waiting_us - 1) : now_us));
  }
  save_contact(step, contact);
  if (request.kind == OpenRequest::Kind::lookup_handle) {
    end_wait_for(step, request.handle, nullptr);
  } else {
    end_parking(step, id, request);
  }
  return {};
}

Status on_lookup_failed(Step& step, const OpenRequest& request, const Error& error) {
  if (request.kind == OpenRequest::Kind::lookup_handle) {
    end_wait_for(step, request.handle, &error);
    return {};
  }
  if (error_info(error.code).retryable) {
    step.reset_link();  // what is parked comes again
    return {};
  }
  PARLEY_TRY(contact, load_contact(step, request.account));
  if (contact.handle.empty()) {
    // Whoever wrote is gone; without a name nothing of theirs can be shown.
    drop_parked(step, request.account);
  } else {
    // The hub does not vouch for a new key; what came under the known one stays readable.
    end_parking(step, request.account, request);
  }
  return {};
}

Status note_identity(Step& step, records::Contact& contact, const crypto::PublicKey& key,
                     std::int64_t order_us) {
  const Bytes serialized = to_bytes(key.serialize());
  if (contact.identity_key == serialized) return {};
  const bool is_first = contact.identity_key.empty();
  contact.identity_key = serialized;
  // The first one here is news all the same where another device has verified another one.
  if (is_first && !is_change_undecided(contact)) return {};
  // Sessions with the old key stay readable; new messages need new ones.
  contact.devices.clear();
  contact.devices_known = false;
  return add_notice(step, contact, api::NoticeKind::identity_changed, order_us);
}

Status get_contact(Step& step, const SharedCommand& command, const api::GetContact& request) {
  if (!request.who) return fail(ErrorCode::invalid_argument, "nobody is named");
  PARLEY_TRY(id, resolve(step, command, *request.who));
  if (!id) return {};
  PARLEY_TRY(contact, load_contact(step, *id));
  PARLEY_TRY(shown, describe(step, contact));
  step.event(std::move(shown), command->id);
  step.done(command->id);
  return {};
}

Status set_verified(Step& step, const SharedCommand& command, const api::SetVerified& request) {
  if (!request.who) return fail(ErrorCode::invalid_argument, "nobody is named");
  PARLEY_TRY(id, resolve(step, command, *request.who));
  if (!id) return {};
  PARLEY_TRY(contact, load_contact(step, *id));
  if (contact.identity_key.empty()) {
    return fail(ErrorCode::unknown_reference, "their key is not known yet");
  }
  contact.verified_identity_key = request.verified ? contact.identity_key : Bytes{};
  return decide_key(step, command, std::move(contact));
}

Status accept_identity(Step& step, const SharedCommand& command,
                       const api::AcceptIdentity& request) {
  if (!request.who) return fail(ErrorCode::invalid_argument, "nobody is named");
  PARLEY_TRY(id, resolve(step, command, *request.who));
  if (!id) return {};
  PARLEY_TRY(contact, load_contact(step, *id));
  contact.verified_identity_key.clear();
  return decide_key(step, command, std::move(contact));
}

}  // namespace parley::client
