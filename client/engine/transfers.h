// Files on their way: which of them the runtime moves now, what it said about them, and what
// a person sees of it. What is sent begins in file_sending.h, what is fetched in
// file_saving.h; this is what both have in common.
//
// A transfer is one record (proto/client_records.proto) and goes on after a restart. It ends
// by being completed or cancelled, which removes the record and its keys, or it stops with a
// failure that time does not mend, and then waits to be resumed.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

// Stores a new transfer; sets its number. It starts by itself. limit_reached where there are
// too many.
Status add_transfer(Step& step, records::Transfer& record);
// The first event of a transfer, for the command that began it; then CommandDone, or with
// `wait` at its end.
Status answer_transfer(Step& step, const records::Transfer& record, std::uint64_t command_id,
                       bool wait);
// Events about a transfer in this state.
Status raise_transfer(Step& step, const records::Transfer& record, api::TransferState state,
                      const std::string& path = {}, const Bytes& message_id = {});
// The record goes, with its keys. Commands that wait for it are returned.
std::vector<std::uint64_t> end_transfer(Step& step, std::uint64_t number);
// It stops until somebody resumes it.
Status stop_transfer(Step& step, records::Transfer record, const Error& why);
// What was begun of it goes; commands that wait for it fail.
Status give_up_transfer(Step& step, const records::Transfer& record);

// Starts what may start. False: nothing to do now.
Result<bool> pump_transfers(Step& step);
// When pump_transfers may have something to do again by time alone; 0: never.
std::int64_t transfers_wakeup_ms(const LiveState& live, Time now);
Status on_transfer_news(Step& step, const api::TransferNews& news);

// Null: it is over.
TransferItem* find_transfer(LiveState& live, std::uint64_t number);
Result<std::optional<records::Transfer>> load_transfer(Step& step, std::uint64_t number);
// Those of the store, once.
Status load_transfers(Step& step);
Result<api::Transfer> show_transfer(Step& step, const records::Transfer& record,
                                    api::TransferState state);

// --- commands (transfer_commands.cc)
Status list_transfers(Step& step, const SharedCommand& command);
Status resume_transfer(Step& step, const SharedCommand& command,
                       const api::ResumeTransfer& request);
Status cancel_transfer(Step& step, const SharedCommand& command,
                       const api::CancelTransfer& request);

}  // namespace parley::client
