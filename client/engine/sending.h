// The commands that write something into a chat.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

Status send_message(Step& step, const SharedCommand& command, const api::Send& request);
// A message that could not be sent.
Status resend_message(Step& step, const SharedCommand& command, const api::Resend& request);
Status set_typing(Step& step, const SharedCommand& command, const api::SetTyping& request);

}  // namespace parley::client
