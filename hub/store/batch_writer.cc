#include "hub/store/batch_writer.h"

#include <limits>
#include <utility>

#include "hub/store/rows.h"

namespace parley::hub {

namespace {

constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

op::Reply outcome(op::Outcome what) { return {what, {}}; }

}  // namespace

// One overload for each operation.
struct BatchWriter::Apply {
  BatchWriter& writer;
  Database& db;

  // --- helpers
  bool has_account(const AccountId& id) {
    auto& find = db.prepared("SELECT 1 FROM accounts WHERE id = ? AND deleted = 0").bind(id);
    return first(find);
  }
  bool has_device(const DeviceAddress& device) {
    auto& find = db.prepared("SELECT 1 FROM devices WHERE account = ? AND id = ?")
                     .bind(device.account, device.device.value);
    return first(find);
  }
  static bool first(Statement& statement) {
    const bool found = statement.next();
    statement.reset();
    return found;
  }
  op::Reply done_if_changed() {
    return outcome(db.changes() > 0 ? op::Outcome::done : op::Outcome::missing);
  }
  void insert_device(const AccountId& account, DeviceId id, const op::NewDevice& device) {
    db.prepared(
          "INSERT INTO devices (account, id, registration_id, name, created, last_seen, session)"
          " VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(account, id.value, device.registration_id.value, device.name, device.created.ms,
              device.created.ms, device.session)
        .run();
  }
  void delete_device(const DeviceAddress& device) {
    const char* const statements[] = {"DELETE FROM devices WHERE account = ? AND id = ?",
                                      "DELETE FROM one_time_keys WHERE account = ? AND device = ?",
                                      "DELETE FROM messages WHERE account = ? AND device = ?",
                                      "DELETE FROM sends WHERE account = ? AND device = ?"};
    for (const char* sql : statements) {
      db.prepared(sql).bind(device.account, device.device.value).run();
    }
  }
  std::vector<DeviceId> device_ids(const AccountId& account) {
    std::vector<DeviceId> ids;
    auto& rows = db.prepared("SELECT id FROM devices WHERE account = ? ORDER BY id").bind(account);
    while (rows.next()) ids.push_back(DeviceId{rows.number(0)});
    return ids;
  }
  void set_meta(const std::string& name, std::int64_t value) {
    db.prepared("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2")
        .bind(name, value)
        .run();
  }

  // --- messages
  op::Reply operator()(const op::Cancelled&) { return {}; }
  op::Reply operator()(const op::PutMessage& o) {
    db.prepared(
          "INSERT OR REPLACE INTO messages SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS"
          " (SELECT 1 FROM devices WHERE account = ?1 AND id = ?2)")
        .bind(o.to.account, o.to.device.value, o.message.accepted_at.value,
              std::uint64_t{o.message.frame.size()}, o.message.frame)
        .run();
    return {};
  }
  op::Reply operator()(const op::RemoveMessages& o) {
    auto& remove =
        db.prepared("DELETE FROM messages WHERE account = ? AND device = ? AND accepted_at = ?");
    for (const AcceptedAt at : o.accepted_at) {
      remove.bind(o.of.account, o.of.device.value, at.value).run();
    }
    return {};
  }
  op::Reply operator()(const op::PutSendResult& o) {
    const ByteView stamp = o.result.stamp_key == 0 ? ByteView() : ByteView(o.result.stamp);
    db.prepared(
          "INSERT OR REPLACE INTO sends SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS"
          " (SELECT 1 FROM devices WHERE account = ?1 AND id = ?2)")
        .bind(o.sender.account, o.sender.device.value, o.id, o.result.fingerprint,
              o.result.accepted_at.value, o.result.stamp_key, stamp)
        .run();
    return {};
  }

