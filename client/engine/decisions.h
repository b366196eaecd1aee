// What this account decided about people, handed to a device that joins it: whom it accepted,
// declined, blocked or verified, which names are one person, and how chats are listed. What is
// decided later travels as it happens.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

// Records in one message, and messages at most: the rest follows from what people do.
inline constexpr std::uint32_t kDecisionsPerMessage = 200;
inline constexpr std::uint32_t kMaxDecisionMessages = 10;

Status hand_over_decisions(Step& step);
Status on_decisions_sync(Step& step, const e2e::Decisions& decisions);

}  // namespace parley::client
