// What is deleted because it is old. The oldest lie at the beginning.
#include <set>
#include <utility>

#include "hub/store/batch_apply.h"
#include "hub/store/rows.h"

namespace parley::hub {

void BatchWriter::Apply::sweep_messages(const op::Sweep& o, op::Swept& swept) {
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

void BatchWriter::Apply::sweep_sends(const op::Sweep& o, op::Swept& swept) {
  db.prepared(
        "DELETE FROM sends WHERE accepted_at IN"
        " (SELECT accepted_at FROM sends WHERE accepted_at < ? ORDER BY accepted_at LIMIT ?)")
      .bind(o.sends_before.value, std::uint64_t{o.max_rows})
      .run();
  swept.send_results = static_cast<std::uint64_t>(db.changes());
}

void BatchWriter::Apply::sweep_reports(const op::Sweep& o, op::Swept& swept) {
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

void BatchWriter::Apply::sweep_gone_people(const op::Sweep& o, op::Swept& swept) {
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
  for (const AccountId& id : gone) db.prepared("DELETE FROM accounts WHERE id = ?").bind(id).run();
  swept.accounts = gone.size();
}

op::Reply BatchWriter::Apply::operator()(const op::Sweep& o) {
  op::Swept swept;
  sweep_reports(o, swept);
  sweep_gone_people(o, swept);
  sweep_messages(o, swept);
  sweep_sends(o, swept);
  db.prepared("DELETE FROM tickets WHERE expires < ?").bind(o.tickets_before.ms).run();
  swept.tickets = static_cast<std::uint64_t>(db.changes());
  return {op::Outcome::done, std::move(swept)};
}

}  // namespace parley::hub
