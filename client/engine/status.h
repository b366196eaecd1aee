// What the user interface is told about the account and the link, and how a
// command's failure is reported.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

Status raise_status(Step& step, std::uint64_t command_id = 0);
void raise_failure(Step& step, std::uint64_t command_id, const Error& error);

}  // namespace parley::client
