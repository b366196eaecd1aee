#include "client/engine/retries.h"

#include <algorithm>

#include "client/engine/contacts.h"
#include "client/engine/history.h"
#include "client/engine/outbox.h"
#include "client/engine/relations.h"
#include "lib/signal/session.h"

namespace parley::client {
namespace {

Result<DeviceAddress> sender_of(const channel::Deliver& deliver) {
  PARLEY_TRY(account, AccountId::from(deliver.sender_account_id));
  return DeviceAddress{account, DeviceId{deliver.sender_device_id}};
}

Result<signal::SessionRecord> load_session(Step& step, const DeviceAddress& address) {
  PARLEY_TRY(stored, step.read(RecordKind::session, device_key(address)));
  if (!stored) return signal::SessionRecord{};
  return signal::SessionRecord::parse(stored->view());
}

Bytes base_key_of(const signal::SessionRecord& session) {
  const auto key = session.base_key();
  return key ? to_bytes(key->bytes) : Bytes{};
}

}  // namespace

Status on_undecryptable(Step& step, const channel::Deliver& deliver, const Error& why) {
  PARLEY_TRY(sender, sender_of(deliver));
  PARLEY_TRY(stored,
             step.get<records::DecryptFailures>(RecordKind::decrypt_failures, device_key(sender)));
  records::DecryptFailures failures = stored ? *stored : records::DecryptFailures{};
  if (failures.count == 0) failures.first_ms = step.now().ms;
  ++failures.count;
  // An answer to a retry request comes with a new session. When those fail as often as the
  // sender tries, the message is lost; said once for a row of failures.
  if (deliver.type == channel::CiphertextType::prekey_signal) ++failures.fresh_sessions;
  const bool is_lost = deliver.type == channel::CiphertextType::prekey_signal &&
                       failures.fresh_sessions == kMaxRetries;
  step.put(RecordKind::decrypt_failures, device_key(sender), failures);
  PARLEY_TRY(own, step.own_id());
  if (is_lost && sender.account != own) {
    PARLEY_TRY(contact, load_contact(step, sender.account));
    PARLEY_CHECK(add_notice(step, contact, api::NoticeKind::message_lost, deliver.accepted_at_us));
  }
  if (failures.count > kMaxFailuresInARow) return {};
  records::HeldRetry retry;
  retry.device_id = sender.device.value;
  retry.retry_request = wire::encode(
      retry_request_for(deliver, why, std::min(failures.fresh_sessions + 1, kMaxRetries)));
  return ask_again(step, sender.account, retry);
}

e2e::RetryRequest retry_request_for(const channel::Deliver& deliver, const Error& why,
                                    std::uint32_t attempt) {
  e2e::RetryRequest request;
  request.send_id = deliver.send_id;
  request.accepted_at_us = deliver.accepted_at_us;
  request.attempt = attempt;
  request.session_unknown = why.code == ErrorCode::no_session;
  return request;
}

Status ask_again(Step& step, const AccountId& peer, const records::HeldRetry& held) {
  records::Outbox entry;
  PARLEY_TRY(conversation, conversation_with(step, peer));
  entry.conversation_id = conversation.to_bytes();
  entry.peer_account_id = peer.to_bytes();
  entry.only_device = held.device_id;
  entry.retry_request = held.retry_request;
  return enqueue(step, entry);
}

Status clear_failures(Step& step, const DeviceAddress& sender) {
  PARLEY_TRY(stored, step.read(RecordKind::decrypt_failures, device_key(sender)));
  if (stored) step.remove(RecordKind::decrypt_failures, device_key(sender));
  return {};
}

Status on_retry_request(Step& step, const channel::Deliver& deliver) {
  const auto request = wire::decode<e2e::RetryRequest>(deliver.ciphertext);
  if (!request || request->send_id.size() != 16) return {};
  PARLEY_TRY(asker, sender_of(deliver));
  PARLEY_TRY(log, step.get<records::SentLog>(RecordKind::sent_log, request->send_id));
  if (!log || log->sent_at_ms + kSentLogLifetime.ms < step.now().ms) return {};
  const auto target = std::find_if(log->targets.begin(), log->targets.end(), [&](const auto& one) {
    return one.account_id == deliver.sender_account_id && one.device_id == deliver.sender_device_id;
  });
  if (target == log->targets.end() || target->retries >= kMaxRetries) return {};

  PARLEY_TRY(own, step.own_id());
  const bool is_own = asker.account == own;
  if (!is_own) {
    PARLEY_TRY(contact, load_contact(step, asker.account));
    // Whoever was written to was accepted by that; a block since then is silent, also one of
    // another name of theirs.
    PARLEY_TRY(standing, known_standing(step, contact));
    if (standing != Standing::accepted) return {};
    if (contact.identity_key != log->peer_identity_key) return {};
  }
  // The session is of no use to the other side: a new one is made for the answer, unless
  // that has happened since.
  PARLEY_TRY(session, load_session(step, asker));
  if (base_key_of(session) == target->base_key) {
    step.write(RecordKind::session, device_key(asker),
               signal::archive_current(session).serialize());
  }
  ++target->retries;
  step.put(RecordKind::sent_log, request->send_id, *log);
  records::Outbox entry;
  entry.conversation_id = log->conversation_id;
  entry.peer_account_id = log->peer_account_id;
  entry.content = log->content;
  entry.sync = log->sync;
  entry.franking_tag = log->franking_tag;
  entry.only_device = asker.device.value;
  entry.only_own = is_own;
  entry.retries = target->retries;
  return enqueue(step, entry);
}

Status remember_sent(Step& step, const records::Outbox& entry) {
  if (!entry.retry_request.empty()) return {};
  PARLEY_TRY(send, wire::decode<channel::Send>(entry.send));
  records::SentLog log;
  log.conversation_id = entry.conversation_id;
  log.peer_account_id = entry.peer_account_id;
  log.content = entry.content;
  log.sync = entry.sync;
  log.franking_tag = entry.franking_tag;
  log.sent_at_ms = step.now().ms;
  for (const auto& recipient : send.recipients) {
    for (const auto& device : recipient.devices) {
      records::SentTarget target;
      target.account_id = recipient.account_id;
      target.device_id = device.device_id;
      target.retries = entry.retries;
      PARLEY_TRY(account, AccountId::from(recipient.account_id));
      PARLEY_TRY(session, load_session(step, {account, DeviceId{device.device_id}}));
      target.base_key = base_key_of(session);
      log.targets.push_back(std::move(target));
    }
  }
  if (!entry.peer_account_id.empty()) {
    PARLEY_TRY(peer, AccountId::from(entry.peer_account_id));
    PARLEY_TRY(contact, load_contact(step, peer));
    log.peer_identity_key = contact.identity_key;
  }
  step.put(RecordKind::sent_log, entry.send_id, log);
  step.write(RecordKind::sent_time, time_key(log.sent_at_ms, entry.send_id), SecretBuffer{});
  return {};
}

Result<bool> clean_sent_log(Step& step) {
  constexpr std::uint32_t kPerStep = 200;
  Scan scan{RecordKind::sent_time};
  scan.limit = kPerStep;
  PARLEY_TRY(oldest, step.scan(std::move(scan)));
  std::size_t removed = 0;
  for (const auto& record : oldest) {
    if (leading_number(record.key) + kSentLogLifetime.ms >= step.now().ms) break;
    step.remove(RecordKind::sent_time, record.key);
    step.remove(RecordKind::sent_log, RecordKey(record.key.begin() + 8, record.key.end()));
    ++removed;
  }
  return removed == kPerStep;
}

}  // namespace parley::client
