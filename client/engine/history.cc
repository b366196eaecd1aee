#include "client/engine/history.h"

#include <algorithm>
#include <utility>

#include "client/engine/contacts.h"
#include "client/engine/file_names.h"
#include "client/engine/requests.h"
#include "lib/base/encoding.h"
#include "lib/content/uri.h"

namespace parley::client {
namespace {

RecordKey place_key(const MessageId& id) { return id_key(id.view()); }

// Cut at a character, not inside one.
std::string preview_of(const records::Message& message) {
  std::string text = message.text.substr(0, kMaxPreviewBytes);
  while (!text.empty() && !is_valid_utf8(as_bytes(text))) text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.empty() && !message.files.empty()) {
    text = safe_filename(message.files.front().filename);
  }
  return text;
}

Result<RecordKey> key_of(Step& step, const records::Message& message) {
  PARLEY_TRY(peer, AccountId::from(message.peer_account_id));
  PARLEY_TRY(chat, conversation_with(step, peer));
  PARLEY_TRY(id, MessageId::from(message.message_id));
  return message_key(chat, message.order_us, id);
}

Status touch_chat(Step& step, const records::Message& message, bool unread) {
  PARLEY_TRY(peer, AccountId::from(message.peer_account_id));
  PARLEY_TRY(conversation, conversation_with(step, peer));
  const RecordKey key = id_key(conversation.view());
  PARLEY_TRY(stored, step.get<records::Chat>(RecordKind::chat, key));
  records::Chat chat = stored ? *std::move(stored) : records::Chat{};
  chat.peer_account_id = message.peer_account_id;
  if (message.order_us >= chat.newest_us) {
    chat.newest_us = message.order_us;
    if (message.notice == api::NoticeKind::unspecified) {
      chat.preview = preview_of(message);
      chat.preview_message_id = message.message_id;
    }
  }
  if (unread && message.order_us > chat.read_us) ++chat.unread;
  step.put(RecordKind::chat, key, chat);
  return {};
}

// What was deleted or edited does not stay in the list of chats.
Status follow_in_preview(Step& step, const records::Message& message) {
  PARLEY_TRY(peer, AccountId::from(message.peer_account_id));
  PARLEY_TRY(conversation, conversation_with(step, peer));
  const RecordKey key = id_key(conversation.view());
  PARLEY_TRY(chat, step.get<records::Chat>(RecordKind::chat, key));
  if (!chat || chat->preview_message_id != message.message_id) return {};
  std::string preview = preview_of(message);
  if (chat->preview == preview) return {};
  chat->preview = std::move(preview);
  step.put(RecordKind::chat, key, *chat);
  return {};
}

// The list of chats then shows what is the newest now. Call after the record is removed.
Status leave_chat(Step& step, const records::Message& gone) {
  PARLEY_TRY(peer, AccountId::from(gone.peer_account_id));
  PARLEY_TRY(conversation, conversation_with(step, peer));
  const RecordKey key = id_key(conversation.view());
  PARLEY_TRY(chat, step.get<records::Chat>(RecordKind::chat, key));
  if (!chat) return {};
  const bool is_post = gone.notice == api::NoticeKind::unspecified;
  const bool counted = is_post && gone.state == api::MessageState::received;
  if (counted && chat->unread > 0 && gone.order_us > chat->read_us) --chat->unread;
  if (chat->preview_message_id == gone.message_id || chat->newest_us == gone.order_us) {
    Scan scan{RecordKind::message, key, {}, true};
    scan.limit = kMaxPreviewLookBack;
    PARLEY_TRY(newest, step.scan(std::move(scan)));
    chat->preview.clear();
    chat->preview_message_id.clear();
    bool is_first = true;
    for (const auto& record : newest) {
      // A scan does not know what this step has removed.
      PARLEY_TRY(message, step.get<records::Message>(RecordKind::message, record.key));
      if (!message) continue;
      if (std::exchange(is_first, false)) chat->newest_us = message->order_us;
      if (message->notice != api::NoticeKind::unspecified) continue;
      chat->preview = preview_of(*message);
      chat->preview_message_id = message->message_id;
      break;
    }
  }
  step.put(RecordKind::chat, key, *chat);
  return {};
}

Status write_placed(Step& step, const PlacedMessage& placed) {
  step.put(RecordKind::message, placed.key, placed.message);
  PARLEY_TRY(id, MessageId::from(placed.message.message_id));
  records::MessagePlace place;
  place.key = placed.key;
  step.put(RecordKind::message_place, place_key(id), place);
  return {};
}

// Somebody's who has not been accepted.
Result<bool> is_of_request(Step& step, const records::Message& message) {
  PARLEY_TRY(peer, AccountId::from(message.peer_account_id));
  PARLEY_TRY(contact, load_contact(step, peer));
  return contact.request && message.sender_account_id == message.peer_account_id;
}

Status raise_changed(Step& step, const records::Message& message, bool removed = false) {
  PARLEY_TRY(is_request, is_of_request(step, message));
  if (is_request) return {};  // what strangers do afterwards is no event
  PARLEY_TRY(shown, show(step, message));
  shown.removed = removed;
  api::MessageChanged changed;
  changed.message = std::move(shown);
  step.event(std::move(changed));
  return {};
}

}  // namespace

Result<ConversationId> conversation_with(Step& step, const AccountId& peer) {
  PARLEY_TRY(own, step.own_id());
  return content::conversation_id(own, peer);
}