  // --- the hub
  op::Reply operator()(const op::CreateHub& o) {
    db.prepared("INSERT OR IGNORE INTO meta VALUES ('hub_id', ?)").bind(o.id).run();
    return outcome(db.changes() > 0 ? op::Outcome::done : op::Outcome::exists);
  }
  op::Reply operator()(const op::ReserveTimes& o) {
    set_meta("reserved_until", o.until.value);
    return {};
  }
  op::Reply operator()(const op::PutStampKey& o) {
    db.prepared("INSERT OR REPLACE INTO stamp_keys VALUES (?, ?, ?)")
        .bind(o.key.id, ByteView(o.key.key.view()), o.key.created.ms)
        .run();
    return {};
  }
  op::Reply operator()(const op::RemoveStampKey& o) {
    db.prepared("DELETE FROM stamp_keys WHERE id = ?").bind(o.id).run();
    return {};
  }

  // --- accounts
  op::Reply operator()(const op::Boxed<op::CreateAccount>& boxed) {
    const op::CreateAccount& o = *boxed;
    db.prepared(
          "INSERT OR IGNORE INTO accounts (id, handle, country, password_hash, identity_key)"
          " VALUES (?, ?, ?, ?, ?)")
        .bind(o.id, o.handle, o.country, o.password_hash, o.identity_key)
        .run();
    if (db.changes() == 0) return outcome(op::Outcome::exists);
    insert_device(o.id, DeviceId{1}, o.device);
    return {};
  }
  op::Reply operator()(const op::Boxed<op::AddDevice>& boxed) {
    const op::AddDevice& o = *boxed;
    auto& find = db.prepared("SELECT identity_key FROM accounts WHERE id = ? AND deleted = 0")
                     .bind(o.account);
    if (!find.next()) return outcome(op::Outcome::missing);
    const bool same_identity = equal(find.blob(0), o.identity_key);
    find.reset();
    auto& ticket = db.prepared("SELECT 1 FROM tickets WHERE key = ?").bind(o.ticket);
    if (!first(ticket)) return outcome(op::Outcome::missing);
    const std::vector<DeviceId> existing = device_ids(o.account);
    if (!o.reset_identity) {
      if (!same_identity) return outcome(op::Outcome::conflict);
      if (existing.size() >= o.max_devices) return outcome(op::Outcome::full);
    }
    db.prepared("DELETE FROM tickets WHERE key = ?").bind(o.ticket).run();
    op::DeviceAdded added{DeviceId{1}, {}};
    for (const DeviceId id : existing) {
      if (id == added.id) ++added.id.value;
    }
    if (o.reset_identity) {
      for (const DeviceId id : existing) delete_device({o.account, id});
      added.removed = existing;
      db.prepared("UPDATE accounts SET identity_key = ?, recovery = x'' WHERE id = ?")
          .bind(o.identity_key, o.account)
          .run();
    }
    insert_device(o.account, added.id, o.device);
    return {op::Outcome::done, std::move(added)};
  }
  op::Reply operator()(const op::RemoveDevice& o) {
    if (!has_device(o.device)) return outcome(op::Outcome::missing);
    delete_device(o.device);
    return {};
  }
  op::Reply operator()(const op::RenameDevice& o) {
    db.prepared("UPDATE devices SET name = ? WHERE account = ? AND id = ?")
        .bind(o.name, o.device.account, o.device.device.value)
        .run();
    return done_if_changed();
  }
  op::Reply operator()(const op::TouchDevice& o) {
    db.prepared("UPDATE devices SET last_seen = ? WHERE account = ? AND id = ?")
        .bind(o.last_seen.ms, o.device.account, o.device.device.value)
        .run();
    return {};
  }
  op::Reply operator()(const op::SetProfile& o) {
    db.prepared("UPDATE accounts SET profile_name = ? WHERE id = ? AND deleted = 0")
        .bind(o.name, o.account)
        .run();
    return done_if_changed();
  }
  op::Reply operator()(const op::SetRecovery& o) {
    db.prepared("UPDATE accounts SET recovery = ? WHERE id = ? AND deleted = 0")
        .bind(o.blob, o.account)
        .run();
    return done_if_changed();
  }
  op::Reply operator()(const op::Boxed<op::SetPassword>& boxed) {
    const op::SetPassword& o = *boxed;
    if (!has_account(o.account)) return outcome(op::Outcome::missing);
    db.prepared("UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = ?")
        .bind(o.new_hash, o.account, o.old_hash)
        .run();
    return outcome(db.changes() > 0 ? op::Outcome::done : op::Outcome::conflict);
  }
  op::Reply operator()(const op::SetRelation& o) {
    if (!has_account(o.account)) return outcome(op::Outcome::missing);
    if (o.relation == Relation::none) {
      db.prepared("DELETE FROM relations WHERE account = ? AND other = ?")
          .bind(o.account, o.other)
          .run();
    } else {
      db.prepared("INSERT OR REPLACE INTO relations VALUES (?, ?, ?)")
          .bind(o.account, o.other, static_cast<int>(o.relation))
          .run();
    }
    return {};
  }
  op::Reply operator()(const op::DeleteAccount& o) {
    if (!has_account(o.account)) return outcome(op::Outcome::missing);
    for (const DeviceId id : device_ids(o.account)) delete_device({o.account, id});
    db.prepared("DELETE FROM relations WHERE account = ?").bind(o.account).run();
    db.prepared("DELETE FROM tickets WHERE account = ?").bind(o.account).run();
    db.prepared(
          "UPDATE accounts SET deleted = 1, country = '', password_hash = '', profile_name = '',"
          " identity_key = zeroblob(33), recovery = x'' WHERE id = ?")
        .bind(o.account)
        .run();
    return {};
  }

