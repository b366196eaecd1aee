#include "hub/engine/sending.h"

#include <algorithm>
#include <utility>

#include "hub/engine/conversation.h"

namespace parley::hub {

namespace wc = wire::channel;

namespace {

Status invalid(std::string what) { return fail(ErrorCode::invalid_argument, std::move(what)); }

Status check_device(const wc::DeviceCiphertext& device, bool shared) {
  if (device.device_id == 0 || device.device_id > limits::kMaxDeviceId) {
    return invalid("device_id out of range");
  }
  switch (device.type) {
    case wc::CiphertextType::signal:
    case wc::CiphertextType::prekey_signal:
    case wc::CiphertextType::retry_request:
      return device.ciphertext.empty() ? invalid("ciphertext missing") : Status();
    case wc::CiphertextType::sender_key:
      return device.ciphertext.empty() == shared ? Status() : invalid("one payload is needed");
    default:
      return invalid("unknown ciphertext type");
  }
}

Status check_recipient(const wc::Recipient& recipient, bool shared) {
  if (recipient.account_id.size() != AccountId::size()) return invalid("account_id missing");
  std::uint64_t seen[2] = {0, 0};
  for (const wc::DeviceCiphertext& device : recipient.devices) {
    PARLEY_CHECK(check_device(device, shared));
    std::uint64_t& word = seen[device.device_id / 64];
    const std::uint64_t bit = std::uint64_t{1} << (device.device_id % 64);
    if ((word & bit) != 0) return invalid("a device is named twice");
    word |= bit;
  }
  return {};
}

Status check_shape(const wc::Send& send) {
  if (send.send_id.size() != SendId::size()) return invalid("send_id missing");
  if (send.conversation_id.size() != ConversationId::size()) {
    return invalid("conversation_id missing");
  }
  if (send.recipients.empty()) return invalid("no recipient");
  for (const wc::Recipient& recipient : send.recipients) {
    PARLEY_CHECK(check_recipient(recipient, !send.shared_payload.empty()));
  }
  return {};
}

// The other person first, then perhaps oneself; or only oneself.
Status check_people(const AccountId& self, const wc::Send& send) {
  const bool first_is_self = equal(send.recipients[0].account_id, self.view());
  if (send.recipients.size() == 2) {
    if (first_is_self || !equal(send.recipients[1].account_id, self.view())) {
      return invalid("recipients are the other person and then oneself");
    }
  }
  if (first_is_self) return {};
  const AccountId other = *AccountId::from(send.recipients[0].account_id);
  if (!equal(conversation_between(self, other).view(), send.conversation_id)) {
    return invalid("conversation_id is not that of these two accounts");
  }
  return {};
}

std::size_t payload_size(const wc::Send& send, const wc::DeviceCiphertext& device) {
  return device.ciphertext.empty() ? send.shared_payload.size() : device.ciphertext.size();
}

// What a Deliver weighs besides its ciphertext, at most.
constexpr std::size_t kDeliverOverheadBytes = 256;

wc::FrankingStamp wire_stamp(const SendResult& result) {
  wc::FrankingStamp stamp;
  stamp.key_id = result.stamp_key;
  stamp.mac = to_bytes(result.stamp);
  return stamp;
}

wc::Accepted accepted(const SendResult& result) {
  wc::Accepted out;
  out.accepted_at_us = result.accepted_at.value;
  if (result.stamp_key != 0) out.franking = wire_stamp(result);
  return out;
}

}  // namespace

Handled Sending::handle(Connection& connection, std::uint64_t request, wc::Send& send,
                        const WakeMaker& wake) {
  const auto refuse = [&](const Error& error) {
    ++p_.shared.statistics.sends_failed;
    p_.sessions.refuse(connection.id, request, error);
    return Handled::done;
  };
  if (Status status = check_shape(send); !status) return refuse(status.error());
  if (Status status = check_people(connection.account->id(), send); !status) {
    return refuse(status.error());
  }
  const SendKey key{connection.address(), *SendId::from(send.send_id)};
  if (p_.log.find(key) != nullptr) return answer_repeat(connection, request, key, send);
  if (!p_.log.is_new(key, wake())) return Handled::wait;

  std::vector<AccountPtr> accounts;
  for (const wc::Recipient& recipient : send.recipients) {
    const AccountId id = *AccountId::from(recipient.account_id);
    AccountPtr account = p_.directory.ready(id);
    if (account == nullptr) {
      p_.directory.wait_for(id, wake());
      return Handled::wait;
    }
    accounts.push_back(std::move(account));
  }
  if (Status status = check_capacity(); !status) return refuse(status.error());
  if (!clock_.can_accept(p_.shared.now)) {
    waiting_for_times_.push_back(wake());
    reserve_if_wanted();
    return Handled::wait;
  }
  if (Status status = admit(connection, send); !status) return refuse(status.error());
  const auto decision = decide(connection, send, *accounts[0]);
  if (!decision) return refuse(decision.error());
  const auto targets = choose_targets(connection, send, accounts, *decision);
  if (auto mismatch = find_mismatch(connection, send, accounts)) {
    ++p_.shared.statistics.sends_mismatched;
    p_.sessions.reply(connection.id, request, std::move(*mismatch));
    return Handled::done;
  }
  if (targets.empty()) return refuse({ErrorCode::no_prekeys, "no device to send to", 0});
  if (Status status = check_room(send, targets); !status) return refuse(status.error());
  const auto met = contact(connection, send, accounts, *decision);
  if (!met) {
    const std::string& provider = connection.account->record.provider;
    if (!provider.empty()) ++p_.providers.counts(provider).refused;
    return refuse(met.error());
  }
  accept(connection, request, send, accounts, targets, met->changed);
  if (met->changed) write_contact(connection, accounts[0]->id(), *met);
  reserve_if_wanted();
  return Handled::done;
}

Handled Sending::answer_repeat(Connection& connection, std::uint64_t request, const SendKey& key,
                               const wc::Send& send) {
  const SendLog::Known& known = *p_.log.find(key);
  if (known.result.fingerprint != fingerprint(send)) {
    p_.sessions.refuse(connection.id, request,
                       {ErrorCode::send_id_reused, "this send id carried another message", 0});
    return Handled::done;
  }
  ++p_.shared.statistics.sends_repeated;
  if (known.open) {
    known.open->waiting.emplace_back(connection.id, request);
  } else {
    p_.sessions.reply(connection.id, request, accepted(known.result));
  }
  return Handled::done;
}

Status Sending::check_capacity() const {
  if (!p_.committer.available()) return fail(storage_unavailable(p_.shared));
  if (p_.committer.is_full()) return fail(overloaded("too much is waiting to be written"));
  return {};
}

Status Sending::admit(const Connection& connection, const wc::Send& send) {
  std::size_t bytes = 0;
  for (const wc::Recipient& recipient : send.recipients) {
    for (const wc::DeviceCiphertext& device : recipient.devices)
      bytes += payload_size(send, device);
  }
  Quotas& quotas = p_.shared.quotas;
  const AccountId& account = connection.account->id();
  PARLEY_CHECK(quotas.take(Quota::sends, account, p_.shared.now));
  return quotas.take(Quota::send_bytes, account, p_.shared.now, static_cast<double>(bytes));
}

Quota Sending::contacts_of(const Account& sender) {
  return sender.home() == Home::provider ? Quota::new_people_third_party : Quota::new_people;
}

Result<Decision> Sending::decide(const Connection& connection, const wc::Send& send,
                                 const Account& target) const {
  const Account& self = *connection.account;
  Facts facts = facts_between(Action::send, self, &target, p_.providers);
  facts.tagged = !send.franking_tag.empty();
  for (const wc::DeviceCiphertext& device : send.recipients[0].devices) {
    if (payload_size(send, device) > limits::kRequestBytes) facts.small = false;
  }
  const Status of_account = p_.shared.quotas.check(contacts_of(self), self.id(), p_.shared.now);
  const Status of_service = facts.asker == Home::provider
                                ? p_.providers.check_first_contact(self.record.provider)
                                : Status();
  facts.asker_has_contacts_left = of_account.has_value();
  facts.service_has_contacts_left = of_service.has_value();
  const Decision decision = Policy::decide(facts);
  if (facts.asker != facts.target) {
    const Account& there = facts.target == Home::provider ? target : self;
    ProviderCounts& counts = p_.providers.counts(there.record.provider);
    if (decision.kind == Decision::Kind::refuse) {
      ++counts.refused;
    } else {
      ++(facts.target == Home::provider ? counts.sends_out : counts.sends_in);
    }
  }
  if (decision.kind != Decision::Kind::refuse) return decision;
  if (decision.code != ErrorCode::first_contact_limit) {
    return fail(p_.providers.refusal(decision, self, &target));
  }
  if (!of_service) return fail(of_service.error());
  return fail(Error{decision.code, "of the account", of_account.error().retry_after_ms});
}

Result<Sending::Contact> Sending::contact(const Connection& connection, const wc::Send& send,
                                          const std::vector<AccountPtr>& accounts,
                                          const Decision& decision) const {
  const Account& self = *connection.account;
  const Account& other = *accounts[0];
  Contact contact;
  if (send.franking_tag.empty() || other.id() == self.id()) return contact;
  const RelationState before = self.relation_to(other.id());
  contact.now = before;
  if (before.relation == Relation::none || before.relation == Relation::declined) {
    contact.now.relation = Relation::accepted;
  }
  if (contact.now.relation == Relation::accepted) contact.now.was_accepted = true;
  if (decision.counted) ++contact.now.requests_sent;
  contact.changed = contact.now != before || self.unwritten.count(other.id()) != 0;
  if (before.empty() && self.relations.size() >= kMaxRelations) {
    return fail(ErrorCode::limit_reached, "too many people were written to");
  }
  contact.first = decision.counted && before.requests_sent == 0;
  return contact;
}

void Sending::write_contact(const Connection& connection, const AccountId& other,
                            const Contact& contact) {
  Account& self = *connection.account;
  self.relations[other] = contact.now;
  self.unwritten.erase(other);
  p_.committer.add_message(op::SetRelation{self.id(), other, contact.now});
  if (!contact.first) return;
  // There was one when it was decided, in this turn.
  static_cast<void>(p_.shared.quotas.take(contacts_of(self), self.id(), p_.shared.now));
  if (self.home() == Home::provider) p_.providers.count_first_contact(self.record.provider);
}

void Sending::relation_lost(const op::SetRelation& change) {
  Account* account = p_.directory.peek(change.account);
  if (account != nullptr) account->unwritten.insert(change.other);
}

std::vector<Sending::Target> Sending::choose_targets(const Connection& connection,
                                                     const wc::Send& send,
                                                     const std::vector<AccountPtr>& accounts,
                                                     const Decision& decision) const {
  std::vector<Target> targets;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    const bool other = accounts[i]->id() != connection.account->id();
    for (const wc::DeviceCiphertext& device : send.recipients[i].devices) {
      targets.push_back({accounts[i], DeviceId{device.device_id}, &device,
                         other && decision.kind == Decision::Kind::drop,
                         other && decision.kind == Decision::Kind::request});
    }
  }
  return targets;
}