Result<std::optional<PlacedMessage>> load_message(Step& step, const MessageId& id) {
  std::optional<PlacedMessage> none;
  PARLEY_TRY(place, step.get<records::MessagePlace>(RecordKind::message_place, place_key(id)));
  if (!place) return none;
  PARLEY_TRY(message, step.get<records::Message>(RecordKind::message, place->key));
  // A place may also be of a change to a message: then it is not this message's.
  if (!message || !equal(message->message_id, id.view())) return none;
  return std::optional(PlacedMessage{place->key, *std::move(message)});
}

Result<bool> is_known(Step& step, const MessageId& id) {
  PARLEY_TRY(place, step.read(RecordKind::message_place, place_key(id)));
  return place != nullptr;
}

Status add_message(Step& step, const records::Message& message, bool unread) {
  PARLEY_TRY(key, key_of(step, message));
  PARLEY_CHECK(touch_chat(step, message, unread));
  PARLEY_CHECK(write_placed(step, {key, message}));
  PARLEY_TRY(shown, show(step, message));
  PARLEY_TRY(is_request, is_of_request(step, message));
  if (is_request) {
    PARLEY_TRY(peer, AccountId::from(message.peer_account_id));
    PARLEY_TRY(contact, load_contact(step, peer));
    return raise_request(step, contact, api::RequestState::open, std::move(shown));
  }
  api::MessageAdded added;
  added.message = std::move(shown);
  step.event(std::move(added));
  return {};
}

Status add_notice(Step& step, const records::Contact& contact, api::NoticeKind kind,
                  std::int64_t order_us) {
  records::Message message;
  message.message_id = to_bytes(step.random().array<32>());
  message.sender_account_id = contact.account_id;
  message.peer_account_id = contact.account_id;
  message.order_us = order_us;
  message.state = api::MessageState::received;
  message.notice = kind;
  PARLEY_TRY(key, key_of(step, message));
  PARLEY_CHECK(touch_chat(step, message, false));
  PARLEY_CHECK(write_placed(step, {key, message}));
  api::NoticeAdded added;
  added.kind = kind;
  added.peer_account_id = contact.account_id;
  added.peer_handle = contact.handle;
  added.time_ms = order_us / 1000;
  added.message_id = message.message_id;
  step.event(std::move(added));
  return {};
}

void start_expiry(Step& step, records::Message& message, std::int64_t from_ms) {
  if (message.expires_after_s == 0 || message.expires_at_ms != 0 || message.deleted) return;
  message.expires_at_ms = from_ms + std::int64_t{message.expires_after_s} * 1000;
  step.write(RecordKind::expiry, time_key(message.expires_at_ms, message.message_id), {});
  step.live().expiry_loaded = false;
}

Status save_message(Step& step, const PlacedMessage& placed) {
  step.put(RecordKind::message, placed.key, placed.message);
  PARLEY_CHECK(follow_in_preview(step, placed.message));
  return raise_changed(step, placed.message);
}

Status move_message(Step& step, const PlacedMessage& placed, std::int64_t accepted_at_us) {
  step.remove(RecordKind::message, placed.key);
  PlacedMessage moved = placed;
  moved.message.accepted_at_us = accepted_at_us;
  moved.message.order_us = accepted_at_us;
  PARLEY_TRY(key, key_of(step, moved.message));
  moved.key = std::move(key);
  PARLEY_CHECK(write_placed(step, moved));
  PARLEY_CHECK(touch_chat(step, moved.message, false));
  return raise_changed(step, moved.message);
}

Status erase_message(Step& step, const PlacedMessage& placed) {
  PARLEY_TRY(id, MessageId::from(placed.message.message_id));
  step.remove(RecordKind::message, placed.key);
  step.remove(RecordKind::message_place, place_key(id));
  records::Message gone = placed.message;
  gone.deleted = true;
  gone.text.clear();
  gone.files.clear();
  gone.reactions.clear();
  PARLEY_CHECK(leave_chat(step, gone));
  return raise_changed(step, gone, true);
}

Result<api::Message> show(Step& step, const records::Message& message) {
  PARLEY_TRY(own, step.account());
  PARLEY_TRY(peer, AccountId::from(message.peer_account_id));
  PARLEY_TRY(contact, load_contact(step, peer));
  api::Message shown;
  shown.message_id = message.message_id;
  shown.peer_account_id = message.peer_account_id;
  shown.peer_handle = peer.to_bytes() == own->account_id ? own->handle : contact.handle;
  shown.outgoing = message.sender_account_id == own->account_id &&
                   message.notice == api::NoticeKind::unspecified;
  shown.text = message.text;
  shown.time_ms = message.order_us / 1000;
  shown.state = message.state;
  shown.failure = message.failure;
  shown.in_reply_to = message.in_reply_to;
  shown.edited = message.edited;
  shown.deleted = message.deleted;
  for (const auto& file : message.files) shown.files.push_back(shown_file(file));
  shown.notice = message.notice;
  shown.unsupported = message.unsupported;
  shown.expires_at_ms = message.expires_at_ms;
  for (const auto& reaction : message.reactions) {
    api::ReactionShown one;
    one.own = reaction.account_id == own->account_id;
    one.emoji = reaction.emoji;
    shown.reactions.push_back(std::move(one));
  }
  if (contact.request && !shown.outgoing) {
    // Text only, until they are accepted.
    shown.unsupported |= !shown.files.empty();
    shown.files.clear();
    shown.reactions.clear();
  }
  return shown;
}

}  // namespace parley::client
