// Messages of a chat by page and by the beginning of their id.
#pragma once

#include <string>
#include <vector>

#include "apps/cli/session.h"

namespace parley::cli {

// Newest first, at most `limit`; `before`: only what is older than the message whose
// id begins like this (empty: from the newest).
std::vector<api::Message> load_history(Session& session, const std::string& who,
                                       std::uint32_t limit, const std::string& before = {});

// The one message whose id begins like this, among the newest ten thousand. Throws where
// there is none or more than one.
Bytes find_message(Session& session, const std::string& who, const std::string& id_begin);

}  // namespace parley::cli
