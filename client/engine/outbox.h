// The outbox: what is on its way to the hub, in order, surviving restarts.
//
// An entry is first WAITING, as content; when the link is up it is encrypted to every
// target device once (SEALED, sealing.h) and those bytes are repeated until the hub
// has a result. Entries of one conversation leave in order: one that cannot go yet
// holds back those behind it.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

// Most entries of all conversations together.
inline constexpr std::uint64_t kMaxOutbox = 10'000;
inline constexpr std::size_t kMaxReceiptsPerReport = 256;

// Adds an entry; sets its number. overloaded where the outbox is full.
Status enqueue(Step& step, records::Outbox& entry);
// To the own other devices; nothing happens where there are none.
Status enqueue_sync(Step& step, const e2e::Sync& sync);
// "Delivered" or "read", gathered into one report for each person.
Status enqueue_receipt(Step& step, const AccountId& to, const MessageId& message, bool read);

// Sends the next entry that can go, or asks for keys. False: nothing to do now.
Result<bool> pump_outbox(Step& step);

// When pump_outbox may have something to do again by time alone; 0: never.
std::int64_t outbox_wakeup_ms(const LiveState& live, Time now);

// Something that entries may have waited for has changed (keys, a decision).
void release_outbox(LiveState& live, Time now);
// Tells a command that waits for this entry that it will take a decision.
void end_send_waiters(Step& step, std::uint64_t number, const Error* error);

// The hub's answers to a Send.
Status on_accepted(Step& step, const OpenRequest& request, const channel::Accepted& accepted);
Status on_device_mismatch(Step& step, const OpenRequest& request,
                          const channel::DeviceMismatch& mismatch);
Status on_send_failed(Step& step, const OpenRequest& request, const Error& error);
// Keys could not be fetched: messages to this account wait or fail.
Status on_keys_failed(Step& step, const AccountId& account, const Error& error);

}  // namespace parley::client
