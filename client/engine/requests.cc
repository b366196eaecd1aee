#include "client/engine/requests.h"

#include <algorithm>

#include "client/engine/chats.h"
#include "client/engine/contacts.h"
#include "client/engine/history.h"
#include "client/engine/person_names.h"
#include "client/engine/retries.h"
#include "client/engine/third_party.h"

namespace parley::client {
namespace {

Result<api::Request> show_request(Step& step, const records::Contact& contact) {
  PARLEY_TRY(id, contact_id(contact));
  PARLEY_TRY(conversation, conversation_with(step, id));
  PARLEY_TRY(chat, step.get<records::Chat>(RecordKind::chat, id_key(conversation.view())));
  PARLEY_TRY(provider_name, display_name_of(step, contact.provider));
  api::Request shown;
  shown.peer_account_id = contact.account_id;
  shown.peer_handle = contact.handle;
  shown.peer_name = contact.profile_name;
  shown.provider = contact.provider;
  shown.provider_name = provider_name;
  shown.unreadable = static_cast<std::uint32_t>(contact.held_retries.size());
  if (chat) {
    shown.preview = chat->preview;
    shown.time_ms = chat->newest_us / 1000;
    shown.messages = chat->unread;
  }
  return shown;
}

// A chat to stand in the list, where nothing of it could be read.
Status ensure_chat(Step& step, const channel::Deliver& deliver, const AccountId& sender) {
  PARLEY_TRY(conversation, conversation_with(step, sender));
  const RecordKey key = id_key(conversation.view());
  PARLEY_TRY(stored, step.read(RecordKind::chat, key));
  if (stored) return {};
  records::Chat chat;
  chat.peer_account_id = sender.to_bytes();
  chat.newest_us = deliver.accepted_at_us;
  step.put(RecordKind::chat, key, chat);
  return {};
}

}  // namespace

Status raise_request(Step& step, const records::Contact& contact, api::RequestState state,
                     std::optional<api::Message> message) {
  PARLEY_TRY(shown, show_request(step, contact));
  api::RequestChanged changed;
  changed.request = std::move(shown);
  changed.state = state;
  changed.message = std::move(message);
  step.event(std::move(changed));
  return {};
}

Status hold_undecryptable(Step& step, const channel::Deliver& deliver, const Error& why) {
  PARLEY_TRY(sender, AccountId::from(deliver.sender_account_id));
  PARLEY_TRY(contact, load_contact(step, sender));
  if (contact.held_retries.size() >= kMaxHeldRetries) return {};
  records::HeldRetry held;
  held.device_id = deliver.sender_device_id;
  held.retry_request = wire::encode(retry_request_for(deliver, why, 1));
  contact.held_retries.push_back(std::move(held));
  save_contact(step, contact);
  PARLEY_CHECK(ensure_chat(step, deliver, sender));
  return raise_request(step, contact, api::RequestState::open, std::nullopt);
}

Status list_requests(Step& step, const SharedCommand& command) {
  PARLEY_CHECK(step.account());
  Scan scan{RecordKind::chat};
  scan.limit = kMaxChats;
  PARLEY_TRY(records, step.scan(std::move(scan)));
  api::RequestList list;
  std::optional<Error> loading;
  const auto add = [&](const records::Chat& chat) -> Status {
    PARLEY_TRY(peer, AccountId::from(chat.peer_account_id));
    PARLEY_TRY(contact, load_contact(step, peer));
    if (!contact.request) return {};
    PARLEY_TRY(suppressed, is_suppressed(step, contact));
    if (suppressed) return {};
    PARLEY_TRY(shown, show_request(step, contact));
    list.requests.push_back(std::move(shown));
    return {};
  };
  for (const auto& record : records) {
    PARLEY_TRY(chat, wire::decode<records::Chat>(record.value->view()));
    if (const Status added = add(chat); !added) {
      if (!step.is_loading()) return added;
      loading = added.error();
    }
  }
  if (loading) return fail(*loading);
  std::stable_sort(list.requests.begin(), list.requests.end(),
                   [](const auto& a, const auto& b) { return a.time_ms > b.time_ms; });
  step.event(std::move(list), command->id);
  step.done(command->id);
  return {};
}

}  // namespace parley::client
