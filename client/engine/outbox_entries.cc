#include "client/engine/outbox_entries.h"

#include <algorithm>

#include "client/engine/history.h"
#include "client/engine/outbox.h"

namespace parley::client {
namespace {

// Waiting times between tries that the hub refused for now: 1 s, 2 s, ... 5 min.
Duration backoff(std::uint32_t attempts) {
  constexpr Duration kFirst = seconds(1);
  constexpr Duration kLongest = minutes(5);
  const Duration wait = (std::int64_t{1} << std::min(attempts, 12u)) * kFirst;
  return std::min(wait, kLongest);
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

}  // namespace

OutboxItem* find_outbox_item(LiveState& live, std::uint64_t number) {
  const auto at = std::find_if(live.outbox.begin(), live.outbox.end(),
                               [&](const OutboxItem& item) { return item.number == number; });
  return at == live.outbox.end() ? nullptr : &*at;
}

void drop_outbox_item(LiveState& live, std::uint64_t number) {
  std::erase_if(live.outbox, [&](const OutboxItem& item) { return item.number == number; });
  std::erase_if(live.open_receipts, [&](const auto& open) { return open.second == number; });
}

Result<std::optional<records::Outbox>> load_outbox_entry(Step& step, std::uint64_t number) {
  return step.get<records::Outbox>(RecordKind::outbox, outbox_key(number));
}

void remove_outbox_entry(Step& step, std::uint64_t number) {
  step.remove(RecordKind::outbox, outbox_key(number));
  drop_outbox_item(step.live(), number);
}

Status update_sent_message(Step& step, const Bytes& message_id, std::int64_t accepted_at_us,
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

Status give_up_entry(Step& step, const records::Outbox& entry, const Error& error) {
  if (!entry.message_id.empty()) {
    PARLEY_TRY(id, MessageId::from(entry.message_id));
    PARLEY_TRY(placed, load_message(step, id));
    if (placed) {
      placed->message.state = api::MessageState::failed;
      placed->message.failure = error.code;
      PARLEY_CHECK(save_message(step, *placed));
    }
  }
  remove_outbox_entry(step, entry.number);
  end_send_waiters(step, entry.number, &error);
  return {};
}

Status postpone_entry(Step& step, records::Outbox entry, const Error& error) {
  PARLEY_CHECK(explain_wait(step, entry, error));
  const Duration wait{std::max(error.retry_after_ms, backoff(entry.attempts).ms)};
  ++entry.attempts;
  entry.not_before_ms = step.now().ms + wait.ms;
  step.put(RecordKind::outbox, outbox_key(entry.number), entry);
  if (OutboxItem* item = find_outbox_item(step.live(), entry.number)) {
    item->in_flight = false;
    item->not_before_ms = entry.not_before_ms;
  }
  return {};
}

}  // namespace parley::client
