// Commands that are given again because whoever carried them out went before answering: a tab of
// the web app that was closed, whose place another takes. What such a command did is stored
// together with its id, so that the second time only answers.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

inline constexpr std::size_t kMaxDoneOnce = 64;  // as the schema says

// True: it was carried out before, and is answered. An empty id is of nobody.
Result<bool> answer_done(Step& step, std::uint64_t command_id, const Bytes& once_id);

// In the step that carries it out. `message_id`: what it became; may be empty.
Status remember_done(Step& step, const Bytes& once_id, const Bytes& message_id);

}  // namespace parley::client
