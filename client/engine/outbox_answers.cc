// What the hub says to what was sent.
#include <algorithm>

#include "client/engine/contacts.h"
#include "client/engine/history.h"
#include "client/engine/outbox.h"
#include "client/engine/outbox_entries.h"
#include "client/engine/retries.h"

namespace parley::client {

Status on_accepted(Step& step, const OpenRequest& request, const channel::Accepted& accepted) {
  PARLEY_TRY(entry, load_outbox_entry(step, request.outbox_number));
  if (!entry) return {};
  PARLEY_CHECK(
      update_sent_message(step, entry->message_id, accepted.accepted_at_us, accepted.franking));
  PARLEY_CHECK(remember_sent(step, *entry));
  remove_outbox_entry(step, entry->number);
  end_send_waiters(step, entry->number, nullptr);
  return {};
}

Status on_device_mismatch(Step& step, const OpenRequest& request,
                          const channel::DeviceMismatch& mismatch) {
  for (const auto& account : mismatch.accounts) {
    PARLEY_TRY(id, AccountId::from(account.account_id));
    PARLEY_TRY(contact, load_contact(step, id));
    for (const std::uint32_t device : account.removed) {
      std::erase_if(contact.devices, [&](const auto& known) { return known.device_id == device; });
      step.remove(RecordKind::session, device_key({id, DeviceId{device}}));
    }
    // Registration id 0 fits no session: keys are fetched before the next try.
    const auto forget = [&](std::uint32_t device) {
      std::erase_if(contact.devices, [&](const auto& known) { return known.device_id == device; });
      records::PeerDevice unknown;
      unknown.device_id = device;
      contact.devices.push_back(unknown);
    };
    for (const std::uint32_t device : account.missing) forget(device);
    for (const std::uint32_t device : account.stale) forget(device);
    contact.devices_known = true;
    save_contact(step, contact);
  }
  PARLEY_TRY(entry, load_outbox_entry(step, request.outbox_number));
  if (!entry) return {};
  // Encrypted again, under a new send id; later ones of the conversation wait for it.
  entry->state = records::OutboxState::waiting;
  entry->send.clear();
  entry->send_id.clear();
  constexpr std::uint32_t kPromptTries = 3;
  if (entry->attempts >= kPromptTries) {
    return postpone_entry(step, *std::move(entry), Error{ErrorCode::no_prekeys, {}, 0});
  }
  ++entry->attempts;
  step.put(RecordKind::outbox, outbox_key(entry->number), *entry);
  if (OutboxItem* item = find_outbox_item(step.live(), entry->number)) item->in_flight = false;
  return {};
}

Status on_send_failed(Step& step, const OpenRequest& request, const Error& error) {
  PARLEY_TRY(entry, load_outbox_entry(step, request.outbox_number));
  if (!entry) return {};
  if (!error_info(error.code).retryable) return give_up_entry(step, *entry, error);
  if (error.code == ErrorCode::no_prekeys) {
    entry->state = records::OutboxState::waiting;
    entry->send.clear();
  }
  // After these the hub may have stored it all the same.
  entry->refused =
      error.code != ErrorCode::internal && error.code != ErrorCode::storage_unavailable;
  return postpone_entry(step, *std::move(entry), error);
}

Status on_keys_failed(Step& step, const AccountId& account, const Error& error) {
  PARLEY_TRY(own, step.own_id());
  PARLEY_TRY(conversation, conversation_with(step, account));
  const std::vector<OutboxItem> items = step.live().outbox;
  for (const OutboxItem& item : items) {
    // Own keys are needed by every entry; a peer's by those of its conversation.
    const bool concerned = account == own || item.conversation == conversation;
    if (item.in_flight || !concerned) continue;
    PARLEY_TRY(entry, load_outbox_entry(step, item.number));
    if (!entry || entry->state == records::OutboxState::sealed) continue;
    if (error_info(error.code).retryable || account == own) {
      PARLEY_CHECK(postpone_entry(step, *std::move(entry), error));
    } else {
      PARLEY_CHECK(give_up_entry(step, *entry, error));
    }
  }
  return {};
}

}  // namespace parley::client
