// Whom this account lets write to it: accepted, declined, blocked, or not decided yet (a
// request). The hub keeps the decision for the account and enforces it; this device keeps it
// too, so that it shows and answers rightly whatever the hub does.
//
// Until somebody is accepted they learn nothing: no receipts, no retry requests, no typing.
// What was held back goes out with the acceptance. Writing to somebody accepts them.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

// How what somebody sends is to be treated.
enum class Standing : std::uint8_t {
  accepted,
  request,  // shown apart, answered by nothing
  refused,  // dropped: blocked, declined, or another name of theirs is blocked
};
// Notes what the hub says with a delivery, and tells the hub again where it seems not to know.
Result<Standing> standing_of(Step& step, const channel::Deliver& deliver, const AccountId& sender);
// Without a delivery: only what is known here.
Result<Standing> known_standing(Step& step, const records::Contact& contact);

// They may write freely from now on; saves the contact. Held receipts and retries go out.
Status become_accepted(Step& step, records::Contact& contact);

// --- commands
Status accept(Step& step, const SharedCommand& command, const api::Accept& request);
Status decline(Step& step, const SharedCommand& command, const api::Decline& request);
Status set_blocked(Step& step, const SharedCommand& command, const api::SetBlocked& request);

// A decision of another own device.
Status on_contact_sync(Step& step, const e2e::ContactState& state);

}  // namespace parley::client
