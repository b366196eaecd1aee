#include "client/engine/receiving.h"

#include <algorithm>

#include "client/engine/apply_content.h"
#include "client/engine/chats.h"
#include "client/engine/contacts.h"
#include "client/engine/decisions.h"
#include "client/engine/history.h"
#include "client/engine/parking.h"
#include "client/engine/person_names.h"
#include "client/engine/relations.h"
#include "client/engine/requests.h"
#include "client/engine/retries.h"
#include "client/engine/third_party.h"
#include "lib/content/meaning.h"
#include "lib/content/padding.h"
#include "lib/content/uri.h"
#include "lib/franking/franking.h"
#include "lib/signal/session.h"

namespace parley::client {
namespace {

// The prekeys one message names, read from the store beforehand.
class NamedPrekeys final : public signal::PreKeyLookup {
 public:
  static Result<NamedPrekeys> load(Step& step, const signal::PreKeyMessageInfo& info) {
    NamedPrekeys keys;
    if (info.one_time_prekey) {
      PARLEY_TRY(stored,
                 step.read(RecordKind::one_time_prekey, number_key(info.one_time_prekey->value)));
      keys.one_time_ = stored;
    }
    PARLEY_TRY(signed_key,
               step.read(RecordKind::signed_prekey, number_key(info.signed_prekey.value)));
    keys.signed_ = signed_key;
    if (info.kyber_prekey) {
      PARLEY_TRY(kyber, step.read(RecordKind::kyber_prekey, number_key(info.kyber_prekey->value)));
      keys.kyber_ = kyber;
    }
    const signal::PreKeyUse use{info.one_time_prekey, info.signed_prekey, info.kyber_prekey,
                                info.base_key};
    PARLEY_TRY(used, step.read(RecordKind::used_prekey, used_prekey_key(use)));
    keys.was_used_ = used != nullptr;
    return keys;
  }

  Result<signal::KeyPair> one_time_prekey(signal::PreKeyId) const override {
    if (!one_time_) return fail(ErrorCode::unknown_prekey, "one-time prekey");
    PARLEY_TRY(key, signal::OneTimePreKey::parse(one_time_->view()));
    return std::move(key.key);
  }
  Result<signal::KeyPair> signed_prekey(signal::SignedPreKeyId) const override {
    if (!signed_) return fail(ErrorCode::unknown_prekey, "signed prekey");
    PARLEY_TRY(key, signal::SignedPreKey::parse(signed_->view()));
    return std::move(key.key);
  }
  Result<crypto::KemKeyPair> kyber_prekey(signal::KyberPreKeyId) const override {
    if (!kyber_) return fail(ErrorCode::unknown_prekey, "Kyber prekey");
    PARLEY_TRY(key, signal::KyberPreKey::parse(kyber_->view()));
    return key.key_pair();
  }
  bool was_used_before(const signal::PreKeyUse&) const override { return was_used_; }

  bool kyber_is_last_resort() const {
    if (!kyber_) return false;
    const auto key = signal::KyberPreKey::parse(kyber_->view());
    return key && key->last_resort;
  }