  // --- prekeys
  void put_one_time(const DeviceAddress& device, int kind, std::uint32_t id,
                    const KeyDigest& digest, ByteView key, ByteView signature) {
    const std::uint32_t number = device.device.value;
    auto& known = db.prepared(
                        "SELECT digest FROM one_time_keys WHERE account = ? AND device = ? AND"
                        " kind = ? AND taken = 1 AND id = ?")
                      .bind(device.account, number, kind, id);
    const bool was_taken = known.next();
    const bool same = was_taken && equal(known.blob(0), digest);
    known.reset();
    if (same) return;  // a repeated upload of a key that somebody has
    if (was_taken) {
      db.prepared(
            "DELETE FROM one_time_keys WHERE account = ? AND device = ? AND kind = ? AND"
            " taken = 1 AND id = ?")
          .bind(device.account, number, kind, id)
          .run();
    }
    db.prepared("INSERT OR REPLACE INTO one_time_keys VALUES (?, ?, ?, 0, ?, ?, ?, ?)")
        .bind(device.account, number, kind, id, digest, key, signature)
        .run();
  }
  op::Reply operator()(const op::Boxed<op::PutPrekeys>& boxed) {
    const op::PutPrekeys& o = *boxed;
    if (!has_device(o.device)) return outcome(op::Outcome::missing);
    const std::uint32_t number = o.device.device.value;
    if (o.signed_key) {
      db.prepared(
            "UPDATE devices SET signed_id = ?, signed_key = ?, signed_signature = ?"
            " WHERE account = ? AND id = ?")
          .bind(o.signed_key->id, o.signed_key->public_key, o.signed_key->signature,
                o.device.account, number)
          .run();
    }
    if (o.last_resort) {
      db.prepared(
            "UPDATE devices SET resort_id = ?, resort_key = ?, resort_signature = ?"
            " WHERE account = ? AND id = ?")
          .bind(o.last_resort->id, o.last_resort->public_key, o.last_resort->signature,
                o.device.account, number)
          .run();
    }
    for (const auto& key : o.one_time) {
      put_one_time(o.device, kCurveKind, key.id, key.digest, key.public_key, {});
    }
    for (const auto& key : o.one_time_kyber) {
      put_one_time(o.device, kKyberKind, key.key.id, key.digest, key.key.public_key,
                   key.key.signature);
    }
    return {op::Outcome::done, prekey_state(db, o.device)};
  }
  std::optional<OneTimeSignedKeyRecord> take_one_time(const DeviceAddress& device, int kind) {
    const std::uint32_t number = device.device.value;
    auto& find = db.prepared(
                       "SELECT id, digest, key, signature FROM one_time_keys WHERE account = ? AND"
                       " device = ? AND kind = ? AND taken = 0 ORDER BY id LIMIT 1")
                     .bind(device.account, number, kind);
    if (!find.next()) return std::nullopt;
    OneTimeSignedKeyRecord taken;
    taken.key.id = find.number(0);
    taken.digest = find.array<16>(1);
    taken.key.public_key = find.bytes(2);
    if (find.blob(3).size() == 64) taken.key.signature = find.array<64>(3);
    find.reset();
    db.prepared(
          "DELETE FROM one_time_keys WHERE account = ? AND device = ? AND kind = ? AND taken = 0"
          " AND id = ?")
        .bind(device.account, number, kind, taken.key.id)
        .run();
    db.prepared("INSERT OR REPLACE INTO one_time_keys VALUES (?, ?, ?, 1, ?, ?, NULL, NULL)")
        .bind(device.account, number, kind, taken.key.id, taken.digest)
        .run();
    return taken;
  }
  std::optional<op::TakenPrekeys::Device> take(const DeviceAddress& address) {
    auto& find = db.prepared(
                       "SELECT registration_id, signed_id, signed_key, signed_signature,"
                       " resort_id, resort_key, resort_signature FROM devices"
                       " WHERE account = ? AND id = ? AND signed_id <> 0 AND resort_id <> 0")
                     .bind(address.account, address.device.value);
    if (!find.next()) return std::nullopt;
    op::TakenPrekeys::Device device;
    device.id = address.device;
    device.registration_id = RegistrationId{find.number(0)};
    device.signed_key = {find.number(1), find.bytes(2), find.array<64>(3)};
    device.kyber = {find.number(4), find.bytes(5), find.array<64>(6)};
    device.kyber_is_last_resort = true;
    find.reset();
    if (auto curve = take_one_time(address, kCurveKind)) {
      device.one_time =
          OneTimeKeyRecord{curve->key.id, std::move(curve->key.public_key), curve->digest};
    }
    if (auto kyber = take_one_time(address, kKyberKind)) {
      device.kyber = std::move(kyber->key);
      device.kyber_is_last_resort = false;
    }
    device.left = prekey_state(db, address);
    return device;
  }
  op::Reply operator()(const op::TakePrekeys& o) {
    auto& find = db.prepared("SELECT identity_key FROM accounts WHERE id = ? AND deleted = 0")
                     .bind(o.account);
    if (!find.next()) return outcome(op::Outcome::missing);
    op::TakenPrekeys result;
    result.identity_key = find.array<33>(0);
    find.reset();
    for (const DeviceId id : o.devices) {
      if (auto device = take({o.account, id})) result.devices.push_back(std::move(*device));
    }
    return {op::Outcome::done, std::move(result)};
  }

