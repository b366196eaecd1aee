// The id of the conversation between two accounts, which the hub checks so that nobody can
// file a message under a foreign conversation, and what people are called in it. Pure; any
// thread.
//
// SHA-256 over the two accounts' text ids (26 characters of base32), sorted bytewise and
// joined by a newline; of one account with itself: its text id alone.
// Source: docs/protocol, conversation ids; lib/content computes the same.
#pragma once

#include <string>

#include "lib/base/ids.h"

namespace parley::hub {

ConversationId conversation_between(const AccountId& a, const AccountId& b);

// "mimi://<hub id>/u/<account id>", as members name a sender in what they commit to.
std::string mimi_uri(const HubId& hub, const AccountId& account);

}  // namespace parley::hub