bool Sending::compare_devices(const Connection& connection, const wc::Recipient& recipient,
                              const Account& account, wc::AccountDevices& differences) const {
  const bool self = account.id() == connection.account->id();
  for (const wc::DeviceCiphertext& device : recipient.devices) {
    const DeviceRecord* known = account.find(DeviceId{device.device_id});
    const bool own = self && device.device_id == connection.device.value;
    if (known == nullptr || own) {
      differences.removed.push_back(device.device_id);
    } else if (known->registration_id.value != device.registration_id) {
      differences.stale.push_back(device.device_id);
    } else if (!is_alive(account, *known, p_.shared)) {
      differences.removed.push_back(device.device_id);
    }
  }
  if (!recipient.only_these_devices) {
    for (const DeviceRecord& device : account.record.devices) {
      if (!is_current(account, device, p_.shared) || (self && device.id == connection.device))
        continue;
      const bool named = std::any_of(
          recipient.devices.begin(), recipient.devices.end(),
          [&](const wc::DeviceCiphertext& d) { return d.device_id == device.id.value; });
      if (!named) differences.missing.push_back(device.id.value);
    }
  }
  return !differences.missing.empty() || !differences.stale.empty() || !differences.removed.empty();
}

std::optional<wc::DeviceMismatch> Sending::find_mismatch(
    const Connection& connection, const wc::Send& send,
    const std::vector<AccountPtr>& accounts) const {
  wc::DeviceMismatch mismatch;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    wc::AccountDevices differences;
    if (!compare_devices(connection, send.recipients[i], *accounts[i], differences)) continue;
    differences.account_id = accounts[i]->id().to_bytes();
    mismatch.accounts.push_back(std::move(differences));
  }
  if (mismatch.accounts.empty()) return std::nullopt;
  return mismatch;
}

