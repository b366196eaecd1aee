// Reporting messages to the operator of the hub. A report reveals the messages named in it,
// with what proves who sent them (message franking), and nothing else; the person sees first
// what that is.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

// Messages of a report in which none are named.
inline constexpr std::size_t kReportedByDefault = 5;
inline constexpr std::size_t kMaxReported = 20;

Status send_report(Step& step, const SharedCommand& command, const api::SendReport& request);

}  // namespace parley::client
