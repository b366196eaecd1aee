#include "client/engine/decisions.h"

#include "client/engine/contacts.h"
#include "client/engine/outbox.h"
#include "client/engine/person_names.h"
#include "client/engine/relations.h"
#include "client/engine/third_party.h"

namespace parley::client {
namespace {

// Calls `add` for every record of a kind, and `end` after each page.
template <typename Add, typename End>
Status for_each_page(Step& step, RecordKind kind, Add&& add, End&& end) {
  Scan scan{kind};
  scan.limit = kDecisionsPerMessage;
  for (std::uint32_t page = 0; page < kMaxDecisionMessages; ++page) {
    PARLEY_TRY(records, step.scan(scan));
    for (const auto& record : records) PARLEY_CHECK(add(record));
    PARLEY_CHECK(end());
    if (records.size() < kDecisionsPerMessage) break;
    scan.after = records.back().key;
  }
  return {};
}

Status send(Step& step, e2e::Decisions& decisions) {
  const e2e::Decisions ready = std::exchange(decisions, {});
  if (ready.contacts.empty() && ready.persons.empty() && !ready.inbox) return {};
  e2e::Sync sync;
  sync.body = ready;
  return enqueue_sync(step, sync);
}

}  // namespace

Status hand_over_decisions(Step& step) {
  e2e::Decisions decisions;
  const auto end = [&] { return send(step, decisions); };
  const auto add_contact = [&](const ScannedRecord& record) -> Status {
    PARLEY_TRY(contact, wire::decode<records::Contact>(record.value->view()));
    const bool decided = contact.decided_at_ms > 0 || contact.verification_decided_at_ms > 0;
    if (decided) decisions.contacts.push_back(contact_state(contact));
    return {};
  };
  const auto add_person = [&](const ScannedRecord& record) -> Status {
    PARLEY_TRY(person, wire::decode<records::PersonNames>(record.value->view()));
    // Each name has the whole list; one of them speaks for it.
    if (person.handles.empty() || !equal(record.key, as_bytes(person.handles.front()))) return {};
    e2e::PersonNames names;
    names.handles = person.handles;
    names.decided_at_ms = person.decided_at_ms;
    decisions.persons.push_back(std::move(names));
    return {};
  };
  PARLEY_TRY(inbox, inbox_choice(step));
  decisions.inbox = inbox;
  PARLEY_CHECK(for_each_page(step, RecordKind::contact, add_contact, end));
  return for_each_page(step, RecordKind::person_names, add_person, end);
}

Status on_decisions_sync(Step& step, const e2e::Decisions& decisions) {
  // Everything is read before the first is missed, so that the store is asked once.
  for (const auto& state : decisions.contacts) {
    PARLEY_TRY(id, AccountId::from(state.account_id));
    static_cast<void>(load_contact(step, id));
  }
  if (step.is_loading()) return Step::loading();
  for (const auto& state : decisions.contacts) PARLEY_CHECK(on_contact_sync(step, state));
  for (const auto& names : decisions.persons) PARLEY_CHECK(on_person_sync(step, names));
  return decisions.inbox ? on_inbox_sync(step, *decisions.inbox) : Status{};
}

}  // namespace parley::client