Status Sending::check_room(const wc::Send& send, const std::vector<Target>& targets) const {
  for (const Target& target : targets) {
    const DeviceRecord& device = *target.account->find(target.device);
    const std::size_t bytes = payload_size(send, *target.ciphertext) + kDeliverOverheadBytes;
    if (p_.mailboxes.has_room(device, bytes)) continue;
    return fail(Error{ErrorCode::mailbox_full,
                      "the mailbox of device " + std::to_string(target.device.value) + " is full",
                      minutes(10).ms});
  }
  return {};
}

SendResult Sending::make_result(const Connection& connection, const wc::Send& send,
                                const std::vector<AccountPtr>& accounts) {
  SendResult result;
  result.fingerprint = fingerprint(send);
  result.accepted_at = clock_.accept(p_.shared.now);
  if (!send.franking_tag.empty() && p_.stamps.ready()) {
    result.stamp_key = p_.stamps.current_id();
    result.stamp =
        p_.stamps.stamp({send.franking_tag, connection.account->id(), accounts[0]->id(),
                         *ConversationId::from(send.conversation_id), result.accepted_at});
  }
  return result;
}

void Sending::accept(Connection& connection, std::uint64_t request, wc::Send& send,
                     const std::vector<AccountPtr>& accounts, const std::vector<Target>& targets,
                     bool must_commit) {
  auto open = std::make_shared<OpenSend>();
  open->key = {connection.address(), *SendId::from(send.send_id)};
  open->result = make_result(connection, send, accounts);
  open->since = p_.shared.now;
  open->waiting.emplace_back(connection.id, request);
  for (const Target& target : targets) {
    if (target.dropped) {
      open->must_commit = true;
    } else {
      ++open->targets_left;
    }
  }
  ++p_.shared.statistics.sends_accepted;
  if (open->must_commit) ++p_.shared.statistics.sends_dropped;
  open->must_commit = open->must_commit || must_commit;
  p_.log.remember_open(open);
  open->slot =
      p_.committer.add_message(op::PutSendResult{open->key.sender, open->key.id, open->result});

  wc::ServerFrame frame;
  wc::Deliver& deliver = frame.body.emplace<wc::Deliver>();
  deliver.accepted_at_us = open->result.accepted_at.value;
  deliver.sender_account_id = connection.account->id().to_bytes();
  deliver.sender_device_id = connection.device.value;
  deliver.conversation_id = std::move(send.conversation_id);
  deliver.franking_tag = std::move(send.franking_tag);
  if (open->result.stamp_key != 0) deliver.franking = wire_stamp(open->result);
  deliver.send_id = std::move(send.send_id);
  for (const Target& target : targets) {
    if (target.dropped) continue;
    auto& ciphertext = const_cast<wc::DeviceCiphertext&>(*target.ciphertext);
    deliver.type = ciphertext.type;
    deliver.request = target.request;
    if (ciphertext.ciphertext.empty()) {
      deliver.ciphertext = send.shared_payload;
    } else {
      deliver.ciphertext = std::move(ciphertext.ciphertext);
    }
    p_.mailboxes.put(target.account, target.device, {open->result.accepted_at, wire::encode(frame)},
                     open);
  }
}

