// Message requests: what people wrote whom this account has not accepted. The messages stand
// in the history like others; what is shown of them is text only.
#pragma once

#include <optional>

#include "client/engine/step.h"

namespace parley::client {

// Messages of one request that can be asked for again after acceptance.
inline constexpr std::size_t kMaxHeldRetries = 8;

// Raises RequestChanged. `message`: the one that is new.
Status raise_request(Step& step, const records::Contact& contact, api::RequestState state,
                     std::optional<api::Message> message);
// Something of an open request cannot be decrypted: asked for again once it is accepted.
Status hold_undecryptable(Step& step, const channel::Deliver& deliver, const Error& why);

// --- commands
Status list_requests(Step& step, const SharedCommand& command);

}  // namespace parley::client
