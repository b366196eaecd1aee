// The history: messages and chats as records, and how a change to one becomes an
// event. Everything that shows up in a chat passes here.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

inline constexpr std::size_t kMaxPreviewBytes = 160;
// Entries looked back over for another preview when its message goes.
inline constexpr std::uint32_t kMaxPreviewLookBack = 50;

struct PlacedMessage {
  RecordKey key;
  records::Message message;
};

// The conversation with somebody, oneself included.
Result<ConversationId> conversation_with(Step& step, const AccountId& peer);

// Nothing where no such message is (any more).
Result<std::optional<PlacedMessage>> load_message(Step& step, const MessageId& id);
// Whether this message id was handled before, as a message or as a change to one.
Result<bool> is_known(Step& step, const MessageId& id);

// A new entry; raises MessageAdded. `unread`: it is to be counted so.
Status add_message(Step& step, const records::Message& message, bool unread);
// Something happened in the chat with `contact`; raises NoticeAdded too.
Status add_notice(Step& step, const records::Contact& contact, api::NoticeKind kind,
                  std::int64_t order_us);
// Writes a changed message back; raises MessageChanged.
Status save_message(Step& step, const PlacedMessage& placed);
// The hub has accepted it: it moves to its final place in the chat.
Status move_message(Step& step, const PlacedMessage& placed, std::int64_t accepted_at_us);
// A message that disappears after reading does so from now on; the caller stores it. For the
// one who wrote it the time runs from when it was sent.
void start_expiry(Step& step, records::Message& message, std::int64_t from_ms);
// Removes every trace of it; raises MessageChanged.
Status erase_message(Step& step, const PlacedMessage& placed);

// The message as the user interface gets it.
Result<api::Message> show(Step& step, const records::Message& message);

}  // namespace parley::client
