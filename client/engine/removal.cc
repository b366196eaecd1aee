#include "client/engine/removal.h"

#include "client/engine/contacts.h"
#include "client/engine/evidence.h"
#include "client/engine/history.h"
#include "client/engine/outbox.h"
#include "client/engine/outbox_entries.h"
#include "client/engine/sending.h"
#include "client/engine/transfers.h"
#include "lib/content/meaning.h"

namespace parley::client {
namespace {

// Which message an edit, deletion or reaction in the outbox is about.
std::optional<MessageId> target_of(const records::Outbox& entry) {
  const auto sync = wire::decode<e2e::Sync>(entry.sync);
  const auto* sent = sync ? std::get_if<e2e::SentCopy>(&sync->body) : nullptr;
  if (sent == nullptr || !sent->content) return std::nullopt;
  const auto message = content::decode(sent->content->mimi_content);
  if (!message) return std::nullopt;
  const content::Meaning meaning = content::interpret(*message);
  switch (meaning.action) {
    case content::Action::edit:
    case content::Action::deletion:
      return meaning.replaces;
    case content::Action::reaction:
    case content::Action::reaction_removal:
      return meaning.in_reply_to;
    default:
      return std::nullopt;
  }
}

Status stop_downloads(Step& step, const Bytes& message_id) {
  if (!step.live().transfers_loaded) PARLEY_CHECK(load_transfers(step));
  const auto& items = step.live().transfers;
  for (std::size_t i = items.size(); i-- > 0;) {
    PARLEY_TRY(record, load_transfer(step, items[i].number));
    const bool is_of_it = record && !record->outgoing && record->message_id == message_id;
    if (is_of_it) PARLEY_CHECK(give_up_transfer(step, *record));
  }
  return {};
}

}  // namespace

Result<Waiting> find_waiting(Step& step, const MessageId& id) {
  Scan scan{RecordKind::outbox};
  scan.limit = kMaxOutbox;
  PARLEY_TRY(all, step.scan(std::move(scan)));
  Waiting found;
  for (const auto& record : all) {
    PARLEY_TRY(entry, wire::decode<records::Outbox>(record.value->view()));
    // What changes a message stands behind it.
    const bool is_it =
        found.numbers.empty() ? equal(entry.message_id, id.view()) : target_of(entry) == id;
    if (!is_it) continue;
    found.numbers.push_back(entry.number);
    found.may_have_arrived |= entry.state == records::OutboxState::sealed && !entry.refused;
  }
  return found;
}

Status remove_message(Step& step, const SharedCommand& command, const api::RemoveMessage& request) {
  if (!request.chat) return fail(ErrorCode::invalid_argument, "no chat is named");
  PARLEY_TRY(peer, resolve(step, command, *request.chat));
  if (!peer) return {};
  PARLEY_TRY(placed, require_message(step, *peer, request.message_id));
  PARLEY_TRY(id, MessageId::from(placed.message.message_id));
  Waiting waiting;
  if (placed.message.state == api::MessageState::queued) {
    PARLEY_TRY(found, find_waiting(step, id));
    waiting = std::move(found);
  } else if (placed.message.state != api::MessageState::failed) {
    waiting.may_have_arrived = true;
  }
  if (request.only_unsent && waiting.may_have_arrived) {
    return fail(ErrorCode::out_of_place, "it may have reached the hub already");
  }
  PARLEY_CHECK(stop_downloads(step, placed.message.message_id));
  const Error gone{ErrorCode::unknown_reference, "it was removed", 0};
  for (const std::uint64_t number : waiting.numbers) {
    remove_outbox_entry(step, number);
    end_send_waiters(step, number, &gone);
  }
  PARLEY_CHECK(forget_evidence(step, placed.message));
  PARLEY_CHECK(erase_message(step, placed));
  // Known all the same, so that neither a copy of it nor a change to it brings it back.
  step.put(RecordKind::message_place, id_key(id.view()), records::MessagePlace{});
  step.done(command->id);
  return {};
}

}  // namespace parley::client
