// People of other services, the services themselves, and reports.
#include <utility>

#include "hub/store/batch_apply.h"
#include "hub/store/rows.h"

namespace parley::hub {

std::vector<BatchWriter::Apply::Enlisted> BatchWriter::Apply::enlisted(
    const AccountId& account, const op::NewDevice& device) {
  std::vector<Enlisted> found;
  auto& rows = db.prepared(
                     "SELECT id, registration_id = ?2 AND auth_key IS ?3 FROM devices"
                     " WHERE account = ?1 ORDER BY id")
                   .bind(account, device.registration_id.value, *device.auth_key);
  while (rows.next()) found.push_back({DeviceId{rows.number(0)}, rows.integer(1) != 0});
  return found;
}

op::Reply BatchWriter::Apply::operator()(const op::Boxed<op::Enlist>& boxed) {
  const op::Enlist& o = *boxed;
  db.prepared(
        "INSERT OR IGNORE INTO accounts (id, handle, country, password_hash, identity_key,"
        " provider) VALUES (?, ?, '', '', ?, ?)")
      .bind(o.account, o.handle, o.identity_key, o.provider)
      .run();
  auto& find = db.prepared("SELECT id, identity_key FROM accounts WHERE handle = ?").bind(o.handle);
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

op::Reply BatchWriter::Apply::operator()(const op::UseToken& o) {
  db.prepared("INSERT OR IGNORE INTO tickets VALUES (?, ?, ?, NULL, x'', 0)")
      .bind(o.key, static_cast<int>(Ticket::Kind::used), o.until.ms)
      .run();
  return outcome(db.changes() > 0 ? op::Outcome::done : op::Outcome::exists);
}

op::Reply BatchWriter::Apply::operator()(const op::Boxed<op::PutProvider>& boxed) {
  const std::string& id = (*boxed).provider.id;
  auto& known = db.prepared("SELECT 1 FROM providers WHERE id = ?").bind(id);
  if (!first(known)) db.prepared("DELETE FROM provider_days WHERE provider = ?").bind(id).run();
  write_provider(db, (*boxed).provider);
  return {};
}

op::Reply BatchWriter::Apply::operator()(const op::RemoveProvider& o) {
  db.prepared("DELETE FROM providers WHERE id = ?").bind(o.id).run();
  if (db.changes() == 0) return outcome(op::Outcome::missing);
  db.prepared("INSERT OR IGNORE INTO leaving_providers VALUES (?)").bind(o.id).run();
  db.prepared("DELETE FROM provider_days WHERE provider = ?").bind(o.id).run();
  return {};
}

op::Reply BatchWriter::Apply::operator()(const op::AddFirstContact& o) {
  db.prepared(
        "INSERT INTO provider_days (provider, day, first_contacts) VALUES (?, ?, 1)"
        " ON CONFLICT DO UPDATE SET first_contacts = first_contacts + 1")
      .bind(o.provider, o.day)
      .run();
  return {};
}

bool BatchWriter::Apply::make_room(std::uint64_t size, const op::PutReport& o) {
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

bool BatchWriter::Apply::remove_found(Statement& report) {
  if (!report.next()) return false;
  const auto number = static_cast<std::uint64_t>(report.integer(0));
  report.reset();
  remove_report(db, number);
  return true;
}

op::Reply BatchWriter::Apply::operator()(const op::Boxed<op::PutReport>& boxed) {
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

op::Reply BatchWriter::Apply::operator()(const op::ResolveReport& o) {
  db.prepared("UPDATE reports SET resolution = ?, note = ?, resolved = ? WHERE number = ?")
      .bind(o.resolution, o.note, o.at.ms, o.number)
      .run();
  return done_if_changed();
}

}  // namespace parley::hub
