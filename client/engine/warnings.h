// What a person should know before third-party chats are turned on: the one catalogue for
// the terminal, the web app and whatever else shows it (api::ThirdParty.warnings).
// Ids are stable; texts may be improved.
#pragma once

#include <vector>

#include "client/engine/schemas.h"

namespace parley::client {

std::vector<api::Warning> third_party_warnings();

}  // namespace parley::client
