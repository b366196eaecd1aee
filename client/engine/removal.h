// Taking messages out of this device's history, and out of the outbox while that is possible.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

struct Waiting {
  // Entries of the outbox that carry the message or change it, the message itself first.
  std::vector<std::uint64_t> numbers{};
  // Nobody knows whether the hub has one of them: it was sent, and there is no answer.
  bool may_have_arrived = false;
};
Result<Waiting> find_waiting(Step& step, const MessageId& id);

// --- commands
Status remove_message(Step& step, const SharedCommand& command, const api::RemoveMessage& request);

}  // namespace parley::client