 private:
  RecordValue one_time_;
  RecordValue signed_;
  RecordValue kyber_;
  bool was_used_ = false;
};

// One-time keys are gone after their use; the use of a last-resort key is remembered
// instead, so that the same first message is not taken twice.
void consume(Step& step, const signal::PreKeyUse& use, const NamedPrekeys& keys) {
  if (use.one_time) step.remove(RecordKind::one_time_prekey, number_key(use.one_time->value));
  if (!use.kyber) return;
  if (keys.kyber_is_last_resort()) {
    step.write(RecordKind::used_prekey, used_prekey_key(use), SecretBuffer{});
  } else {
    step.remove(RecordKind::kyber_prekey, number_key(use.kyber->value));
  }
}

// A first message must come under the key that the hub names for its sender; one of a session
// that was made before may come under an older one, which it does not bring back.
Status check_identity(Step& step, const DeviceAddress& sender, const signal::Decrypted& opened) {
  if (!opened.used_prekeys) return {};
  PARLEY_TRY(contact, load_contact(step, sender.account));
  const bool fits = contact.identity_key.empty() ||
                    equal(opened.sender_identity.serialize(), contact.identity_key);
  return fits ? Status{} : fail(ErrorCode::untrusted_identity);
}

Result<const OpenedDelivery*> decrypt_prekey_message(Step& step, const DeviceAddress& sender,
                                                     const signal::SessionRecord& session,
                                                     ByteView message,
                                                     const signal::DecryptOptions& options) {
  PARLEY_TRY(info, signal::inspect_prekey_message(message));
  PARLEY_TRY(keys, NamedPrekeys::load(step, info));
  PARLEY_TRY(identity, step.identity());
  const signal::Responder responder{identity, keys, signal::Protocol::pqxdh};
  PARLEY_TRY(opened, signal::decrypt_prekey(session, message, responder, options, step.random()));
  PARLEY_CHECK(check_identity(step, sender, opened));
  if (opened.used_prekeys) consume(step, *opened.used_prekeys, keys);
  step.write(RecordKind::session, device_key(sender), opened.next.serialize());
  return &step.keep_opened(std::move(opened.plaintext), opened.sender_identity);
}

Result<const OpenedDelivery*> decrypt(Step& step, const DeviceAddress& sender,
                                      const channel::Deliver& deliver) {
  if (const OpenedDelivery* opened = step.opened()) return opened;
  PARLEY_TRY(own, step.own_id());
  PARLEY_TRY(stored, step.read(RecordKind::session, device_key(sender)));
  signal::SessionRecord session;
  if (stored) {
    PARLEY_TRY(parsed, signal::SessionRecord::parse(stored->view()));
    session = std::move(parsed);
  }
  signal::DecryptOptions options;
  if (sender.account == own) {
    PARLEY_TRY(identity, step.identity());
    options.expected_identity = identity.key.public_key;
  }
  if (deliver.type == channel::CiphertextType::prekey_signal) {
    return decrypt_prekey_message(step, sender, session, deliver.ciphertext, options);
  }
  if (deliver.type != channel::CiphertextType::signal) {
    return fail(ErrorCode::malformed, "a kind of ciphertext this program does not know");
  }
  PARLEY_TRY(opened, signal::decrypt(session, deliver.ciphertext, options, step.random()));
  step.write(RecordKind::session, device_key(sender), opened.next.serialize());
  return &step.keep_opened(std::move(opened.plaintext), opened.sender_identity);
}

// Content as it arrived, with everything the channel says about it.
struct Arrival {
  const channel::Deliver& deliver;
  AccountId writer;     // whose content it is
  AccountId recipient;  // the other one
  AccountId peer;       // the chat it belongs to
};

Status on_content(Step& step, const Arrival& arrival, const e2e::Content& content) {
  PARLEY_TRY(account, step.account());
  PARLEY_TRY(hub, HubId::from(account->hub_id));
  PARLEY_TRY(conversation, conversation_with(step, arrival.peer));
  const std::string writer = content::sender_uri(hub, arrival.writer);
  const std::string recipient = content::sender_uri(hub, arrival.recipient);
  const std::string room = content::room_uri(hub, conversation);
  const channel::Deliver& deliver = arrival.deliver;

  // A tag without a key or a key without a tag proves nothing, so neither passes.
  if (!deliver.franking_tag.empty() || !content.franking_key.empty()) {
    PARLEY_CHECK(franking::verify_tag(deliver.franking_tag, content.franking_key,
                                      {writer, recipient, conversation, content.mimi_content}));
  }
  PARLEY_TRY(message, content::decode(content.mimi_content));
  PARLEY_CHECK(content::check_origin(message, writer, room));
  // What cannot be reported is not shown.
  if (deliver.franking_tag.empty() &&
      content::interpret(message).action != content::Action::status_report) {
    return fail(ErrorCode::franking_mismatch, "content without a tag");
  }

  ArrivedContent arrived;
  arrived.id = content::message_id(writer, room, content.mimi_content, message.salt);
  arrived.writer = arrival.writer;
  arrived.peer = arrival.peer;
  arrived.accepted_at_us = deliver.accepted_at_us;
  arrived.franking_key = content.franking_key;
  arrived.mimi_content = content.mimi_content;
  arrived.franking_tag = deliver.franking_tag;
  arrived.stamp = deliver.franking;
  arrived.device_id = deliver.sender_device_id;
  return apply_content(step, arrived, message);
}

Status on_sync(Step& step, const channel::Deliver& deliver, const AccountId& own,
               const e2e::Sync& sync) {
  if (const auto* sent = std::get_if<e2e::SentCopy>(&sync.body)) {
    if (!sent->content) return {};
    PARLEY_TRY(recipient, AccountId::from(sent->recipient_account_id));
    PARLEY_TRY(contact, load_contact(step, recipient));
    if (contact.handle.empty()) contact.handle = sent->recipient_handle;
    if (recipient != own && !contact.accepted && !contact.blocked) {
      PARLEY_CHECK(become_accepted(step, contact));
    }
    save_contact(step, contact);
    return on_content(step, {deliver, own, recipient, recipient}, *sent->content);
  }
  if (const auto* read = std::get_if<e2e::ReadMarks>(&sync.body)) return on_read_sync(step, *read);
  if (const auto* contact = std::get_if<e2e::ContactState>(&sync.body)) {
    return on_contact_sync(step, *contact);
  }
  if (const auto* person = std::get_if<e2e::PersonNames>(&sync.body)) {
    return on_person_sync(step, *person);
  }
  if (const auto* inbox = std::get_if<e2e::ThirdPartyInbox>(&sync.body)) {
    return on_inbox_sync(step, *inbox);
  }
  if (const auto* decisions = std::get_if<e2e::Decisions>(&sync.body)) {
    return on_decisions_sync(step, *decisions);
  }
  return {};  // from a newer program
}

Status on_plaintext(Step& step, const channel::Deliver& deliver, const AccountId& sender,
                    const AccountId& own, ByteView plaintext) {
  PARLEY_TRY(unpadded, content::unpad(plaintext));
  PARLEY_TRY(envelope, wire::decode<e2e::Envelope>(unpadded));
  if (const auto* sync = std::get_if<e2e::Sync>(&envelope.body)) {
    if (sender != own) return fail(ErrorCode::sender_mismatch, "sync from another account");
    return on_sync(step, deliver, own, *sync);
  }
  if (const auto* content = std::get_if<e2e::Content>(&envelope.body)) {
    return on_content(step, {deliver, sender, own, sender}, *content);
  }
  return {};
}

bool asks_for_retry(ErrorCode code) {
  return code == ErrorCode::no_session || code == ErrorCode::decryption_failed ||
         code == ErrorCode::unknown_prekey || code == ErrorCode::too_far_in_future;
}

// Nobody's message is shown without a name: it waits until the hub has said whose it
// is, and so do those behind it. True: it waits.
Result<bool> park_if_unknown(Step& step, const Delivery& delivery, const AccountId& sender) {
  PARLEY_TRY(own, step.own_id());
  if (sender == own) return false;
  PARLEY_TRY(contact, load_contact(step, sender));
  if (!contact.handle.empty() && !is_parked(step.live(), sender)) return false;
  park(step, delivery, sender);
  return true;
}

// What could be decrypted but must not be shown.
Status refuse(Step& step, const channel::Deliver& deliver, const AccountId& sender,
              const AccountId& own) {
  if (sender == own) return {};
  PARLEY_TRY(contact, load_contact(step, sender));
  return add_notice(step, contact, api::NoticeKind::message_refused, deliver.accepted_at_us);
}

Status on_unopened(Step& step, const channel::Deliver& deliver, Standing standing,
                   const Error& error) {
  if (standing == Standing::refused || error.code == ErrorCode::duplicate_message) return {};
  if (asks_for_retry(error.code)) {
    return standing == Standing::request ? hold_undecryptable(step, deliver, error)
                                         : on_undecryptable(step, deliver, error);
  }
  if (standing == Standing::request) return {};
  PARLEY_TRY(own, step.own_id());
  PARLEY_TRY(sender, AccountId::from(deliver.sender_account_id));
  return refuse(step, deliver, sender, own);
}

// Keys that do not fit may have changed: the hub is asked before anything is refused.
bool is_asked_about(const Delivery& delivery, Standing standing, const Error& error) {
  return error.code == ErrorCode::untrusted_identity && standing != Standing::refused &&
         !delivery.hub_was_asked;
}

// True: it waits for the hub.
Result<bool> handle(Step& step, const Delivery& delivery, const DeviceAddress& sender) {
  const channel::Deliver& deliver = *delivery.deliver;
  PARLEY_TRY(own, step.own_id());
  if (deliver.type == channel::CiphertextType::retry_request) {
    PARLEY_CHECK(on_retry_request(step, deliver));
    return false;
  }
  PARLEY_TRY(standing, standing_of(step, deliver, sender.account));
  auto opened = decrypt(step, sender, deliver);
  if (!opened) {
    if (step.is_loading()) return fail(opened.error());
    if (sender.account != own && is_asked_about(delivery, standing, opened.error())) {
      park(step, delivery, sender.account);
      return true;
    }
    PARLEY_CHECK(on_unopened(step, deliver, standing, opened.error()));
    return false;
  }
  PARLEY_CHECK(clear_failures(step, sender));
  // Their session went on, so that it still fits when they are let through one day.
  if (standing == Standing::refused) return false;
  if (sender.account != own) {
    PARLEY_TRY(contact, load_contact(step, sender.account));
    if (contact.identity_key.empty()) {
      PARLEY_CHECK(
          note_identity(step, contact, (*opened)->sender_identity, deliver.accepted_at_us - 1));
    }
    contact.answered = true;
    save_contact(step, contact);
  }
  const Status applied =
      on_plaintext(step, deliver, sender.account, own, (*opened)->plaintext.view());
  if (!applied) {
    if (step.is_loading()) return fail(applied.error());
    if (standing != Standing::request) {
      PARLEY_CHECK(refuse(step, deliver, sender.account, own));
    }
  }
  return false;
}

}  // namespace

Status on_deliver(Step& step, const Delivery& delivery) {
  const channel::Deliver& deliver = *delivery.deliver;
  PARLEY_TRY(account, AccountId::from(deliver.sender_account_id));
  PARLEY_TRY(unknown, park_if_unknown(step, delivery, account));
  if (unknown) return {};
  PARLEY_TRY(waits, handle(step, delivery, {account, DeviceId{deliver.sender_device_id}}));
  if (!waits) step.acknowledge(deliver.accepted_at_us);
  return {};
}

}  // namespace parley::client
