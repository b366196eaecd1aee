// Messages that wait, what sends were answered, the hub's own values, tickets.
#include "hub/store/batch_apply.h"
#include "hub/store/rows.h"

namespace parley::hub {

op::Reply BatchWriter::Apply::operator()(const op::Cancelled&) { return {}; }

op::Reply BatchWriter::Apply::operator()(const op::PutMessage& o) {
  const std::int64_t number = number_of(o.to);
  if (number == 0) return {};
  db.prepared("INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?)")
      .bind(o.message.accepted_at.value, number, std::uint64_t{o.message.frame.size()},
            o.message.frame)
      .run();
  return {};
}

op::Reply BatchWriter::Apply::operator()(const op::RemoveMessages& o) {
  const std::int64_t number = number_of(o.of);
  if (number == 0) return {};
  auto& remove = db.prepared("DELETE FROM messages WHERE accepted_at = ? AND device = ?");
  for (const AcceptedAt at : o.accepted_at) remove.bind(at.value, number).run();
  return {};
}

op::Reply BatchWriter::Apply::operator()(const op::PutSendResult& o) {
  const std::int64_t number = number_of(o.sender);
  if (number == 0) return {};
  const ByteView stamp = o.result.stamp_key == 0 ? ByteView() : ByteView(o.result.stamp);
  db.prepared("INSERT OR REPLACE INTO sends VALUES (?, ?, ?, ?, ?, ?, ?)")
      .bind(o.result.accepted_at.value, number, short_hash(o.id), o.id, o.result.fingerprint,
            o.result.stamp_key, stamp)
      .run();
  return {};
}

op::Reply BatchWriter::Apply::operator()(const op::CreateHub& o) {
  db.prepared("INSERT OR IGNORE INTO meta VALUES ('hub_id', ?)").bind(o.id).run();
  return outcome(db.changes() > 0 ? op::Outcome::done : op::Outcome::exists);
}

op::Reply BatchWriter::Apply::operator()(const op::ReserveTimes& o) {
  set_meta("reserved_until", o.until.value);
  return {};
}

op::Reply BatchWriter::Apply::operator()(const op::PutStampKey& o) {
  db.prepared("INSERT OR REPLACE INTO stamp_keys VALUES (?, ?, ?)")
      .bind(o.key.id, ByteView(o.key.key.view()), o.key.created.ms)
      .run();
  return {};
}

op::Reply BatchWriter::Apply::operator()(const op::RemoveStampKey& o) {
  db.prepared("DELETE FROM stamp_keys WHERE id = ?").bind(o.id).run();
  return {};
}

op::Reply BatchWriter::Apply::operator()(const op::Boxed<op::PutTicket>& boxed) {
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

}  // namespace parley::hub
