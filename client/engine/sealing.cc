#include "client/engine/sealing.h"

#include <algorithm>

#include "client/engine/contacts.h"
#include "client/engine/history.h"
#include "client/engine/outbox.h"
#include "lib/content/make.h"
#include "lib/content/padding.h"
#include "lib/content/uri.h"
#include "lib/signal/session.h"

namespace parley::client {
namespace {

struct Target {
  DeviceAddress address;
  RegistrationId registration_id;
  signal::SessionRecord session;
};

// One account's devices that an entry goes to.
struct Audience {
  AccountId account;
  std::vector<Target> targets;
  std::vector<std::uint32_t> without_session;
  bool devices_unknown = false;
  bool only_these = false;
};

Result<signal::SessionRecord> load_session(Step& step, const DeviceAddress& address) {
  PARLEY_TRY(stored, step.read(RecordKind::session, device_key(address)));
  if (!stored) return signal::SessionRecord{};
  return signal::SessionRecord::parse(stored->view());
}

void save_session(Step& step, const DeviceAddress& address, const signal::SessionRecord& session) {
  step.write(RecordKind::session, device_key(address), session.serialize());
}

// Which of an account's devices, with their sessions. Reads every session before it
// gives up, so that the store is asked once for all.
Result<Audience> audience_of(Step& step, const AccountId& account, std::uint32_t only_device) {
  PARLEY_TRY(own, step.own_id());
  PARLEY_TRY(contact, load_contact(step, account));
  Audience audience;
  audience.account = account;
  audience.only_these = only_device != 0;
  audience.devices_unknown = !contact.devices_known && account != own;
  std::optional<Error> loading;
  for (const auto& device : contact.devices) {
    if (only_device != 0 && device.device_id != only_device) continue;
    const DeviceAddress address{account, DeviceId{device.device_id}};
    auto session = load_session(step, address);
    if (!session) {
      if (!step.is_loading()) return fail(session.error());
      loading = session.error();
      continue;
    }
    const bool usable = session->can_encrypt(step.now()) &&
                        session->remote_registration_id() == RegistrationId{device.registration_id};
    if (usable) {
      audience.targets.push_back(
          {address, RegistrationId{device.registration_id}, *std::move(session)});
    } else {
      audience.without_session.push_back(device.device_id);
    }
  }
  if (loading) return fail(*loading);
  return audience;
}

// True where keys had to be asked for.
bool request_keys(Step& step, const Audience& audience) {
  if (!audience.devices_unknown && audience.without_session.empty()) return false;
  for (const OpenRequest& open : step.live().requests) {
    if (open.kind == OpenRequest::Kind::fetch_prekeys && open.account == audience.account) {
      return true;
    }
  }
  channel::FetchPrekeys fetch;
  fetch.account_id = audience.account.to_bytes();
  if (!audience.devices_unknown) fetch.device_ids = audience.without_session;
  OpenRequest request;
  request.kind = OpenRequest::Kind::fetch_prekeys;
  request.account = audience.account;
  request.devices = fetch.device_ids;
  step.request(std::move(fetch), std::move(request));
  return true;
}

Result<channel::Recipient> encrypt_to(Step& step, Audience& audience, ByteView plaintext) {
  channel::Recipient recipient;
  recipient.account_id = audience.account.to_bytes();
  recipient.only_these_devices = audience.only_these;
  for (Target& target : audience.targets) {
    PARLEY_TRY(encrypted, signal::encrypt(target.session, plaintext, {.now = step.now()}));
    save_session(step, target.address, encrypted.next);
    channel::DeviceCiphertext ciphertext;
    ciphertext.device_id = target.address.device.value;
    ciphertext.registration_id = target.registration_id.value;
    ciphertext.type = encrypted.message.kind == signal::MessageKind::signal
                          ? channel::CiphertextType::signal
                          : channel::CiphertextType::prekey_signal;
    ciphertext.ciphertext = std::move(encrypted.message.bytes);
    recipient.devices.push_back(std::move(ciphertext));
  }
  return recipient;
}

// Receipts become content when they leave, so that many travel as one.
Status write_report(Step& step, records::Outbox& entry) {
  if (entry.receipts.empty() || !entry.content.empty()) return {};
  PARLEY_TRY(account, step.account());
  PARLEY_TRY(hub, HubId::from(account->hub_id));
  PARLEY_TRY(own, step.own_id());
  PARLEY_TRY(conversation, ConversationId::from(entry.conversation_id));
  std::vector<content::ReportedStatus> statuses;
  for (const auto& receipt : entry.receipts) {
    PARLEY_TRY(id, MessageId::from(receipt.message_id));
    statuses.push_back(
        {id, receipt.read ? content::DeliveryStatus::read : content::DeliveryStatus::delivered});
  }
  const content::Origin origin{content::sender_uri(hub, own), content::room_uri(hub, conversation),
                               step.random().array<16>()};
  PARLEY_TRY(bytes, content::encode(content::make_status_report(origin, statuses)));
  e2e::Content report;
  report.mimi_content = std::move(bytes);
  entry.content = wire::encode(report);
  return {};
}

Bytes padded(const e2e::Envelope& envelope) { return content::pad(wire::encode(envelope)); }

Result<Bytes> content_plaintext(const records::Outbox& entry) {
  PARLEY_TRY(content, wire::decode<e2e::Content>(entry.content));
  e2e::Envelope envelope;
  envelope.body = std::move(content);
  return padded(envelope);
}

Result<Bytes> sync_plaintext(const records::Outbox& entry) {
  PARLEY_TRY(sync, wire::decode<e2e::Sync>(entry.sync));
  e2e::Envelope envelope;
  envelope.body = std::move(sync);
  return padded(envelope);
}

// A retry request is not encrypted: the session it speaks of is broken. Nothing:
// the device's registration has to be asked for first.
Result<std::optional<channel::Recipient>> retry_recipient(Step& step,
                                                          const records::Outbox& entry) {
  constexpr std::uint32_t kMaxTries = 5;
  if (entry.attempts > kMaxTries) return fail(ErrorCode::unknown_reference, "device is gone");
  PARLEY_TRY(account, AccountId::from(entry.peer_account_id));
  PARLEY_TRY(contact, load_contact(step, account));
  const auto device = std::find_if(
      contact.devices.begin(), contact.devices.end(), [&](const records::PeerDevice& known) {
        return known.device_id == entry.only_device && known.registration_id != 0;
      });
  if (device == contact.devices.end()) {
    Audience unknown;
    unknown.account = account;
    unknown.without_session.push_back(entry.only_device);
    request_keys(step, unknown);
    return std::optional<channel::Recipient>();
  }
  channel::DeviceCiphertext request;
  request.device_id = device->device_id;
  request.registration_id = device->registration_id;
  request.type = channel::CiphertextType::retry_request;
  request.ciphertext = entry.retry_request;
  channel::Recipient recipient;
  recipient.account_id = entry.peer_account_id;
  recipient.only_these_devices = true;
  recipient.devices.push_back(std::move(request));
  return std::optional(std::move(recipient));
}

struct Plan {
  std::optional<Audience> peer;  // gets the content
  std::optional<Audience> own;   // gets the sync copy
};

Result<Plan> plan_for(Step& step, const records::Outbox& entry) {
  PARLEY_TRY(own, step.own_id());
  Plan plan;
  if (!entry.content.empty() && !entry.only_own) {
    PARLEY_TRY(peer, AccountId::from(entry.peer_account_id));
    if (peer != own) {
      PARLEY_TRY(audience, audience_of(step, peer, entry.only_device));
      plan.peer = std::move(audience);
    }
  }
  const bool copies = !entry.sync.empty() && (entry.only_device == 0 || entry.only_own);
  if (copies) {
    PARLEY_TRY(audience, audience_of(step, own, entry.only_device));
    plan.own = std::move(audience);
  }
  return plan;
}

Result<bool> is_held_by_identity(Step& step, const records::Outbox& entry) {
  if (entry.peer_account_id.empty() || entry.content.empty()) return false;
  PARLEY_TRY(peer, AccountId::from(entry.peer_account_id));
  PARLEY_TRY(contact, load_contact(step, peer));
  return is_change_undecided(contact);
}

// Looked at again after a while, or as soon as keys have arrived.
SealOutcome wait(Step& step, records::Outbox& entry, Duration at_most) {
  for (OutboxItem& item : step.live().outbox) {
    if (item.number == entry.number) item.not_before_ms = step.now().ms + at_most.ms;
  }
  return SealOutcome::waits;
}

void finish_seal(Step& step, records::Outbox& entry, channel::Send send) {
  send.send_id = to_bytes(step.random().array<16>());
  send.conversation_id = entry.conversation_id;
  send.franking_tag = entry.franking_tag;
  entry.send_id = send.send_id;
  entry.send = wire::encode(send);
  entry.state = records::OutboxState::sealed;
}

}  // namespace

Result<SealOutcome> seal(Step& step, records::Outbox& entry) {
  constexpr Duration kKeyWait = seconds(10);
  constexpr Duration kDecisionWait = hours(1);  // a decision releases it
  channel::Send send;
  if (!entry.retry_request.empty()) {
    PARLEY_TRY(recipient, retry_recipient(step, entry));
    if (!recipient) {
      ++entry.attempts;
      step.put(RecordKind::outbox, outbox_key(entry.number), entry);
      return wait(step, entry, kKeyWait);
    }
    send.recipients.push_back(*std::move(recipient));
    finish_seal(step, entry, std::move(send));
    return SealOutcome::sealed;
  }
  PARLEY_CHECK(write_report(step, entry));
  PARLEY_TRY(held, is_held_by_identity(step, entry));
  if (held) {
    const Error error{ErrorCode::identity_changed, {}, 0};
    end_send_waiters(step, entry.number, &error);
    return wait(step, entry, kDecisionWait);
  }
  PARLEY_TRY(plan, plan_for(step, entry));
  const bool peer_waits = plan.peer && request_keys(step, *plan.peer);
  const bool own_waits = plan.own && request_keys(step, *plan.own);
  if (peer_waits || own_waits) return wait(step, entry, kKeyWait);
  if (plan.peer) {
    if (plan.peer->targets.empty()) {
      return fail(ErrorCode::account_deleted, "the account has no device");
    }
    PARLEY_TRY(plaintext, content_plaintext(entry));
    PARLEY_TRY(recipient, encrypt_to(step, *plan.peer, plaintext));
    send.recipients.push_back(std::move(recipient));
  }
  if (plan.own && !plan.own->targets.empty()) {
    PARLEY_TRY(plaintext, sync_plaintext(entry));
    PARLEY_TRY(recipient, encrypt_to(step, *plan.own, plaintext));
    send.recipients.push_back(std::move(recipient));
  }
  if (send.recipients.empty()) return SealOutcome::nobody;
  finish_seal(step, entry, std::move(send));
  return SealOutcome::sealed;
}

namespace {

Result<signal::PreKeyBundle> bundle_of(const channel::DeviceBundle& device,
                                       const crypto::PublicKey& identity) {
  if (!device.signed_prekey || !device.kyber_prekey) return fail(ErrorCode::no_prekeys);
  signal::PreKeyBundle bundle;
  bundle.registration_id = RegistrationId{device.registration_id};
  bundle.identity_key = identity;
  const auto copy_signature = [](const Bytes& from, crypto::Signature& to) {
    if (from.size() != to.size()) return false;
    std::copy(from.begin(), from.end(), to.begin());
    return true;
  };
  PARLEY_TRY(signed_key, crypto::PublicKey::parse(device.signed_prekey->public_key));
  bundle.signed_prekey.id = signal::SignedPreKeyId{device.signed_prekey->id};
  bundle.signed_prekey.key = signed_key;
  signal::PreKeyBundle::Kyber kyber;
  kyber.id = signal::KyberPreKeyId{device.kyber_prekey->id};
  kyber.key = device.kyber_prekey->public_key;
  if (!copy_signature(device.signed_prekey->signature, bundle.signed_prekey.signature) ||
      !copy_signature(device.kyber_prekey->signature, kyber.signature)) {
    return fail(ErrorCode::bad_signature, "a prekey is not signed");
  }
  bundle.kyber_prekey = std::move(kyber);
  if (device.one_time_prekey) {
    PARLEY_TRY(one_time, crypto::PublicKey::parse(device.one_time_prekey->public_key));
    bundle.one_time_prekey =
        signal::PreKeyBundle::OneTime{signal::PreKeyId{device.one_time_prekey->id}, one_time};
  }
  return bundle;
}

void set_registration(records::Contact& contact, std::uint32_t device, std::uint32_t registration) {
  std::erase_if(contact.devices, [&](const auto& known) { return known.device_id == device; });
  records::PeerDevice known;
  known.device_id = device;
  known.registration_id = registration;
  contact.devices.push_back(known);
}

}  // namespace

Status on_prekey_bundles(Step& step, const OpenRequest& request,
                         const channel::PrekeyBundles& bundles) {
  PARLEY_TRY(own, step.own_id());
  PARLEY_TRY(identity, step.identity());
  PARLEY_TRY(contact, load_contact(step, request.account));
  PARLEY_TRY(their_key, crypto::PublicKey::parse(bundles.identity_key));
  if (request.account == own) {
    // Own devices share one key; another one here is not ours.
    if (their_key != identity.key.public_key) {
      return on_keys_failed(step, own, Error{ErrorCode::untrusted_identity, {}, 0});
    }
  }
  // Everything is verified before anything is believed.
  std::vector<signal::SessionRecord> sessions;
  for (const auto& device : bundles.devices) {
    PARLEY_TRY(bundle, bundle_of(device, their_key));
    PARLEY_TRY(session, load_session(step, {request.account, DeviceId{device.device_id}}));
    auto started = signal::start_session(session, identity, bundle, signal::Protocol::pqxdh,
                                         step.now(), step.random());
    if (!started) return on_keys_failed(step, request.account, started.error());
    sessions.push_back(*std::move(started));
  }
  if (request.account != own) {
    PARLEY_CHECK(note_identity(step, contact, their_key, step.now().ms * 1000));
  }

  const bool all = request.devices.empty();
  if (all) contact.devices.clear();
  // What was asked for and is not in the answer does not exist or cannot be reached.
  for (const std::uint32_t device : request.devices) {
    std::erase_if(contact.devices, [&](const auto& known) { return known.device_id == device; });
  }
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    const auto& device = bundles.devices[i];
    save_session(step, {request.account, DeviceId{device.device_id}}, sessions[i]);
    set_registration(contact, device.device_id, device.registration_id);
  }
  contact.devices_known = true;
  save_contact(step, contact);
  if (contact.devices.empty() && request.account != own) {
    contact.devices_known = false;
    save_contact(step, contact);
    return on_keys_failed(step, request.account, Error{ErrorCode::no_prekeys, {}, 0});
  }
  release_outbox(step.live(), step.now());
  return {};
}

}  // namespace parley::client
