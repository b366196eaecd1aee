// Chats with people of other services: what the hub offers to this account, what it chose,
// and what follows for a chat: whether it is open, and which features the other side has.
//
// The hub's word is kept as one record, so that everything can be shown without a link.
#pragma once

#include <string>

#include "client/engine/step.h"

namespace parley::client {

// Null: not known (the hub was never asked).
Result<std::optional<channel::Provider>> find_provider(Step& step, const std::string& provider_id);
// Also one that is not in the offer any more, as it was described last.
Result<std::optional<channel::Provider>> last_known_provider(Step& step,
                                                             const std::string& provider_id);
// The service's own name; its id where that is not known. Empty for somebody of this hub.
Result<std::string> display_name_of(Step& step, const std::string& provider_id);
// Of the hub itself, for the page about trust.
Result<std::optional<channel::DataPolicy>> hub_policy(Step& step);
Result<api::Inbox> inbox_of(Step& step);
// The same as the own devices tell each other; nothing: it was never chosen.
Result<std::optional<e2e::ThirdPartyInbox>> inbox_choice(Step& step);

// Why nothing can be written to this contact; nothing: it can.
Result<std::optional<Error>> closed_reason(Step& step, const records::Contact& contact);
// Whether the other side can show this. Everybody of this hub can.
Result<bool> has_feature(Step& step, const records::Contact& contact, channel::Feature feature);
// unsupported_feature unless it has.
Status require_feature(Step& step, const records::Contact& contact, channel::Feature feature);

// --- commands
Status get_third_party(Step& step, const SharedCommand& command);
Status set_third_party(Step& step, const SharedCommand& command, const api::SetThirdParty& request);

// The hub's word: an answer to `command`, or by itself (null).
Status on_third_party(Step& step, const SharedCommand& command, const channel::ThirdParty& offer);
// Asks for it where it may have changed since the last connection.
Status refresh_third_party(Step& step);
// What another own device chose.
Status on_inbox_sync(Step& step, const e2e::ThirdPartyInbox& chosen);

}  // namespace parley::client
