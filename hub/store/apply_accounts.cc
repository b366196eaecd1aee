// Accounts of this hub, their devices and their decisions, and their end.
#include <utility>

#include "hub/engine/visible_id.h"
#include "hub/store/batch_apply.h"
#include "hub/store/rows.h"

namespace parley::hub {

op::Reply BatchWriter::Apply::operator()(const op::Boxed<op::CreateAccount>& boxed) {
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

op::Reply BatchWriter::Apply::operator()(const op::Boxed<op::AddDevice>& boxed) {
  const op::AddDevice& o = *boxed;
  auto& find =
      db.prepared("SELECT identity_key FROM accounts WHERE id = ? AND deleted = 0").bind(o.account);
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

op::Reply BatchWriter::Apply::operator()(const op::RemoveDevice& o) {
  if (!has_device(o.device)) return outcome(op::Outcome::missing);
  delete_device(o.device);
  return {};
}

op::Reply BatchWriter::Apply::operator()(const op::RenameDevice& o) {
  db.prepared("UPDATE devices SET name = ? WHERE account = ? AND id = ?")
      .bind(o.name, o.device.account, o.device.device.value)
      .run();
  return done_if_changed();
}

op::Reply BatchWriter::Apply::operator()(const op::TouchDevice& o) {
  db.prepared("UPDATE devices SET last_seen = ? WHERE account = ? AND id = ?")
      .bind(o.last_seen.ms, o.device.account, o.device.device.value)
      .run();
  return {};
}

op::Reply BatchWriter::Apply::operator()(const op::SetPushEndpoint& o) {
  db.prepared("UPDATE devices SET push_endpoint = ? WHERE account = ? AND id = ?")
      .bind(o.endpoint, o.device.account, o.device.device.value)
      .run();
  return done_if_changed();
}

op::Reply BatchWriter::Apply::operator()(const op::SetProfile& o) {
  db.prepared("UPDATE accounts SET profile_name = ? WHERE id = ? AND deleted = 0")
      .bind(o.name, o.account)
      .run();
  return done_if_changed();
}

op::Reply BatchWriter::Apply::operator()(const op::SetRecovery& o) {
  db.prepared("UPDATE accounts SET recovery = ? WHERE id = ? AND deleted = 0")
      .bind(o.blob, o.account)
      .run();
  return done_if_changed();
}

op::Reply BatchWriter::Apply::operator()(const op::Boxed<op::SetPassword>& boxed) {
  const op::SetPassword& o = *boxed;
  if (!has_account(o.account)) return outcome(op::Outcome::missing);
  db.prepared("UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = ?")
      .bind(o.new_hash, o.account, o.old_hash)
      .run();
  return outcome(db.changes() > 0 ? op::Outcome::done : op::Outcome::conflict);
}

op::Reply BatchWriter::Apply::operator()(const op::SetRelation& o) {
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

op::Reply BatchWriter::Apply::operator()(const op::SetThirdParty& o) {
  db.prepared(
        "UPDATE accounts SET third_party_enabled = ?, third_party_reachable = ?,"
        " third_party_providers = ? WHERE id = ? AND deleted = 0")
      .bind(o.choices.enabled, o.choices.reachable, joined(o.choices.provider_ids), o.account)
      .run();
  return done_if_changed();
}

void BatchWriter::Apply::end_account(const AccountId& account, const std::string& new_handle,
                                     Time at) {
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

op::Reply BatchWriter::Apply::operator()(const op::DeleteAccount& o) {
  if (!has_account(o.account)) return outcome(op::Outcome::missing);
  end_account(o.account, o.new_handle, o.at);
  return {};
}

op::Reply BatchWriter::Apply::operator()(const op::EndPeople& o) {
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

}  // namespace parley::hub
