// What people do with files on their way: look, go on, give up.
#include "client/engine/file_sending.h"
#include "client/engine/status.h"
#include "client/engine/transfers.h"

namespace parley::client {
namespace {

void order_stop(Step& step, const records::Transfer& record, const records::Account& account) {
  for (std::uint32_t i = 0; i < record.files.size(); ++i) {
    api::StopTransfer stop;
    stop.discard = true;
    stop.url = record.files[i].url;
    stop.session_token = account.session_token.clone();
    stop.folder = record.folder;
    stop.partial_id = record.partial_id;
    api::TransferOrder order;
    order.number = record.number;
    order.index = i;
    order.what = std::move(stop);
    step.order(std::move(order));
  }
}

Result<records::Transfer> require(Step& step, std::uint64_t number) {
  PARLEY_TRY(record, load_transfer(step, number));
  if (!record) return fail(ErrorCode::unknown_reference, "there is no such transfer");
  return *std::move(record);
}

}  // namespace

Status list_transfers(Step& step, const SharedCommand& command) {
  PARLEY_CHECK(step.account());
  if (!step.live().transfers_loaded) PARLEY_CHECK(load_transfers(step));
  api::TransferList list;
  for (const TransferItem& item : step.live().transfers) {
    PARLEY_TRY(record, load_transfer(step, item.number));
    if (!record) continue;
    PARLEY_TRY(transfer, show_transfer(step, *record,
                                       item.stopped ? api::TransferState::stopped
                                                    : api::TransferState::running));
    list.transfers.push_back(std::move(transfer));
  }
  step.event(std::move(list), command->id);
  step.done(command->id);
  return {};
}

Status resume_transfer(Step& step, const SharedCommand& command,
                       const api::ResumeTransfer& request) {
  PARLEY_CHECK(step.account());
  if (!step.live().transfers_loaded) PARLEY_CHECK(load_transfers(step));
  PARLEY_TRY(record, require(step, request.number));
  TransferItem* item = find_transfer(step.live(), request.number);
  if (item == nullptr) return fail(ErrorCode::unknown_reference, "there is no such transfer");
  if (record.failure != ErrorCode::unspecified) {
    if (record.failure == ErrorCode::file_changed) start_over(record);
    record.failure = ErrorCode::unspecified;
    record.detail.clear();
    step.put(RecordKind::transfer, transfer_key(record.number), record);
  }
  item->stopped = false;
  item->attempts = 0;
  if (!item->running) item->not_before_ms = 0;
  return answer_transfer(step, record, command->id, request.wait);
}

Status give_up_transfer(Step& step, const records::Transfer& record) {
  PARLEY_TRY(account, step.account());
  order_stop(step, record, *account);
  PARLEY_CHECK(raise_transfer(step, record, api::TransferState::cancelled));
  for (const std::uint64_t waiting : end_transfer(step, record.number)) {
    raise_failure(step, waiting, Error{ErrorCode::unknown_reference, "it was cancelled", 0});
  }
  return {};
}

Status cancel_transfer(Step& step, const SharedCommand& command,
                       const api::CancelTransfer& request) {
  PARLEY_TRY(record, require(step, request.number));
  PARLEY_CHECK(give_up_transfer(step, record));
  step.done(command->id);
  return {};
}

}  // namespace parley::client
