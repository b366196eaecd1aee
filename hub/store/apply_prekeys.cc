// Prekeys: put, and taken once.
#include <utility>

#include "hub/store/batch_apply.h"
#include "hub/store/rows.h"

namespace parley::hub {

void BatchWriter::Apply::put_one_time(std::int64_t device, int kind, std::uint32_t id,
                                      const KeyDigest& digest, ByteView key, ByteView signature) {
  auto& known = db.prepared(
                      "SELECT digest FROM one_time_keys WHERE device = ? AND kind = ? AND"
                      " taken = 1 AND id = ?")
                    .bind(device, kind, id);
  const bool was_taken = known.next();
  const bool same = was_taken && equal(known.blob(0), digest);
  known.reset();
  if (same) return;  // a repeated upload of a key that somebody has
  if (was_taken) {
    db.prepared("DELETE FROM one_time_keys WHERE device = ? AND kind = ? AND taken = 1 AND id = ?")
        .bind(device, kind, id)
        .run();
  }
  db.prepared("INSERT OR REPLACE INTO one_time_keys VALUES (?, ?, 0, ?, ?, ?, ?)")
      .bind(device, kind, id, digest, key, signature)
      .run();
}

op::Reply BatchWriter::Apply::operator()(const op::Boxed<op::PutPrekeys>& boxed) {
  const op::PutPrekeys& o = *boxed;
  const std::int64_t device = number_of(o.device);
  if (device == 0) return outcome(op::Outcome::missing);
  if (const auto& key = o.signed_key) {
    db.prepared(
          "UPDATE devices SET signed_id = ?, signed_key = ?, signed_signature = ?"
          " WHERE number = ?")
        .bind(key->id, key->public_key, key->signature, device)
        .run();
  }
  if (const auto& key = o.last_resort) {
    db.prepared(
          "UPDATE devices SET resort_id = ?, resort_key = ?, resort_signature = ?"
          " WHERE number = ?")
        .bind(key->id, key->public_key, key->signature, device)
        .run();
  }
  for (const auto& key : o.one_time) {
    put_one_time(device, kCurveKind, key.id, key.digest, key.public_key, {});
  }
  for (const auto& key : o.one_time_kyber) {
    put_one_time(device, kKyberKind, key.key.id, key.digest, key.key.public_key, key.key.signature);
  }
  forget_oldest_taken(device);
  return {op::Outcome::done, prekey_state(db, device)};
}

void BatchWriter::Apply::forget_oldest_taken(std::int64_t device) {
  for (const int kind : {kCurveKind, kKyberKind}) {
    db.prepared(
          "DELETE FROM one_time_keys WHERE device = ?1 AND kind = ?2 AND taken = 1 AND id <"
          " (SELECT max(id) FROM one_time_keys WHERE device = ?1 AND kind = ?2 AND taken = 1)"
          " - 1000")
        .bind(device, kind)
        .run();
  }
}

std::optional<OneTimeSignedKeyRecord> BatchWriter::Apply::take_one_time(std::int64_t device,
                                                                        int kind) {
  auto& find = db.prepared(
                     "SELECT id, digest, key, signature FROM one_time_keys WHERE device = ? AND"
                     " kind = ? AND taken = 0 ORDER BY id LIMIT 1")
                   .bind(device, kind);
  if (!find.next()) return std::nullopt;
  OneTimeSignedKeyRecord taken;
  taken.key.id = find.number(0);
  taken.digest = find.array<16>(1);
  taken.key.public_key = find.bytes(2);
  if (find.blob(3).size() == 64) taken.key.signature = find.array<64>(3);
  find.reset();
  db.prepared("DELETE FROM one_time_keys WHERE device = ? AND kind = ? AND taken = 0 AND id = ?")
      .bind(device, kind, taken.key.id)
      .run();
  db.prepared("INSERT OR REPLACE INTO one_time_keys VALUES (?, ?, 1, ?, ?, NULL, NULL)")
      .bind(device, kind, taken.key.id, taken.digest)
      .run();
  return taken;
}

std::optional<op::TakenPrekeys::Device> BatchWriter::Apply::take(const DeviceAddress& address,
                                                                 bool lasting_only) {
  const std::int64_t number = number_of(address);
  auto& find = db.prepared(
                     "SELECT registration_id, signed_id, signed_key, signed_signature,"
                     " resort_id, resort_key, resort_signature FROM devices"
                     " WHERE number = ? AND signed_id <> 0 AND resort_id <> 0")
                   .bind(number);
  if (!find.next()) return std::nullopt;
  op::TakenPrekeys::Device device;
  device.id = address.device;
  device.registration_id = RegistrationId{find.number(0)};
  device.signed_key = {find.number(1), find.bytes(2), find.array<64>(3)};
  device.kyber = {find.number(4), find.bytes(5), find.array<64>(6)};
  device.kyber_is_last_resort = true;
  find.reset();
  if (lasting_only) {
    device.left = prekey_state(db, number);
    return device;
  }
  if (auto curve = take_one_time(number, kCurveKind)) {
    device.one_time =
        OneTimeKeyRecord{curve->key.id, std::move(curve->key.public_key), curve->digest};
  }
  if (auto kyber = take_one_time(number, kKyberKind)) {
    device.kyber = std::move(kyber->key);
    device.kyber_is_last_resort = false;
  }
  device.left = prekey_state(db, number);
  return device;
}

op::Reply BatchWriter::Apply::operator()(const op::TakePrekeys& o) {
  auto& find =
      db.prepared("SELECT identity_key FROM accounts WHERE id = ? AND deleted = 0").bind(o.account);
  if (!find.next()) return outcome(op::Outcome::missing);
  op::TakenPrekeys result;
  result.identity_key = find.array<33>(0);
  find.reset();
  for (const DeviceId id : o.devices) {
    const bool lasting = std::count(o.lasting_only.begin(), o.lasting_only.end(), id) != 0;
    if (auto device = take({o.account, id}, lasting)) result.devices.push_back(std::move(*device));
  }
  return {op::Outcome::done, std::move(result)};
}

}  // namespace parley::hub
