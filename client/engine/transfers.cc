#include "client/engine/transfers.h"

#include <algorithm>

#include "client/engine/contacts.h"
#include "client/engine/file_names.h"
#include "client/engine/file_saving.h"
#include "client/engine/file_sending.h"
#include "client/engine/status.h"

namespace parley::client {
namespace {

// Waiting times after a failure that may pass: 1 s, 2 s, ... 1 min.
Duration backoff(std::uint32_t attempts) {
  constexpr Duration kFirst = seconds(1);
  constexpr Duration kLongest = minutes(1);
  const Duration wait = (std::int64_t{1} << std::min(attempts, 10u)) * kFirst;
  return std::min(wait, kLongest);
}

// A transfer goes on where it was, so what the catalogue calls final for a message may pass
// for a file.
bool may_pass(ErrorCode code) {
  return error_info(code).retryable || code == ErrorCode::hub_unreachable ||
         code == ErrorCode::timed_out;
}

Status start(Step& step, TransferItem& item) {
  PARLEY_TRY(record, load_transfer(step, item.number));
  if (!record) {
    end_transfer(step, item.number);
    return {};
  }
  const Status ordered =
      record->outgoing ? order_upload(step, *record, item.index) : order_download(step, *record);
  if (!ordered) {
    if (step.is_loading()) return ordered;
    return stop_transfer(step, *std::move(record), ordered.error());
  }
  item.running = true;
  item.done_bytes = 0;
  return {};
}

Status on_failed(Step& step, records::Transfer record, TransferItem& item,
                 const api::TransferFailed& failed) {
  const Error why{failed.code, failed.detail, failed.retry_after_ms};
  if (!may_pass(failed.code)) return stop_transfer(step, std::move(record), why);
  const Duration wait{std::max(failed.retry_after_ms, backoff(item.attempts).ms)};
  item.running = false;
  ++item.attempts;
  item.not_before_ms = step.now().ms + wait.ms;
  // Said, but not stored: after a restart it is tried at once.
  record.failure = why.code;
  record.detail = why.detail;
  return raise_transfer(step, record, api::TransferState::running);
}

TransferItem item_of(const records::Transfer& record) {
  TransferItem item;
  item.number = record.number;
  item.stopped = record.failure != ErrorCode::unspecified;
  const auto& files = record.files;
  if (record.outgoing) {
    item.index = static_cast<std::uint32_t>(
        std::find_if(files.begin(), files.end(), [](const auto& file) { return !file.uploaded; }) -
        files.begin());
  }
  return item;
}

}  // namespace

TransferItem* find_transfer(LiveState& live, std::uint64_t number) {
  const auto at = std::find_if(live.transfers.begin(), live.transfers.end(),
                               [&](const TransferItem& item) { return item.number == number; });
  return at == live.transfers.end() ? nullptr : &*at;
}

Result<std::optional<records::Transfer>> load_transfer(Step& step, std::uint64_t number) {
  return step.get<records::Transfer>(RecordKind::transfer, transfer_key(number));
}

Status load_transfers(Step& step) {
  Scan scan{RecordKind::transfer};
  scan.limit = kMaxTransfers;
  PARLEY_TRY(page, step.scan(std::move(scan)));
  for (const auto& one : page) {
    PARLEY_TRY(record, wire::decode<records::Transfer>(one.value->view()));
    if (find_transfer(step.live(), record.number) == nullptr) {
      step.live().transfers.push_back(item_of(record));
    }
  }
  step.live().transfers_loaded = true;
  return {};
}

Result<api::Transfer> show_transfer(Step& step, const records::Transfer& record,
                                    api::TransferState state) {
  PARLEY_TRY(peer, AccountId::from(record.peer_account_id));
  PARLEY_TRY(contact, load_contact(step, peer));
  api::Transfer transfer;
  transfer.number = record.number;
  transfer.outgoing = record.outgoing;
  transfer.peer_account_id = record.peer_account_id;
  transfer.peer_handle = contact.handle;
  transfer.state = state;
  transfer.failure = record.failure;
  transfer.detail = record.detail;
  transfer.message_id = record.message_id;
  for (const auto& file : record.files) {
    transfer.filenames.push_back(safe_filename(file.filename));
    if (record.outgoing) transfer.sources.push_back(file.path);
    transfer.size += file.size;
    if (file.uploaded || state == api::TransferState::completed) transfer.done_bytes += file.size;
  }
  if (state == api::TransferState::completed) return transfer;
  const auto& items = step.live().transfers;
  const auto item = std::find_if(items.begin(), items.end(),
                                 [&](const auto& one) { return one.number == record.number; });
  if (item != items.end()) transfer.done_bytes += item->done_bytes;
  transfer.done_bytes = std::min(transfer.done_bytes, transfer.size);
  return transfer;
}

Status add_transfer(Step& step, records::Transfer& record) {
  PARLEY_CHECK(step.account());
  LiveState& live = step.live();
  if (!live.transfers_loaded) PARLEY_CHECK(load_transfers(step));
  if (live.transfers.size() >= kMaxTransfers) {
    return fail(ErrorCode::limit_reached, "at most 64 files on their way; cancel some");
  }
  record.number = ++step.change_account().last_transfer_number;
  step.put(RecordKind::transfer, transfer_key(record.number), record);
  live.transfers.push_back(item_of(record));
  return {};
}

Status answer_transfer(Step& step, const records::Transfer& record, std::uint64_t command_id,
                       bool wait) {
  PARLEY_TRY(transfer, show_transfer(step, record, api::TransferState::running));
  step.event(std::move(transfer), command_id);
  if (wait) {
    step.live().transfer_waiters.push_back({record.number, command_id});
  } else {
    step.done(command_id);
  }
  return {};
}

Status raise_transfer(Step& step, const records::Transfer& record, api::TransferState state,
                      const std::string& path, const Bytes& message_id) {
  PARLEY_TRY(transfer, show_transfer(step, record, state));
  transfer.path = path;
  if (!message_id.empty()) transfer.message_id = message_id;
  step.event(std::move(transfer));
  return {};
}

std::vector<std::uint64_t> end_transfer(Step& step, std::uint64_t number) {
  LiveState& live = step.live();
  step.remove(RecordKind::transfer, transfer_key(number));
  std::erase_if(live.transfers, [&](const TransferItem& item) { return item.number == number; });
  std::vector<std::uint64_t> commands;
  std::erase_if(live.transfer_waiters, [&](const TransferWaiter& waiter) {
    if (waiter.number != number) return false;
    commands.push_back(waiter.command_id);
    return true;
  });
  return commands;
}

Status stop_transfer(Step& step, records::Transfer record, const Error& why) {
  constexpr std::size_t kMaxDetail = 256;  // of the schema
  record.failure = why.code == ErrorCode::unspecified ? ErrorCode::internal : why.code;
  record.detail = why.detail.substr(0, kMaxDetail);
  step.put(RecordKind::transfer, transfer_key(record.number), record);
  if (TransferItem* item = find_transfer(step.live(), record.number)) {
    item->running = false;
    item->stopped = true;
  }
  auto& waiters = step.live().transfer_waiters;
  for (const TransferWaiter& waiter : waiters) {
    if (waiter.number == record.number) raise_failure(step, waiter.command_id, why);
  }
  std::erase_if(waiters, [&](const auto& waiter) { return waiter.number == record.number; });
  return raise_transfer(step, record, api::TransferState::stopped);
}

Result<bool> pump_transfers(Step& step) {
  LiveState& live = step.live();
  if (!live.welcomed) return false;
  if (!live.transfers_loaded) {
    PARLEY_CHECK(load_transfers(step));
    return true;
  }
  const auto running = std::count_if(live.transfers.begin(), live.transfers.end(),
                                     [](const TransferItem& item) { return item.running; });
  if (static_cast<std::size_t>(running) >= kMaxRunningTransfers) return false;
  for (TransferItem& item : live.transfers) {
    if (item.running || item.stopped || item.not_before_ms > step.now().ms) continue;
    PARLEY_CHECK(start(step, item));
    return true;
  }
  return false;
}

std::int64_t transfers_wakeup_ms(const LiveState& live, Time now) {
  std::int64_t next = 0;
  for (const TransferItem& item : live.transfers) {
    if (item.running || item.stopped || item.not_before_ms <= now.ms) continue;
    if (next == 0 || item.not_before_ms < next) next = item.not_before_ms;
  }
  return next;
}

Status on_transfer_news(Step& step, const api::TransferNews& news) {
  TransferItem* item = find_transfer(step.live(), news.number);
  if (item == nullptr || !item->running || item->index != news.index) return {};
  PARLEY_TRY(record, load_transfer(step, news.number));
  if (!record || news.index >= record->files.size()) return {};
  if (const auto* failed = std::get_if<api::TransferFailed>(&news.what)) {
    return on_failed(step, *std::move(record), *item, *failed);
  }
  if (const auto* progress = std::get_if<api::TransferProgress>(&news.what)) {
    item->done_bytes = progress->done_bytes;
    item->attempts = 0;
    return raise_transfer(step, *record, api::TransferState::running);
  }
  if (!record->outgoing) {
    const auto* finished = std::get_if<api::TransferFinished>(&news.what);
    return finished != nullptr ? on_saved(step, *record, *finished) : Status{};
  }
  return on_upload_news(step, *std::move(record), *item, news);
}

}  // namespace parley::client
