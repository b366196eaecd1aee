// The commands that write something into a chat.
#pragma once

#include "client/engine/history.h"
#include "client/engine/step.h"
#include "lib/content/make.h"

namespace parley::client {

// Who writes a message to `peer` now, with a fresh salt.
Result<content::Origin> origin_for(Step& step, const AccountId& peer);
// identity_changed, not_allowed, or why the chat is closed.
Status check_open(Step& step, const records::Contact& contact);
// A message of this account.
Result<PlacedMessage> require_message(Step& step, const AccountId& peer, const Bytes& id);

struct Posted {
  MessageId id;
  std::uint64_t outbox_number = 0;
};
// Puts a message into the history and the outbox. `text`: its words, for an explanation.
Result<Posted> post(Step& step, records::Contact& contact, const content::Origin& origin,
                    const content::Message& message, const std::string& text);
// CommandDone now, or with `wait` once the hub has accepted or refused the message.
void answer_when_sent(Step& step, std::uint64_t command_id, bool wait, const Posted& posted);

Status send_message(Step& step, const SharedCommand& command, const api::Send& request);
// A message that could not be sent, or that waits.
Status resend_message(Step& step, const SharedCommand& command, const api::Resend& request);
Status set_typing(Step& step, const SharedCommand& command, const api::SetTyping& request);

}  // namespace parley::client
