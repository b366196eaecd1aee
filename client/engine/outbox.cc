#include "client/engine/outbox.h"

#include <algorithm>

#include "client/engine/contacts.h"
#include "client/engine/history.h"
#include "client/engine/outbox_entries.h"
#include "client/engine/retries.h"
#include "client/engine/sealing.h"
#include "client/engine/status.h"

namespace parley::client {
namespace {

Result<OutboxItem> item_of(const records::Outbox& entry) {
  OutboxItem item;
  item.number = entry.number;
  item.not_before_ms = entry.not_before_ms;
  PARLEY_TRY(conversation, ConversationId::from(entry.conversation_id));
  item.conversation = conversation;
  return item;
}

// There is nobody to send it to: a note to oneself without further devices.
Status complete_locally(Step& step, const records::Outbox& entry) {
  PARLEY_CHECK(update_sent_message(step, entry.message_id, step.now().ms * 1000, std::nullopt));
  remove_outbox_entry(step, entry.number);
  end_send_waiters(step, entry.number, nullptr);
  return {};
}

Status load_page(Step& step) {
  LiveState& live = step.live();
  Scan scan{RecordKind::outbox};
  if (live.outbox_last > 0) scan.after = outbox_key(live.outbox_last);
  scan.limit = kMaxLoadedOutbox;
  PARLEY_TRY(page, step.scan(std::move(scan)));
  for (const auto& record : page) {
    PARLEY_TRY(entry, wire::decode<records::Outbox>(record.value->view()));
    PARLEY_TRY(item, item_of(entry));
    live.outbox_last = entry.number;
    live.outbox.push_back(item);
  }
  live.outbox_loaded = true;
  live.outbox_has_more = page.size() == kMaxLoadedOutbox;
  return {};
}

Status transmit(Step& step, std::uint64_t number) {
  PARLEY_TRY(entry, load_outbox_entry(step, number));
  if (!entry) {
    drop_outbox_item(step.live(), number);
    return {};
  }
  // From here on the report takes no more receipts.
  std::erase_if(step.live().open_receipts, [&](const auto& open) { return open.second == number; });
  if (entry->state != records::OutboxState::sealed) {
    PARLEY_TRY(outcome, seal(step, *entry));
    if (outcome == SealOutcome::waits) return {};
    if (outcome == SealOutcome::nobody) return complete_locally(step, *entry);
    step.put(RecordKind::outbox, outbox_key(number), *entry);
  } else if (entry->refused) {
    entry->refused = false;
    step.put(RecordKind::outbox, outbox_key(number), *entry);
  }
  OpenRequest request;
  request.kind = OpenRequest::Kind::send;
  request.outbox_number = number;
  step.request_encoded_send(entry->send, std::move(request));
  find_outbox_item(step.live(), number)->in_flight = true;
  return {};
}

// Calls `visit` for the entries that no earlier one of their conversation holds back,
// until it returns true or too many are in flight.
template <typename Visit>
void for_each_free_item(const LiveState& live, Visit&& visit) {
  std::vector<ConversationId> held;
  std::size_t in_flight = 0;
  for (const OutboxItem& item : live.outbox) {
    if (item.in_flight) {
      if (++in_flight >= kMaxSendsInFlight) return;
      continue;
    }
    if (std::find(held.begin(), held.end(), item.conversation) != held.end()) continue;
    if (visit(item)) return;
    held.push_back(item.conversation);
  }
}

// The first entry that may leave now; 0: none.
std::uint64_t next_to_send(const LiveState& live, Time now) {
  std::uint64_t number = 0;
  for_each_free_item(live, [&](const OutboxItem& item) {
    if (item.not_before_ms <= now.ms) number = item.number;
    return number != 0;
  });
  return number;
}

}  // namespace

Status enqueue(Step& step, records::Outbox& entry) {
  PARLEY_CHECK(step.account());
  LiveState& live = step.live();
  const std::uint64_t number = step.change_account().last_outbox_number + 1;
  if (!live.outbox.empty() && number - live.outbox.front().number > kMaxOutbox) {
    return fail(ErrorCode::overloaded, "the outbox is full");
  }
  step.change_account().last_outbox_number = number;
  entry.number = number;
  step.put(RecordKind::outbox, outbox_key(number), entry);
  const bool in_sight = live.outbox_loaded && !live.outbox_has_more;
  if (in_sight && live.outbox.size() < kMaxLoadedOutbox) {
    PARLEY_TRY(item, item_of(entry));
    live.outbox.push_back(item);
    live.outbox_last = number;
  } else {
    live.outbox_has_more = true;
  }
  return {};
}

Status enqueue_sync(Step& step, const e2e::Sync& sync) {
  PARLEY_TRY(own, step.own_id());
  PARLEY_TRY(self, load_contact(step, own));
  if (self.devices.empty()) return {};
  PARLEY_TRY(conversation, conversation_with(step, own));
  records::Outbox entry;
  entry.conversation_id = conversation.to_bytes();
  entry.sync = wire::encode(sync);
  return enqueue(step, entry);
}

Status enqueue_receipt(Step& step, const AccountId& to, const MessageId& message, bool read) {
  LiveState& live = step.live();
  PARLEY_TRY(conversation, conversation_with(step, to));
  records::Receipt receipt;
  receipt.message_id = message.to_bytes();
  receipt.read = read;
  for (const auto& [open_conversation, number] : live.open_receipts) {
    if (open_conversation != conversation) continue;
    PARLEY_TRY(entry, load_outbox_entry(step, number));
    if (!entry || entry->receipts.size() >= kMaxReceiptsPerReport) break;
    entry->receipts.push_back(std::move(receipt));
    step.put(RecordKind::outbox, outbox_key(number), *entry);
    return {};
  }
  records::Outbox entry;
  entry.conversation_id = conversation.to_bytes();
  entry.peer_account_id = to.to_bytes();
  entry.receipts.push_back(std::move(receipt));
  PARLEY_CHECK(enqueue(step, entry));
  std::erase_if(live.open_receipts, [&](const auto& open) { return open.first == conversation; });
  live.open_receipts.emplace_back(conversation, entry.number);
  return {};
}

Result<bool> pump_outbox(Step& step) {
  LiveState& live = step.live();
  if (!live.welcomed) return false;
  if (!live.outbox_loaded || (live.outbox_has_more && live.outbox.size() < kMaxLoadedOutbox / 2)) {
    PARLEY_CHECK(load_page(step));
    return true;
  }
  const std::uint64_t number = next_to_send(live, step.now());
  if (number == 0) return false;
  if (Status result = transmit(step, number); !result) {
    if (step.is_loading()) return fail(result.error());
    // A defect of this one message must not hold up the others.
    PARLEY_TRY(entry, load_outbox_entry(step, number));
    if (entry) PARLEY_CHECK(give_up_entry(step, *entry, result.error()));
  }
  return true;
}

std::int64_t outbox_wakeup_ms(const LiveState& live, Time now) {
  std::int64_t next = 0;
  if (!live.welcomed) return next;
  for_each_free_item(live, [&](const OutboxItem& item) {
    // What is due already waits for something else than time.
    if (item.not_before_ms > now.ms && (next == 0 || item.not_before_ms < next)) {
      next = item.not_before_ms;
    }
    return false;
  });
  return next;
}

void release_outbox(LiveState& live, Time now) {
  for (OutboxItem& item : live.outbox) {
    if (!item.in_flight) item.not_before_ms = std::min(item.not_before_ms, now.ms);
  }
}

void end_send_waiters(Step& step, std::uint64_t number, const Error* error) {
  auto& waiters = step.live().send_waiters;
  for (auto at = waiters.begin(); at != waiters.end();) {
    if (at->outbox_number != number) {
      ++at;
      continue;
    }
    if (error == nullptr) {
      api::CommandDone done;
      done.message_id = at->message_id;
      step.event(std::move(done), at->command_id);
    } else {
      raise_failure(step, at->command_id, *error);
    }
    at = waiters.erase(at);
  }
}

}  // namespace parley::client
