// Deliveries that wait for what the hub says about their sender: whose name it is, or whether a
// new identity key is theirs. Those behind them wait too, so that order holds. They are in memory
// alone: what is not acknowledged the hub sends again.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

bool is_parked(const LiveState& live, const AccountId& sender);
// Asks the hub; its answer ends the wait.
void park(Step& step, const Delivery& delivery, const AccountId& sender);
// When the first of them was accepted; nothing: none waits.
std::optional<std::int64_t> first_parked_us(const LiveState& live, const AccountId& sender);

// `request` was answered: they are handled again, in order.
void end_parking(Step& step, const AccountId& sender, const OpenRequest& request);
// Nothing of theirs can be shown.
void drop_parked(Step& step, const AccountId& sender);

}  // namespace parley::client
