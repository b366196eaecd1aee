// Takes a command to the part that carries it out.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

// An error ends the command: the engine reports it as CommandFailed.
Status on_command(Step& step, const SharedCommand& command);

}  // namespace parley::client
