#include "client/engine/step.h"

#include <cassert>

namespace parley::client {

Result<RecordValue> Step::read(RecordKind kind, RecordKey key) {
  RecordId id{kind, std::move(key)};
  if (const auto own = written_.find(id); own != written_.end()) return own->second;
  if (auto known = cache_.find(id)) return *std::move(known);
  if (is_absent_ && is_absent_(id.kind, id.key)) return RecordValue{};
  missing_.insert(std::move(id));
  return loading();
}

void Step::write(RecordKind kind, RecordKey key, SecretBuffer value) {
  written_[RecordId{kind, std::move(key)}] = std::make_shared<const SecretBuffer>(std::move(value));
}

void Step::remove(RecordKind kind, RecordKey key) {
  written_[RecordId{kind, std::move(key)}] = nullptr;
}

Result<std::vector<ScannedRecord>> Step::scan(Scan scan) {
  if (const auto found = scans_.find(scan); found != scans_.end()) return found->second;
  missing_scans_.insert(std::move(scan));
  return loading();
}

const OpenedDelivery* Step::opened() {
  if (!opened_) return nullptr;
  for (const auto& [id, value] : opened_->written) written_[id] = value;
  return &*opened_;
}

const OpenedDelivery& Step::keep_opened(SecretBuffer plaintext, crypto::PublicKey sender_identity) {
  opened_.emplace(std::move(plaintext), sender_identity, written_);
  return *opened_;
}

Result<const records::Account*> Step::any_account() {
  if (!account_read_) {
    PARLEY_TRY(stored, get<records::Account>(RecordKind::account, {}));
    account_ = std::move(stored);
    account_read_ = true;
  }
  const records::Account* account = account_ ? &*account_ : nullptr;
  return account;
}

Result<const records::Account*> Step::account() {
  PARLEY_TRY(account, any_account());
  if (account == nullptr || !account->registered) return fail(ErrorCode::no_account);
  return account;
}

records::Account& Step::change_account() {
  assert(account_);
  account_changed_ = true;
  return *account_;
}

void Step::set_account(records::Account account) {
  account_ = std::move(account);
  account_read_ = true;
  account_changed_ = true;
}

Result<AccountId> Step::own_id() {
  PARLEY_TRY(own, account());
  return AccountId::from(own->account_id);
}

Result<signal::LocalIdentity> Step::identity() {
  PARLEY_TRY(own, any_account());
  if (own == nullptr || own->identity_private_key.size() != 32) return fail(ErrorCode::no_account);
  crypto::PrivateKey key{own->identity_private_key.view().first<32>()};
  return signal::LocalIdentity{crypto::KeyPair::from_private(std::move(key)),
                               RegistrationId{own->registration_id}};
}

void Step::request_encoded_send(ByteView encoded_send, OpenRequest request) {
  request.id = ++live_.last_request;
  channel::ClientFrame head;
  head.request_id = request.id;
  Bytes frame = wire::encode(head);
  wire::append_length_delimited(frame, channel::ClientFrame::kSendField, encoded_send);
  frames_.emplace_back(frame);
  live_.requests.push_back(std::move(request));
}

void Step::finish() {
  if (account_ && account_changed_) put(RecordKind::account, {}, *account_);
  account_changed_ = false;
}

}  // namespace parley::client
