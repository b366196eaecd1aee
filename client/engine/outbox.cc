#include "client/engine/outbox.h"

#include <algorithm>

#include "client/engine/contacts.h"
#include "client/engine/history.h"
#include "client/engine/retries.h"
#include "client/engine/sealing.h"
#include "client/engine/status.h"

namespace parley::client {
namespace {

// Waiting times between tries that the hub refused for now: 1 s, 2 s, ... 5 min.
Duration backoff(std::uint32_t attempts) {
  constexpr Duration kFirst = seconds(1);
  constexpr Duration kLongest = minutes(5);
  const Duration wait = (std::int64_t{1} << std::min(attempts, 12u)) * kFirst;
  return std::min(wait, kLongest);
}

OutboxItem* find_item(LiveState& live, std::uint64_t number) {
  const auto at = std::find_if(live.outbox.begin(), live.outbox.end(),
                               [&](const OutboxItem& item) { return item.number == number; });
  return at == live.outbox.end() ? nullptr : &*at;
}

void drop_item(LiveState& live, std::uint64_t number) {
  std::erase_if(live.outbox, [&](const OutboxItem& item) { return item.number == number; });
  std::erase_if(live.open_receipts, [&](const auto& open) { return open.second == number; });
}

Result<OutboxItem> item_of(const records::Outbox& entry) {
  OutboxItem item;
  item.number = entry.number;
  item.not_before_ms = entry.not_before_ms;
  PARLEY_TRY(conversation, ConversationId::from(entry.conversation_id));
  item.conversation = conversation;
  return item;
}

Result<std::optional<records::Outbox>> load(Step& step, std::uint64_t number) {
  return step.get<records::Outbox>(RecordKind::outbox, outbox_key(number));
}

void remove_entry(Step& step, std::uint64_t number) {
  step.remove(RecordKind::outbox, outbox_key(number));
  drop_item(step.live(), number);
}

Status update_message(Step& step, const Bytes& message_id, std::int64_t accepted_at_us,
                      const std::optional<channel::FrankingStamp>& stamp) {
  if (message_id.empty()) return {};
  PARLEY_TRY(id, MessageId::from(message_id));
  PARLEY_TRY(placed, load_message(step, id));
  if (!placed) return {};
  if (placed->message.state == api::MessageState::queued) {
    placed->message.state = api::MessageState::sent;
  }
  placed->message.failure = ErrorCode::unspecified;
  start_expiry(step, placed->message, accepted_at_us / 1000);
  if (stamp) {
    placed->message.stamp_key_id = stamp->key_id;
    placed->message.stamp = stamp->mac;
  }
  return move_message(step, *placed, accepted_at_us);
}

// It will not be sent: the message says why, the outbox goes on.
Status give_up(Step& step, const records::Outbox& entry, const Error& error) {
  if (!entry.message_id.empty()) {
    PARLEY_TRY(id, MessageId::from(entry.message_id));
    PARLEY_TRY(placed, load_message(step, id));
    if (placed) {
      placed->message.state = api::MessageState::failed;
      placed->message.failure = error.code;
      PARLEY_CHECK(save_message(step, *placed));
    }
  }
  remove_entry(step, entry.number);
  end_send_waiters(step, entry.number, &error);
  return {};
}

// A long wait is worth a word: the message stays in the outbox and says why.
Status explain_wait(Step& step, const records::Outbox& entry, const Error& error) {
  constexpr Duration kWorthAWord = minutes(1);
  if (error.retry_after_ms < kWorthAWord.ms) return {};
  end_send_waiters(step, entry.number, &error);
  if (entry.message_id.empty()) return {};
  PARLEY_TRY(id, MessageId::from(entry.message_id));
  PARLEY_TRY(placed, load_message(step, id));
  if (!placed || placed->message.failure == error.code) return {};
  placed->message.failure = error.code;
  return save_message(step, *placed);
}

Status postpone(Step& step, records::Outbox entry, const Error& error) {
  PARLEY_CHECK(explain_wait(step, entry, error));
  const Duration wait{std::max(error.retry_after_ms, backoff(entry.attempts).ms)};
  ++entry.attempts;
  entry.not_before_ms = step.now().ms + wait.ms;
  step.put(RecordKind::outbox, outbox_key(entry.number), entry);
  if (OutboxItem* item = find_item(step.live(), entry.number)) {
    item->in_flight = false;
    item->not_before_ms = entry.not_before_ms;
  }
  return {};
}

// There is nobody to send it to: a note to oneself without further devices.
Status complete_locally(Step& step, const records::Outbox& entry) {
  PARLEY_CHECK(update_message(step, entry.message_id, step.now().ms * 1000, std::nullopt));
  remove_entry(step, entry.number);
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
  PARLEY_TRY(entry, load(step, number));
  if (!entry) {
    drop_item(step.live(), number);
    return {};
  }
  // From here on the report takes no more receipts.
  std::erase_if(step.live().open_receipts, [&](const auto& open) { return open.second == number; });
  if (entry->state != records::OutboxState::sealed) {
    PARLEY_TRY(outcome, seal(step, *entry));
    if (outcome == SealOutcome::waits) return {};
    if (outcome == SealOutcome::nobody) return complete_locally(step, *entry);
    step.put(RecordKind::outbox, outbox_key(number), *entry);
  }
  OpenRequest request;
  request.kind = OpenRequest::Kind::send;
  request.outbox_number = number;
  step.request_encoded_send(entry->send, std::move(request));
  find_item(step.live(), number)->in_flight = true;
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
    PARLEY_TRY(entry, load(step, number));
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
    PARLEY_TRY(entry, load(step, number));
    if (entry) PARLEY_CHECK(give_up(step, *entry, result.error()));
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

Status on_accepted(Step& step, const OpenRequest& request, const channel::Accepted& accepted) {
  PARLEY_TRY(entry, load(step, request.outbox_number));
  if (!entry) return {};
  PARLEY_CHECK(update_message(step, entry->message_id, accepted.accepted_at_us, accepted.franking));
  PARLEY_CHECK(remember_sent(step, *entry));
  remove_entry(step, entry->number);
  end_send_waiters(step, entry->number, nullptr);
  return {};
}

Status on_device_mismatch(Step& step, const OpenRequest& request,
                          const channel::DeviceMismatch& mismatch) {
  for (const auto& account : mismatch.accounts) {
    PARLEY_TRY(id, AccountId::from(account.account_id));
    PARLEY_TRY(contact, load_contact(step, id));
    for (const std::uint32_t device : account.removed) {
      std::erase_if(contact.devices, [&](const auto& known) { return known.device_id == device; });
      step.remove(RecordKind::session, device_key({id, DeviceId{device}}));
    }
    // Registration id 0 fits no session: keys are fetched before the next try.
    const auto forget = [&](std::uint32_t device) {
      std::erase_if(contact.devices, [&](const auto& known) { return known.device_id == device; });
      records::PeerDevice unknown;
      unknown.device_id = device;
      contact.devices.push_back(unknown);
    };
    for (const std::uint32_t device : account.missing) forget(device);
    for (const std::uint32_t device : account.stale) forget(device);
    contact.devices_known = true;
    save_contact(step, contact);
  }
  PARLEY_TRY(entry, load(step, request.outbox_number));
  if (!entry) return {};
  // Encrypted again, under a new send id; later ones of the conversation wait for it.
  entry->state = records::OutboxState::waiting;
  entry->send.clear();
  entry->send_id.clear();
  constexpr std::uint32_t kPromptTries = 3;
  if (entry->attempts >= kPromptTries) {
    return postpone(step, *std::move(entry), Error{ErrorCode::no_prekeys, {}, 0});
  }
  ++entry->attempts;
  step.put(RecordKind::outbox, outbox_key(entry->number), *entry);
  if (OutboxItem* item = find_item(step.live(), entry->number)) item->in_flight = false;
  return {};
}

Status on_send_failed(Step& step, const OpenRequest& request, const Error& error) {
  PARLEY_TRY(entry, load(step, request.outbox_number));
  if (!entry) return {};
  if (!error_info(error.code).retryable) return give_up(step, *entry, error);
  if (error.code == ErrorCode::no_prekeys) {
    entry->state = records::OutboxState::waiting;
    entry->send.clear();
  }
  return postpone(step, *std::move(entry), error);
}

Status on_keys_failed(Step& step, const AccountId& account, const Error& error) {
  PARLEY_TRY(own, step.own_id());
  PARLEY_TRY(conversation, conversation_with(step, account));
  const std::vector<OutboxItem> items = step.live().outbox;
  for (const OutboxItem& item : items) {
    // Own keys are needed by every entry; a peer's by those of its conversation.
    const bool concerned = account == own || item.conversation == conversation;
    if (item.in_flight || !concerned) continue;
    PARLEY_TRY(entry, load(step, item.number));
    if (!entry || entry->state == records::OutboxState::sealed) continue;
    if (error_info(error.code).retryable || account == own) {
      PARLEY_CHECK(postpone(step, *std::move(entry), error));
    } else {
      PARLEY_CHECK(give_up(step, *entry, error));
    }
  }
  return {};
}

}  // namespace parley::client
