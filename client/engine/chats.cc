#include "client/engine/chats.h"

#include <algorithm>

#include "client/engine/contacts.h"
#include "client/engine/evidence.h"
#include "client/engine/history.h"
#include "client/engine/outbox.h"
#include "client/engine/third_party.h"

namespace parley::client {
namespace {

// Messages that a MarkRead looks back over; older ones count as read without a receipt.
constexpr std::uint32_t kMaxReadAtOnce = 500;

// Nothing: it is not listed.
Result<std::optional<api::Chat>> show_chat(Step& step, const records::Chat& chat) {
  PARLEY_TRY(peer, AccountId::from(chat.peer_account_id));
  PARLEY_TRY(own, step.account());
  PARLEY_TRY(contact, load_contact(step, peer));
  api::Chat shown;
  shown.peer_account_id = chat.peer_account_id;
  shown.peer_handle = chat.peer_account_id == own->account_id ? own->handle : contact.handle;
  shown.peer_name = contact.profile_name;
  shown.unread = chat.unread;
  shown.time_ms = chat.newest_us / 1000;
  shown.preview = chat.preview;
  shown.verified = is_verified(contact);
  shown.blocked = contact.blocked;
  shown.provider = contact.provider;
  PARLEY_TRY(provider_name, display_name_of(step, contact.provider));
  shown.provider_name = provider_name;
  PARLEY_TRY(closed, closed_reason(step, contact));
  if (closed) shown.closed = closed->code;
  // Requests have a list of their own; what was turned down has none.
  if (contact.request || contact.declined) return std::optional<api::Chat>();
  return std::optional(std::move(shown));
}

Status sync_read_mark(Step& step, const ConversationId& conversation, std::int64_t read_us) {
  e2e::ReadMark mark;
  mark.conversation_id = conversation.to_bytes();
  mark.accepted_at_us = read_us;
  e2e::ReadMarks marks;
  marks.marks.push_back(std::move(mark));
  e2e::Sync sync;
  sync.body = std::move(marks);
  return enqueue_sync(step, sync);
}

}  // namespace

Status list_chats(Step& step, const SharedCommand& command) {
  PARLEY_CHECK(step.account());
  Scan scan{RecordKind::chat};
  scan.limit = kMaxChats;
  PARLEY_TRY(records, step.scan(std::move(scan)));
  api::ChatList list;
  std::optional<Error> loading;
  for (const auto& record : records) {
    PARLEY_TRY(chat, wire::decode<records::Chat>(record.value->view()));
    auto shown = show_chat(step, chat);
    if (shown) {
      if (*shown) list.chats.push_back(**std::move(shown));
    } else if (step.is_loading()) {
      loading = shown.error();
    } else {
      return fail(shown.error());
    }
  }
  if (loading) return fail(*loading);
  PARLEY_TRY(inbox, inbox_of(step));
  list.inbox = inbox;
  std::stable_sort(list.chats.begin(), list.chats.end(),
                   [](const auto& a, const auto& b) { return a.time_ms > b.time_ms; });
  step.event(std::move(list), command->id);
  step.done(command->id);
  return {};
}

Status list_messages(Step& step, const SharedCommand& command, const api::ListMessages& request) {
  if (!request.chat) return fail(ErrorCode::invalid_argument, "no chat is named");
  PARLEY_TRY(peer, resolve(step, command, *request.chat));
  if (!peer) return {};
  PARLEY_TRY(conversation, conversation_with(step, *peer));
  Scan scan{RecordKind::message, id_key(conversation.view()), request.before, true};
  scan.limit = std::clamp<std::uint32_t>(request.limit, 1, kMaxPageMessages);
  const std::uint32_t limit = scan.limit;
  PARLEY_TRY(page, step.scan(std::move(scan)));
  api::MessagePage shown;
  for (const auto& record : page) {
    PARLEY_TRY(message, wire::decode<records::Message>(record.value->view()));
    PARLEY_TRY(one, show(step, message));
    shown.messages.push_back(std::move(one));
  }
  if (page.size() == limit) shown.next = page.back().key;
  step.event(std::move(shown), command->id);
  step.done(command->id);
  return {};
}

Status mark_read(Step& step, const SharedCommand& command, const api::MarkRead& request) {
  if (!request.chat) return fail(ErrorCode::invalid_argument, "no chat is named");
  PARLEY_TRY(peer, resolve(step, command, *request.chat));
  if (!peer) return {};
  PARLEY_TRY(account, step.account());
  PARLEY_TRY(conversation, conversation_with(step, *peer));
  const RecordKey chat_key = id_key(conversation.view());
  PARLEY_TRY(chat, step.get<records::Chat>(RecordKind::chat, chat_key));
  PARLEY_TRY(contact, load_contact(step, *peer));
  // Looking at a request changes nothing: it is read once it is accepted.
  if (!chat || chat->read_us >= chat->newest_us || contact.request) {
    step.done(command->id);
    return {};
  }
  Scan scan{RecordKind::message, chat_key, {}, true};
  scan.limit = kMaxReadAtOnce;
  PARLEY_TRY(newest, step.scan(std::move(scan)));
  PARLEY_TRY(understood, has_feature(step, contact, channel::Feature::read_receipt));
  const bool is_open = !contact.blocked && !contact.declined && understood;
  const bool receipts = is_open && (!account->settings || account->settings->read_receipts);
  for (const auto& record : newest) {
    PARLEY_TRY(message, wire::decode<records::Message>(record.value->view()));
    if (message.order_us <= chat->read_us) break;
    const bool from_peer = message.sender_account_id == peer->to_bytes() &&
                           message.notice == api::NoticeKind::unspecified;
    if (!from_peer) continue;
    PARLEY_TRY(id, MessageId::from(message.message_id));
    if (message.expires_after_s > 0) {
      start_expiry(step, message, step.now().ms);
      step.put(RecordKind::message, record.key, message);
    }
    if (receipts) PARLEY_CHECK(enqueue_receipt(step, *peer, id, true));
  }
  chat->read_us = chat->newest_us;
  chat->unread = 0;
  step.put(RecordKind::chat, chat_key, *chat);
  PARLEY_CHECK(sync_read_mark(step, conversation, chat->read_us));
  step.done(command->id);
  return {};
}

Status on_read_sync(Step& step, const e2e::ReadMarks& marks) {
  for (const auto& mark : marks.marks) {
    PARLEY_TRY(chat, step.get<records::Chat>(RecordKind::chat, mark.conversation_id));
    if (!chat || mark.accepted_at_us <= chat->read_us) continue;
    Scan scan{RecordKind::message, mark.conversation_id, {}, true};
    scan.limit = kMaxReadAtOnce;
    PARLEY_TRY(newest, step.scan(std::move(scan)));
    for (const auto& record : newest) {
      PARLEY_TRY(message, wire::decode<records::Message>(record.value->view()));
      if (message.order_us <= chat->read_us) break;
      const bool from_peer = message.sender_account_id == chat->peer_account_id;
      if (!from_peer || message.expires_after_s == 0 || message.order_us > mark.accepted_at_us) {
        continue;
      }
      start_expiry(step, message, step.now().ms);
      step.put(RecordKind::message, record.key, message);
    }
    chat->read_us = mark.accepted_at_us;
    if (chat->read_us >= chat->newest_us) chat->unread = 0;
    step.put(RecordKind::chat, mark.conversation_id, *chat);
  }
  return {};
}

Result<bool> expire_messages(Step& step) {
  LiveState& live = step.live();
  if (live.expiry_loaded && (live.next_expiry_ms == 0 || live.next_expiry_ms > step.now().ms)) {
    return false;
  }
  constexpr std::uint32_t kPerStep = 100;
  Scan scan{RecordKind::expiry};
  scan.limit = kPerStep;
  PARLEY_TRY(next, step.scan(std::move(scan)));
  live.expiry_loaded = true;
  live.next_expiry_ms = 0;
  for (const auto& record : next) {
    const std::int64_t due_ms = leading_number(record.key);
    if (due_ms > step.now().ms) {
      live.next_expiry_ms = due_ms;
      return true;
    }
    PARLEY_TRY(id, MessageId::from(ByteView(record.key).subspan(8)));
    PARLEY_TRY(placed, load_message(step, id));
    if (placed) {
      PARLEY_CHECK(keep_expired(step, placed->message));
      PARLEY_CHECK(erase_message(step, *placed));
    }
    step.remove(RecordKind::expiry, record.key);
  }
  live.expiry_loaded = next.size() < kPerStep;
  return true;
}

}  // namespace parley::client
