#include "hub/store/batch_writer.h"

#include <utility>

#include "hub/store/batch_apply.h"

namespace parley::hub {

bool BatchWriter::Apply::has_account(const AccountId& id) {
  auto& find = db.prepared("SELECT 1 FROM accounts WHERE id = ? AND deleted = 0").bind(id);
  return first(find);
}

std::int64_t BatchWriter::Apply::number_of(const DeviceAddress& device) {
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

bool BatchWriter::Apply::has_device(const DeviceAddress& device) { return number_of(device) != 0; }

bool BatchWriter::Apply::first(Statement& statement) {
  const bool found = statement.next();
  statement.reset();
  return found;
}

op::Reply BatchWriter::Apply::done_if_changed() {
  return outcome(db.changes() > 0 ? op::Outcome::done : op::Outcome::missing);
}

void BatchWriter::Apply::insert_device(const AccountId& account, DeviceId id,
                                       const op::NewDevice& device) {
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

void BatchWriter::Apply::delete_device(const DeviceAddress& device) {
  const std::int64_t number = number_of(device);
  const char* const statements[] = {
      "DELETE FROM devices WHERE number = ?", "DELETE FROM one_time_keys WHERE device = ?",
      "DELETE FROM messages WHERE device = ?", "DELETE FROM sends WHERE device = ?"};
  for (const char* sql : statements) db.prepared(sql).bind(number).run();
  writer.numbers_.erase(device);
}

std::vector<DeviceId> BatchWriter::Apply::device_ids(const AccountId& account) {
  std::vector<DeviceId> ids;
  auto& rows = db.prepared("SELECT id FROM devices WHERE account = ? ORDER BY id").bind(account);
  while (rows.next()) ids.push_back(DeviceId{rows.number(0)});
  return ids;
}

void BatchWriter::Apply::set_meta(const std::string& name, std::int64_t value) {
  db.prepared("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2")
      .bind(name, value)
      .run();
}

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
