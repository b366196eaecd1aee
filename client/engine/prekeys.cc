#include "client/engine/prekeys.h"

#include <algorithm>

#include "client/engine/status.h"

namespace parley::client {
namespace {

channel::SignedPrekey published(const signal::SignedPreKey& key) {
  channel::SignedPrekey out;
  out.id = key.id.value;
  out.public_key = to_bytes(key.key.public_key.serialize());
  out.signature = to_bytes(key.signature);
  return out;
}

channel::KyberPrekey published(const signal::KyberPreKey& key) {
  channel::KyberPrekey out;
  out.id = key.id.value;
  out.public_key = key.public_key();
  out.signature = to_bytes(key.signature);
  return out;
}

signal::KyberPreKey make_kyber(Step& step, const signal::LocalIdentity& identity,
                               bool last_resort) {
  const signal::KyberPreKeyId id{++step.change_account().last_kyber_id};
  auto key = signal::KyberPreKey::generate(id, last_resort, identity, step.now(), step.random());
  step.write(RecordKind::kyber_prekey, number_key(id.value), key.serialize());
  return key;
}

void add_signed(Step& step, const signal::LocalIdentity& identity, channel::UploadPrekeys& upload) {
  records::Account& own = step.change_account();
  const signal::SignedPreKeyId id{++own.last_signed_id};
  const auto key = signal::SignedPreKey::generate(id, identity, step.now(), step.random());
  step.write(RecordKind::signed_prekey, number_key(id.value), key.serialize());
  own.signed_prekey_id = id.value;
  own.signed_prekey_made_ms = step.now().ms;
  upload.signed_prekey = published(key);
}

void add_last_resort(Step& step, const signal::LocalIdentity& identity,
                     channel::UploadPrekeys& upload) {
  const auto key = make_kyber(step, identity, true);
  records::Account& own = step.change_account();
  own.last_resort_kyber_id = key.id.value;
  own.last_resort_made_ms = step.now().ms;
  upload.last_resort_kyber_prekey = published(key);
}

void add_one_time(Step& step, const signal::LocalIdentity& identity,
                  const channel::PrekeyCounts& held, channel::UploadPrekeys& upload) {
  for (std::uint32_t count = held.one_time; count < kOneTimeTarget; ++count) {
    const signal::PreKeyId id{++step.change_account().last_one_time_id};
    const auto key = signal::OneTimePreKey::generate(id, step.random());
    step.write(RecordKind::one_time_prekey, number_key(id.value), key.serialize());
    channel::OneTimePrekey one;
    one.id = id.value;
    one.public_key = to_bytes(key.key.public_key.serialize());
    upload.one_time_prekeys.push_back(std::move(one));
  }
  for (std::uint32_t count = held.one_time_kyber; count < kOneTimeTarget; ++count) {
    upload.one_time_kyber_prekeys.push_back(published(make_kyber(step, identity, false)));
  }
}

bool is_older(std::int64_t made_ms, Duration age, Time now) { return made_ms + age.ms <= now.ms; }

}  // namespace

Status maintain_prekeys(Step& step, const channel::PrekeyCounts& held) {
  for (const OpenRequest& open : step.live().requests) {
    if (open.kind == OpenRequest::Kind::upload_prekeys) return {};
  }
  PARLEY_TRY(own, step.account());
  PARLEY_TRY(identity, step.identity());
  const bool signed_due = held.signed_prekey_id == 0 ||
                          held.signed_prekey_id != own->signed_prekey_id ||
                          is_older(own->signed_prekey_made_ms, kSignedPrekeyAge, step.now());
  const bool last_resort_due = held.last_resort_kyber_prekey_id == 0 ||
                               held.last_resort_kyber_prekey_id != own->last_resort_kyber_id ||
                               is_older(own->last_resort_made_ms, kLastResortAge, step.now());
  const bool one_time_due = std::min(held.one_time, held.one_time_kyber) < limits::kPrekeysLowMark;
  if (!signed_due && !last_resort_due && !one_time_due) return {};

  channel::UploadPrekeys upload;
  if (signed_due) add_signed(step, identity, upload);
  if (last_resort_due) add_last_resort(step, identity, upload);
  if (one_time_due) add_one_time(step, identity, held, upload);
  OpenRequest request;
  request.kind = OpenRequest::Kind::upload_prekeys;
  step.request(std::move(upload), std::move(request));
  return {};
}

Status on_prekey_counts(Step& step, const channel::PrekeyCounts& /*counts*/) {
  LiveState& live = step.live();
  if (live.completes_with_prekeys) {
    PARLEY_CHECK(raise_status(step, live.completes_with_prekeys->id));
    step.done(live.completes_with_prekeys->id);
    live.completes_with_prekeys.reset();
  }
  return {};
}

Status clean_prekeys(Step& step) {
  constexpr std::uint32_t kPerStep = 64;
  PARLEY_TRY(own, step.account());
  Scan oldest_signed{RecordKind::signed_prekey};
  oldest_signed.limit = kPerStep;
  auto signed_keys = step.scan(std::move(oldest_signed));
  Scan oldest_kyber{RecordKind::kyber_prekey};
  oldest_kyber.limit = kPerStep;
  auto kyber_keys = step.scan(std::move(oldest_kyber));
  if (step.is_loading()) return Step::loading();

  for (const auto& record : *signed_keys) {
    PARLEY_TRY(key, signal::SignedPreKey::parse(record.value->view()));
    if (key.id.value == own->signed_prekey_id) continue;
    if (is_older(key.created.ms, kSignedPrekeyAge, step.now() - kReplacedKeyLifetime)) {
      step.remove(RecordKind::signed_prekey, record.key);
    }
  }
  for (const auto& record : *kyber_keys) {
    PARLEY_TRY(key, signal::KyberPreKey::parse(record.value->view()));
    if (!key.last_resort || key.id.value == own->last_resort_kyber_id) continue;
    if (!is_older(key.created.ms, kLastResortAge, step.now() - kReplacedKeyLifetime)) continue;
    // With the key goes the memory of its uses.
    Scan uses{RecordKind::used_prekey, number_key(key.id.value)};
    uses.limit = 1000;
    PARLEY_TRY(used, step.scan(std::move(uses)));
    for (const auto& use : used) step.remove(RecordKind::used_prekey, use.key);
    if (used.size() < 1000) step.remove(RecordKind::kyber_prekey, record.key);
  }
  return {};
}

}  // namespace parley::client
