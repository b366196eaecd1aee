// Names of people and conversations as MIMI sees them:
//   sender  mimi://<hub id>/u/<account id>
//   room    mimi://<hub id>/r/<conversation id>
// Ids are unpadded lower-case base32. The hub id never changes, so neither do the
// URIs when a hub moves to another domain. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/ids.h"

namespace parley::content {

std::string sender_uri(const HubId& hub, const AccountId& account);
std::string room_uri(const HubId& hub, const ConversationId& conversation);

// The conversation between two accounts, the same for both: SHA-256 over their
// ids' text forms, sorted bytewise and joined by '\n'. With oneself: over the one
// id's text form.
ConversationId conversation_id(const AccountId& a, const AccountId& b);

struct SenderName {
  HubId hub;
  AccountId account;
  friend bool operator==(const SenderName&, const SenderName&) = default;
};

// malformed unless sender_uri() could have made it.
Result<SenderName> parse_sender_uri(std::string_view uri);

}  // namespace parley::content
