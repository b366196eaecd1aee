// The channel as the client sees it: hello, requests and their answers, pushes,
// pings, and what happens when the link goes.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

Status on_link_up(Step& step);
Status on_link_down(Step& step, ErrorCode reason);
Status on_frame(Step& step, const std::shared_ptr<const channel::ServerFrame>& frame);
// Pings and gives up on a link that went silent.
Status watch_link(Step& step);
// Once a day: key rotation and cleaning. False: nothing (left) to do.
Result<bool> maintain(Step& step);

}  // namespace parley::client
