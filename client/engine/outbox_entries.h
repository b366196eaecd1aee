// The entries of the outbox one by one: looked up, put off, given up. Inside of outbox.h.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

// Null: it is not loaded (any more).
OutboxItem* find_outbox_item(LiveState& live, std::uint64_t number);
void drop_outbox_item(LiveState& live, std::uint64_t number);
Result<std::optional<records::Outbox>> load_outbox_entry(Step& step, std::uint64_t number);
void remove_outbox_entry(Step& step, std::uint64_t number);

// The message of an entry was accepted: it gets its time and stamp.
Status update_sent_message(Step& step, const Bytes& message_id, std::int64_t accepted_at_us,
                           const std::optional<channel::FrankingStamp>& stamp);
// It will not be sent: the message says why, the outbox goes on.
Status give_up_entry(Step& step, const records::Outbox& entry, const Error& error);
// It is tried again after a while.
Status postpone_entry(Step& step, records::Outbox entry, const Error& error);

}  // namespace parley::client