  // --- tickets
  op::Reply operator()(const op::Boxed<op::PutTicket>& boxed) {
    const Ticket& ticket = (*boxed).ticket;
    auto& put = db.prepared("INSERT OR REPLACE INTO tickets VALUES (?, ?, ?, ?, ?, ?)");
    const int kind = static_cast<int>(ticket.kind);
    if (ticket.account) {
      put.bind((*boxed).key, kind, ticket.expires.ms, *ticket.account, ticket.envelope,
               ticket.granted);
    } else {
      put.bind((*boxed).key, kind, ticket.expires.ms, nullptr, ticket.envelope, ticket.granted);
    }
    put.run();
    return {};
  }

  // --- sweeping
  // Looks at the oldest entry of one mailbox after the other.
  void sweep_messages(const op::Sweep& o, op::Swept& swept) {
    auto& find = db.prepared(
        "SELECT account, device, accepted_at, size FROM messages"
        " WHERE (account, device, accepted_at) > (?, ?, ?)"
        " ORDER BY account, device, accepted_at LIMIT 1");
    auto& remove =
        db.prepared("DELETE FROM messages WHERE account = ? AND device = ? AND accepted_at = ?");
    std::int64_t after = kLast;
    for (std::size_t i = 0; i < o.max_rows; ++i) {
      find.bind(writer.message_account_, writer.message_device_, after);
      if (!find.next()) {
        writer.message_account_ = {};  // once around
        writer.message_device_ = 0;
        return;
      }
      const DeviceAddress device{find.id<AccountId>(0), DeviceId{find.number(1)}};
      const std::int64_t accepted_at = find.integer(2);
      const auto size = static_cast<std::uint64_t>(find.integer(3));
      find.reset();
      writer.message_account_ = device.account;
      writer.message_device_ = device.device.value;
      after = kLast;  // on to the next mailbox, unless there may be more to remove
      if (accepted_at >= o.messages_before.value) continue;
      remove.bind(device.account, device.device.value, accepted_at).run();
      after = accepted_at;
      if (swept.mailboxes.empty() || swept.mailboxes.back().of != device) {
        swept.mailboxes.push_back({device, 0, 0});
      }
      ++swept.mailboxes.back().count;
      swept.mailboxes.back().bytes += size;
    }
    // Perhaps in the middle of a mailbox: begin with it again.
    if (after != kLast && writer.message_device_ > 0) --writer.message_device_;
  }
  void sweep_sends(const op::Sweep& o, op::Swept& swept) {
    auto& find = db.prepared(
                       "SELECT account, device, send_id, accepted_at FROM sends"
                       " WHERE (account, device, send_id) > (?, ?, ?)"
                       " ORDER BY account, device, send_id LIMIT ?")
                     .bind(writer.send_account_, writer.send_device_, writer.send_id_,
                           std::uint64_t{o.max_rows});
    struct Old {
      AccountId account;
      std::int64_t device;
      SendId id;
    };
    std::vector<Old> old;
    std::size_t seen = 0;
    Old last;
    while (find.next()) {
      ++seen;
      last = {find.id<AccountId>(0), find.integer(1), find.id<SendId>(2)};
      if (find.integer(3) < o.sends_before.value) old.push_back(last);
    }
    if (seen < o.max_rows) last = {};
    writer.send_account_ = last.account;
    writer.send_device_ = last.device;
    writer.send_id_ = last.id;
    auto& remove =
        db.prepared("DELETE FROM sends WHERE account = ? AND device = ? AND send_id = ?");
    for (const Old& send : old) remove.bind(send.account, send.device, send.id).run();
    swept.send_results = old.size();
  }
  op::Reply operator()(const op::Sweep& o) {
    op::Swept swept;
    sweep_messages(o, swept);
    sweep_sends(o, swept);
    db.prepared("DELETE FROM tickets WHERE expires < ?").bind(o.now.ms).run();
    swept.tickets = static_cast<std::uint64_t>(db.changes());
    return {op::Outcome::done, std::move(swept)};
  }
};

CommitReplies BatchWriter::write(const WriteBatch& batch) {
  CommitReplies replies;
  const BatchWriter before = *this;  // positions of the sweep go back with the transaction
  try {
    db_.prepared("BEGIN IMMEDIATE").bind().run();
    Apply apply{*this, db_};
    for (std::size_t i = 0; i < batch.size(); ++i) {
      op::Reply reply = std::visit(apply, batch[i]);
      if (op::has_reply(batch[i])) replies.items.push_back({i, std::move(reply)});
    }
    db_.prepared("COMMIT").bind().run();
    return replies;
  } catch (const SqliteError&) {
    message_account_ = before.message_account_;
    message_device_ = before.message_device_;
    send_account_ = before.send_account_;
    send_device_ = before.send_device_;
    send_id_ = before.send_id_;
    // Some errors end the transaction by themselves.
    if (db_.in_transaction()) db_.execute("ROLLBACK");
    throw;
  }
}

}  // namespace parley::hub