void Sending::answer(OpenSend& send) {
  const Duration took = p_.shared.now - send.since;
  p_.shared.statistics.accept_ms.add(
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, took.ms)));
  for (const auto& [connection, request] : send.waiting) {
    p_.sessions.reply(connection, request, accepted(send.result));
  }
  send.waiting.clear();
}

void Sending::all_acknowledged(OpenSend& send) {
  const SendLog::Known* known = p_.log.find(send.key);
  if (known == nullptr || known->open.get() != &send) return;  // answered with the commit
  p_.committer.cancel(send.slot);
  const auto kept = known->open;
  answer(send);
  p_.log.answered(send.key, false);
}

void Sending::settled(const op::PutSendResult& result, bool durable) {
  const SendKey key{result.sender, result.id};
  const SendLog::Known* known = p_.log.find(key);
  if (known == nullptr) return;
  const auto open = known->open;
  if (durable) {
    if (open) answer(*open);
    p_.log.answered(key, true);
    return;
  }
  if (!open) return;  // acknowledged by all: it did happen
  for (const auto& [connection, request] : open->waiting) {
    ++p_.shared.statistics.sends_failed;
    p_.sessions.refuse(connection, request, storage_unavailable(p_.shared));
  }
  p_.log.forget(key);
}

void Sending::reserve_if_wanted() {
  if (!p_.committer.available()) return;
  const auto until = clock_.reservation_wanted(p_.shared.now);
  if (!until) return;
  p_.committer.add(op::ReserveTimes{*until}, [this, until = *until](Result<op::Reply> reply) {
    if (reply) {
      clock_.reserved(until);
    } else {
      clock_.reservation_failed();
    }
    for (Wake& wake : std::exchange(waiting_for_times_, {})) {
      wake(reply ? Status() : fail(reply.error()));
    }
  });
}

}  // namespace parley::hub
