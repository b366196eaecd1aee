#include "client/engine/relations.h"

#include <algorithm>

#include "client/engine/contacts.h"
#include "client/engine/history.h"
#include "client/engine/outbox.h"
#include "client/engine/person_names.h"
#include "client/engine/requests.h"
#include "client/engine/retries.h"
#include "client/engine/third_party.h"

namespace parley::client {
namespace {

// Messages of a request that are looked at for receipts: more than the hub lets through.
constexpr std::uint32_t kMaxHeldMessages = 50;

channel::SetRelation relation_of(const records::Contact& contact) {
  channel::SetRelation relation;
  relation.account_id = contact.account_id;
  relation.relation = contact.blocked    ? channel::Relation::blocked
                      : contact.declined ? channel::Relation::declined
                      : contact.accepted ? channel::Relation::accepted
                                         : channel::Relation::unspecified;
  return relation;
}

// Also again, where the hub treats a message as if it did not know the decision.
void tell_hub(Step& step, const records::Contact& contact) {
  OpenRequest request;
  request.kind = OpenRequest::Kind::background;
  step.request(relation_of(contact), std::move(request));
}

// Keeps the decision, tells the own devices and the hub; its answer ends the command.
Status conclude(Step& step, const SharedCommand& command, records::Contact& contact) {
  contact.decided_at_ms = after(contact.decided_at_ms, step.now());
  save_contact(step, contact);
  PARLEY_CHECK(sync_contact(step, contact));
  OpenRequest open;
  open.command = command;
  step.request(relation_of(contact), std::move(open));
  return {};
}

Status send_held_receipts(Step& step, const AccountId& peer) {
  PARLEY_TRY(contact, load_contact(step, peer));
  PARLEY_TRY(understood, has_feature(step, contact, channel::Feature::delivery_receipt));
  if (!understood) return {};
  PARLEY_TRY(conversation, conversation_with(step, peer));
  Scan scan{RecordKind::message, id_key(conversation.view()), {}, true};
  scan.limit = kMaxHeldMessages;
  PARLEY_TRY(newest, step.scan(std::move(scan)));
  for (const auto& record : newest) {
    PARLEY_TRY(message, wire::decode<records::Message>(record.value->view()));
    const bool is_theirs = message.sender_account_id == peer.to_bytes() &&
                           message.notice == api::NoticeKind::unspecified;
    if (!is_theirs) continue;
    PARLEY_TRY(id, MessageId::from(message.message_id));
    PARLEY_CHECK(enqueue_receipt(step, peer, id, false));
  }
  return {};
}

Status end_request(Step& step, records::Contact& contact, api::RequestState state) {
  if (!contact.request) return {};
  contact.request = false;
  return raise_request(step, contact, state, std::nullopt);
}

Status mark_blocked(Step& step, records::Contact& contact, bool blocked) {
  contact.blocked = blocked;
  if (!blocked) return {};
  contact.declined = false;
  contact.held_retries.clear();
  return end_request(step, contact, api::RequestState::blocked);
}

// The person's other names, known and new ones. True: each is decided about like this one;
// false: the command waits until the hub has said who they are.
Result<bool> block_other_names(Step& step, const SharedCommand& command,
                               const api::SetBlocked& request, const std::string& handle) {
  PARLEY_TRY(own, step.own_id());
  PARLEY_TRY(names, all_names(step, handle, request.also));
  std::vector<records::Contact> others;
  for (const auto& name : names) {
    if (name == handle) continue;
    PARLEY_TRY(id, resolve(step, command, api::Peer{.handle = name, .account_id = {}}));
    if (!id) return false;
    if (*id == own) return fail(ErrorCode::invalid_argument, "one of the names is yours");
    PARLEY_TRY(other, load_contact(step, *id));
    others.push_back(std::move(other));
  }
  for (auto& other : others) {
    PARLEY_CHECK(mark_blocked(step, other, request.blocked));
    other.decided_at_ms = after(other.decided_at_ms, step.now());
    save_contact(step, other);
    PARLEY_CHECK(sync_contact(step, other));
    tell_hub(step, other);
  }
  return true;
}

// Everybody but oneself can be decided about. Nothing: the command waits.
Result<std::optional<records::Contact>> decidable(Step& step, const SharedCommand& command,
                                                  const std::optional<api::Peer>& who) {
  if (!who) return fail(ErrorCode::invalid_argument, "nobody is named");
  std::optional<records::Contact> nobody;
  PARLEY_TRY(id, resolve(step, command, *who));
  if (!id) return nobody;
  PARLEY_TRY(own, step.own_id());
  if (*id == own) return fail(ErrorCode::invalid_argument, "this is yourself");
  PARLEY_TRY(online, require_link(step, command));
  if (!online) return nobody;
  PARLEY_TRY(contact, load_contact(step, *id));
  return std::optional(std::move(contact));
}

}  // namespace

Result<Standing> known_standing(Step& step, const records::Contact& contact) {
  if (contact.blocked || contact.declined) return Standing::refused;
  PARLEY_TRY(suppressed, is_suppressed(step, contact));
  if (suppressed) return Standing::refused;
  return contact.accepted ? Standing::accepted : Standing::request;
}

Result<Standing> standing_of(Step& step, const channel::Deliver& deliver, const AccountId& sender) {
  PARLEY_TRY(own, step.own_id());
  if (sender == own) return Standing::accepted;
  PARLEY_TRY(contact, load_contact(step, sender));
  PARLEY_TRY(standing, known_standing(step, contact));
  if (standing == Standing::refused) {
    if (contact.blocked || contact.declined) tell_hub(step, contact);
  } else if (standing == Standing::accepted) {
    if (deliver.request) tell_hub(step, contact);
  } else if (!deliver.request) {
    // Another own device decided so, or wrote to them.
    PARLEY_CHECK(become_accepted(step, contact));
    return Standing::accepted;
  } else if (!contact.request) {
    contact.request = true;
    save_contact(step, contact);
  }
  return standing;
}

Status become_accepted(Step& step, records::Contact& contact) {
  const bool was_request = contact.request;
  contact.accepted = true;
  contact.declined = false;
  PARLEY_CHECK(end_request(step, contact, api::RequestState::accepted));
  const auto held = std::exchange(contact.held_retries, {});
  save_contact(step, contact);
  if (!was_request) return {};
  PARLEY_TRY(id, contact_id(contact));
  PARLEY_CHECK(send_held_receipts(step, id));
  for (const auto& retry : held) PARLEY_CHECK(ask_again(step, id, retry));
  return {};
}

Status accept(Step& step, const SharedCommand& command, const api::Accept& request) {
  PARLEY_TRY(contact, decidable(step, command, request.who));
  if (!contact) return {};
  contact->blocked = false;
  PARLEY_CHECK(become_accepted(step, *contact));
  return conclude(step, command, *contact);
}

Status decline(Step& step, const SharedCommand& command, const api::Decline& request) {
  PARLEY_TRY(contact, decidable(step, command, request.who));
  if (!contact) return {};
  contact->accepted = false;
  contact->declined = !request.block;
  contact->blocked = request.block;
  contact->held_retries.clear();
  PARLEY_CHECK(end_request(
      step, *contact, request.block ? api::RequestState::blocked : api::RequestState::declined));
  return conclude(step, command, *contact);
}

Status set_blocked(Step& step, const SharedCommand& command, const api::SetBlocked& request) {
  PARLEY_TRY(contact, decidable(step, command, request.who));
  if (!contact) return {};
  if (request.also_at_hub) {
    PARLEY_TRY(done, block_other_names(step, command, request, contact->handle));
    if (!done) return {};
  }
  PARLEY_CHECK(mark_blocked(step, *contact, request.blocked));
  if (!request.also.empty()) {
    PARLEY_CHECK(request.blocked ? join_names(step, contact->handle, request.also)
                                 : part_names(step, contact->handle, request.also));
  }
  return conclude(step, command, *contact);
}

namespace {

void take_verification(Step& step, records::Contact& contact, const e2e::ContactState& state) {
  if (contact.verification_decided_at_ms >= state.verification_decided_at_ms) return;
  contact.verified_identity_key = state.verified_identity_key;
  contact.verification_decided_at_ms = state.verification_decided_at_ms;
  // One of the devices has missed a change; the hub knows whether it was this one.
  const auto id = contact_id(contact);
  if (id && is_change_undecided(contact)) look_up_account(step, *id);
}

Status take_relation(Step& step, records::Contact& contact, const e2e::ContactState& state) {
  if (contact.decided_at_ms >= state.decided_at_ms) return {};
  contact.blocked = state.blocked;
  contact.declined = state.declined;
  contact.decided_at_ms = state.decided_at_ms;
  if (state.blocked || state.declined) {
    contact.accepted = state.accepted;
    contact.held_retries.clear();
    return end_request(step, contact,
                       state.blocked ? api::RequestState::blocked : api::RequestState::declined);
  }
  // That device sends the receipts of what it has; this one those of what came here.
  return state.accepted ? become_accepted(step, contact) : Status{};
}

}  // namespace

Status on_contact_sync(Step& step, const e2e::ContactState& state) {
  PARLEY_TRY(id, AccountId::from(state.account_id));
  PARLEY_TRY(contact, load_contact(step, id));
  if (contact.handle.empty()) contact.handle = state.handle;
  take_verification(step, contact, state);
  PARLEY_CHECK(take_relation(step, contact, state));
  save_contact(step, contact);
  release_outbox(step.live(), step.now());
  return {};
}

}  // namespace parley::client
