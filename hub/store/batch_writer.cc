#include "hub/store/batch_writer.h"

#include <algorithm>
#include <set>
#include <utility>

#include "hub/engine/visible_id.h"
#include "hub/store/rows.h"

namespace parley::hub {

namespace {

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
  // 0: no such device.
  std::int64_t number_of(const DeviceAddress& device) {
    if (writer.numbers_.size() >= kMaxNumbers) writer.numbers_.clear();
    const auto [known, added] = writer.numbers_.try_emplace(device, 0);
    if (!added) return known->second;
    auto& find = db.prepared("SELECT number FROM devices WHERE account = ? AND id = ?")
                     .bind(device.account, device.device.value);
    if (find.next()) {
      known->second = find.integer(0);
      find.reset();
    }
    return known->second;
  }
  bool has_device(const DeviceAddress& device) { return number_of(device) != 0; }
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
    if (device.auth_key) {
      db.prepared("UPDATE devices SET auth_key = ? WHERE account = ? AND id = ?")
          .bind(*device.auth_key, account, id.value)
          .run();
    }
    writer.numbers_.erase({account, id});
  }
  void delete_device(const DeviceAddress& device) {
    const std::int64_t number = number_of(device);
    const char* const statements[] = {
        "DELETE FROM devices WHERE number = ?", "DELETE FROM one_time_keys WHERE device = ?",
        "DELETE FROM messages WHERE device = ?", "DELETE FROM sends WHERE device = ?"};
    for (const char* sql : statements) db.prepared(sql).bind(number).run();
    writer.numbers_.erase(device);
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
    const std::int64_t number = number_of(o.to);
    if (number == 0) return {};
    db.prepared("INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?)")
        .bind(o.message.accepted_at.value, number, std::uint64_t{o.message.frame.size()},
              o.message.frame)
        .run();
    return {};
  }
  op::Reply operator()(const op::RemoveMessages& o) {
    const std::int64_t number = number_of(o.of);
    if (number == 0) return {};
    auto& remove = db.prepared("DELETE FROM messages WHERE accepted_at = ? AND device = ?");
    for (const AcceptedAt at : o.accepted_at) remove.bind(at.value, number).run();
    return {};
  }
  op::Reply operator()(const op::PutSendResult& o) {
    const std::int64_t number = number_of(o.sender);
    if (number == 0) return {};
    const ByteView stamp = o.result.stamp_key == 0 ? ByteView() : ByteView(o.result.stamp);
    db.prepared("INSERT OR REPLACE INTO sends VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(o.result.accepted_at.value, number, short_hash(o.id), o.id, o.result.fingerprint,
              o.result.stamp_key, stamp)
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
  op::Reply operator()(const op::SetPushEndpoint& o) {
    db.prepared("UPDATE devices SET push_endpoint = ? WHERE account = ? AND id = ?")
        .bind(o.endpoint, o.device.account, o.device.device.value)
        .run();
    return done_if_changed();
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
    if (o.state.empty()) {
      db.prepared("DELETE FROM relations WHERE account = ? AND other = ?")
          .bind(o.account, o.other)
          .run();
    } else {
      db.prepared(
            "INSERT OR REPLACE INTO relations (account, other, relation, was_accepted,"
            " requests_sent) VALUES (?, ?, ?, ?, ?)")
          .bind(o.account, o.other, static_cast<int>(o.state.relation), o.state.was_accepted,
                o.state.requests_sent)
          .run();
    }
    return {};
  }
  op::Reply operator()(const op::SetThirdParty& o) {
    db.prepared(
          "UPDATE accounts SET third_party_enabled = ?, third_party_reachable = ?,"
          " third_party_providers = ? WHERE id = ? AND deleted = 0")
        .bind(o.choices.enabled, o.choices.reachable, joined(o.choices.provider_ids), o.account)
        .run();
    return done_if_changed();
  }
  void end_account(const AccountId& account, const std::string& new_handle, Time at) {
    for (const DeviceId id : device_ids(account)) delete_device({account, id});
    db.prepared("DELETE FROM relations WHERE account = ?").bind(account).run();
    db.prepared("DELETE FROM tickets WHERE account = ?").bind(account).run();
    db.prepared(
          "UPDATE accounts SET deleted = 1, deleted_at = ?, country = '', password_hash = '',"
          " profile_name = '', identity_key = zeroblob(33), recovery = x'',"
          " third_party_enabled = 0, third_party_reachable = 0, third_party_providers = ''"
          " WHERE id = ?")
        .bind(at.ms, account)
        .run();
    if (new_handle.empty()) return;
    db.prepared("UPDATE accounts SET handle = ? WHERE id = ?").bind(new_handle, account).run();
  }
  op::Reply operator()(const op::DeleteAccount& o) {
    if (!has_account(o.account)) return outcome(op::Outcome::missing);
    end_account(o.account, o.new_handle, o.at);
    return {};
  }
  op::Reply operator()(const op::EndPeople& o) {
    op::PeopleEnded ended;
    auto& find = db.prepared(
                       "SELECT id FROM accounts WHERE provider = ? AND provider <> '' AND"
                       " deleted = 0 LIMIT ?")
                     .bind(o.provider, std::uint64_t{o.max_accounts} + 1);
    while (find.next()) ended.accounts.push_back(find.id<AccountId>(0));
    ended.all = ended.accounts.size() <= o.max_accounts;
    if (!ended.all) ended.accounts.pop_back();
    for (const AccountId& id : ended.accounts) end_account(id, given_up_handle(id), o.at);
    if (ended.all) {
      db.prepared("DELETE FROM leaving_providers WHERE id = ?").bind(o.provider).run();
    }
    return {op::Outcome::done, std::move(ended)};
  }

  // --- people of other services
  struct Enlisted {
    DeviceId id;
    bool same;  // registration id and authentication key
  };
  std::vector<Enlisted> enlisted(const AccountId& account, const op::NewDevice& device) {
    std::vector<Enlisted> found;
    auto& rows = db.prepared(
                       "SELECT id, registration_id = ?2 AND auth_key IS ?3 FROM devices"
                       " WHERE account = ?1 ORDER BY id")
                     .bind(account, device.registration_id.value, *device.auth_key);
    while (rows.next()) found.push_back({DeviceId{rows.number(0)}, rows.integer(1) != 0});
    return found;
  }
  op::Reply operator()(const op::Boxed<op::Enlist>& boxed) {
    const op::Enlist& o = *boxed;
    db.prepared(
          "INSERT OR IGNORE INTO accounts (id, handle, country, password_hash, identity_key,"
          " provider) VALUES (?, ?, '', '', ?, ?)")
        .bind(o.account, o.handle, o.identity_key, o.provider)
        .run();
    auto& find =
        db.prepared("SELECT id, identity_key FROM accounts WHERE handle = ?").bind(o.handle);
    if (!find.next()) return outcome(op::Outcome::missing);
    const auto account = find.id<AccountId>(0);
    const bool reset = !equal(find.blob(1), o.identity_key);
    find.reset();
    if (reset && !o.reset_identity) return outcome(op::Outcome::conflict);
    op::DeviceAdded added{DeviceId{1}, {}};
    const auto existing = enlisted(account, o.device);
    for (const Enlisted& device : existing) {
      if (device.id == added.id) ++added.id.value;
      if (reset || device.same) added.removed.push_back(device.id);
    }
    if (existing.size() - added.removed.size() >= o.max_devices) return outcome(op::Outcome::full);
    for (const DeviceId id : added.removed) delete_device({account, id});
    db.prepared("UPDATE accounts SET identity_key = ? WHERE id = ?")
        .bind(o.identity_key, account)
        .run();
    insert_device(account, added.id, o.device);
    return {op::Outcome::done, std::move(added)};
  }
  op::Reply operator()(const op::UseToken& o) {
    db.prepared("INSERT OR IGNORE INTO tickets VALUES (?, ?, ?, NULL, x'', 0)")
        .bind(o.key, static_cast<int>(Ticket::Kind::used), o.until.ms)
        .run();
    return outcome(db.changes() > 0 ? op::Outcome::done : op::Outcome::exists);
  }

  // --- services and reports
  op::Reply operator()(const op::Boxed<op::PutProvider>& boxed) {
    const std::string& id = (*boxed).provider.id;
    auto& known = db.prepared("SELECT 1 FROM providers WHERE id = ?").bind(id);
    if (!first(known)) db.prepared("DELETE FROM provider_days WHERE provider = ?").bind(id).run();
    write_provider(db, (*boxed).provider);
    return {};
  }
  op::Reply operator()(const op::RemoveProvider& o) {
    db.prepared("DELETE FROM providers WHERE id = ?").bind(o.id).run();
    if (db.changes() == 0) return outcome(op::Outcome::missing);
    db.prepared("INSERT OR IGNORE INTO leaving_providers VALUES (?)").bind(o.id).run();
    db.prepared("DELETE FROM provider_days WHERE provider = ?").bind(o.id).run();
    return {};
  }
  op::Reply operator()(const op::AddFirstContact& o) {
    db.prepared(
          "INSERT INTO provider_days (provider, day, first_contacts) VALUES (?, ?, 1)"
          " ON CONFLICT DO UPDATE SET first_contacts = first_contacts + 1")
        .bind(o.provider, o.day)
        .run();
    return {};
  }
  // Whether it fits, if need be without the oldest that were resolved.
  bool make_room(std::uint64_t size, const op::PutReport& o) {
    const std::string& provider = o.report.provider;
    const auto fits_service = [&] {
      return report_bytes_of(db, provider) + size <= o.max_bytes_of_service;
    };
    while (!fits_service()) {
      auto& oldest = db.prepared(
                           "SELECT number FROM reports WHERE provider = ? AND resolution <> ''"
                           " ORDER BY resolved LIMIT 1")
                         .bind(provider);
      if (!remove_found(oldest)) return false;
    }
    while (report_bytes(db) + size > o.max_bytes) {
      auto& oldest = db.prepared(
                           "SELECT number FROM reports WHERE resolution <> ''"
                           " ORDER BY resolved LIMIT 1")
                         .bind();
      if (!remove_found(oldest)) return false;
    }
    return true;
  }
  bool remove_found(Statement& report) {
    if (!report.next()) return false;
    const auto number = static_cast<std::uint64_t>(report.integer(0));
    report.reset();
    remove_report(db, number);
    return true;
  }
  op::Reply operator()(const op::Boxed<op::PutReport>& boxed) {
    const ReportRecord& report = (*boxed).report;
    auto& known = db.prepared("SELECT 1 FROM reports WHERE reporter = ? AND report_id = ?")
                      .bind(report.reporter, report.report.report_id);
    if (first(known)) return outcome(op::Outcome::exists);
    auto& open = db.prepared("SELECT count(*) FROM reports WHERE reporter = ? AND resolution = ''")
                     .bind(report.reporter);
    open.next();
    const auto count = static_cast<std::uint64_t>(open.integer(0));
    open.reset();
    if (count >= (*boxed).max_open) return outcome(op::Outcome::full);
    const std::uint64_t size = wire::encode(report.report).size() + kReportOverheadBytes;
    if (!make_room(size, *boxed)) return {op::Outcome::full, op::ReportPut{false, true}};
    const std::int64_t day = report.received.ms / days(1).ms;
    auto& earlier =
        db.prepared(
              "SELECT 1 FROM reports WHERE reporter = ? AND accused = ? AND proven AND"
              " received >= ? AND received < ?")
            .bind(report.reporter, report.accused, day * days(1).ms, (day + 1) * days(1).ms);
    const bool counted = report.proven && !first(earlier);
    write_report(db, report, size);
    if (counted && !report.provider.empty()) {
      db.prepared(
            "INSERT INTO provider_days (provider, day, reports) VALUES (?, ?, 1)"
            " ON CONFLICT DO UPDATE SET reports = reports + 1")
          .bind(report.provider, day)
          .run();
    }
    return {op::Outcome::done, op::ReportPut{counted}};
  }
  op::Reply operator()(const op::ResolveReport& o) {
    db.prepared("UPDATE reports SET resolution = ?, note = ?, resolved = ? WHERE number = ?")
        .bind(o.resolution, o.note, o.at.ms, o.number)
        .run();
    return done_if_changed();
  }

  // --- prekeys
  void put_one_time(std::int64_t device, int kind, std::uint32_t id, const KeyDigest& digest,
                    ByteView key, ByteView signature) {
    auto& known = db.prepared(
                        "SELECT digest FROM one_time_keys WHERE device = ? AND kind = ? AND"
                        " taken = 1 AND id = ?")
                      .bind(device, kind, id);
    const bool was_taken = known.next();
    const bool same = was_taken && equal(known.blob(0), digest);
    known.reset();
    if (same) return;  // a repeated upload of a key that somebody has
    if (was_taken) {
      db.prepared(
            "DELETE FROM one_time_keys WHERE device = ? AND kind = ? AND taken = 1 AND id = ?")
          .bind(device, kind, id)
          .run();
    }
    db.prepared("INSERT OR REPLACE INTO one_time_keys VALUES (?, ?, 0, ?, ?, ?, ?)")
        .bind(device, kind, id, digest, key, signature)
        .run();
  }
  op::Reply operator()(const op::Boxed<op::PutPrekeys>& boxed) {
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
      put_one_time(device, kKyberKind, key.key.id, key.digest, key.key.public_key,
                   key.key.signature);
    }
    forget_oldest_taken(device);
    return {op::Outcome::done, prekey_state(db, device)};
  }
  // What keeps a repeated upload out need not be kept for ever: ids grow, and an upload is
  // repeated soon or not at all.
  void forget_oldest_taken(std::int64_t device) {
    for (const int kind : {kCurveKind, kKyberKind}) {
      db.prepared(
            "DELETE FROM one_time_keys WHERE device = ?1 AND kind = ?2 AND taken = 1 AND id <"
            " (SELECT max(id) FROM one_time_keys WHERE device = ?1 AND kind = ?2 AND taken = 1)"
            " - 1000")
          .bind(device, kind)
          .run();
    }
  }
  std::optional<OneTimeSignedKeyRecord> take_one_time(std::int64_t device, int kind) {
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
  std::optional<op::TakenPrekeys::Device> take(const DeviceAddress& address, bool lasting_only) {
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
  op::Reply operator()(const op::TakePrekeys& o) {
    auto& find = db.prepared("SELECT identity_key FROM accounts WHERE id = ? AND deleted = 0")
                     .bind(o.account);
    if (!find.next()) return outcome(op::Outcome::missing);
    op::TakenPrekeys result;
    result.identity_key = find.array<33>(0);
    find.reset();
    for (const DeviceId id : o.devices) {
      const bool lasting = std::count(o.lasting_only.begin(), o.lasting_only.end(), id) != 0;
      if (auto device = take({o.account, id}, lasting))
        result.devices.push_back(std::move(*device));
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

  // --- sweeping: the oldest lie at the beginning
  void sweep_messages(const op::Sweep& o, op::Swept& swept) {
    auto& find = db.prepared(
                       "SELECT m.accepted_at, m.device, m.size, d.account, d.id FROM messages m"
                       " JOIN devices d ON d.number = m.device WHERE m.accepted_at < ?"
                       " ORDER BY m.accepted_at LIMIT ?")
                     .bind(o.messages_before.value, std::uint64_t{o.max_rows});
    std::vector<std::pair<std::int64_t, std::int64_t>> old;
    std::unordered_map<DeviceAddress, op::Swept::Mailbox> mailboxes;
    while (find.next()) {
      old.emplace_back(find.integer(0), find.integer(1));
      const DeviceAddress device{find.id<AccountId>(3), DeviceId{find.number(4)}};
      op::Swept::Mailbox& mailbox = mailboxes[device];
      mailbox.of = device;
      ++mailbox.count;
      mailbox.bytes += static_cast<std::uint64_t>(find.integer(2));
    }
    auto& remove = db.prepared("DELETE FROM messages WHERE accepted_at = ? AND device = ?");
    for (const auto& [at, device] : old) remove.bind(at, device).run();
    for (auto& [device, mailbox] : mailboxes) swept.mailboxes.push_back(mailbox);
  }
  void sweep_sends(const op::Sweep& o, op::Swept& swept) {
    db.prepared(
          "DELETE FROM sends WHERE accepted_at IN"
          " (SELECT accepted_at FROM sends WHERE accepted_at < ? ORDER BY accepted_at LIMIT ?)")
        .bind(o.sends_before.value, std::uint64_t{o.max_rows})
        .run();
    swept.send_results = static_cast<std::uint64_t>(db.changes());
  }
  void sweep_reports(const op::Sweep& o, op::Swept& swept) {
    std::set<std::uint64_t> old;
    auto& find =
        db.prepared("SELECT number FROM reports WHERE received < ? ORDER BY received LIMIT ?")
            .bind(o.reports_before.ms, std::uint64_t{o.max_rows});
    while (find.next()) old.insert(static_cast<std::uint64_t>(find.integer(0)));
    auto& resolved = db.prepared(
                           "SELECT number FROM reports WHERE resolution <> '' AND resolved < ?"
                           " ORDER BY resolved LIMIT ?")
                         .bind(o.resolved_before.ms, std::uint64_t{o.max_rows});
    while (resolved.next()) old.insert(static_cast<std::uint64_t>(resolved.integer(0)));
    for (const std::uint64_t number : old) remove_report(db, number);
    swept.reports = old.size();
  }
  // Goes round: those that are referred to stay, and must not be in the way of the others.
  void sweep_gone_people(const op::Sweep& o, op::Swept& swept) {
    auto& find =
        db.prepared(
              "SELECT id, deleted_at, EXISTS (SELECT 1 FROM relations WHERE other = accounts.id) OR"
              " EXISTS (SELECT 1 FROM reports WHERE accused = accounts.id) OR"
              " EXISTS (SELECT 1 FROM reports WHERE reporter = accounts.id) FROM accounts"
              " WHERE provider <> '' AND deleted = 1 AND deleted_at < ? AND"
              " (deleted_at, id) > (?, ?) ORDER BY deleted_at, id LIMIT ?")
            .bind(o.deleted_before.ms, writer.swept_until_.first.ms, writer.swept_until_.second,
                  std::uint64_t{o.max_rows});
    std::vector<AccountId> gone;
    std::size_t seen = 0;
    while (find.next()) {
      ++seen;
      writer.swept_until_ = {Time{find.integer(1)}, find.id<AccountId>(0)};
      if (find.integer(2) == 0) gone.push_back(find.id<AccountId>(0));
    }
    if (seen < o.max_rows) writer.swept_until_ = {Time{-1}, AccountId{}};
    for (const AccountId& id : gone)
      db.prepared("DELETE FROM accounts WHERE id = ?").bind(id).run();
    swept.accounts = gone.size();
  }
  op::Reply operator()(const op::Sweep& o) {
    op::Swept swept;
    sweep_reports(o, swept);
    sweep_gone_people(o, swept);
    sweep_messages(o, swept);
    sweep_sends(o, swept);
    db.prepared("DELETE FROM tickets WHERE expires < ?").bind(o.tickets_before.ms).run();
    swept.tickets = static_cast<std::uint64_t>(db.changes());
    return {op::Outcome::done, std::move(swept)};
  }
};

CommitReplies BatchWriter::write(const WriteBatch& batch) {
  CommitReplies replies;
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
    numbers_.clear();  // they may name devices that were never added
    // Some errors end the transaction by themselves.
    if (db_.in_transaction()) db_.execute("ROLLBACK");
    throw;
  }
}

}  // namespace parley::hub
