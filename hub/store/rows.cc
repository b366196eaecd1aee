#include "hub/store/rows.h"

#include <utility>

namespace parley::hub {

PrekeyState prekey_state(Database& db, std::int64_t number) {
  PrekeyState state;
  auto& ids = db.prepared("SELECT signed_id, resort_id FROM devices WHERE number = ?").bind(number);
  if (ids.next()) {
    state.signed_id = ids.number(0);
    state.last_resort_id = ids.number(1);
    ids.reset();
  }
  auto& count =
      db.prepared("SELECT count(*) FROM one_time_keys WHERE device = ? AND kind = ? AND taken = 0");
  const auto count_of = [&](int kind) {
    count.bind(number, kind).next();
    const std::uint32_t found = count.number(0);
    count.reset();
    return found;
  };
  state.one_time = count_of(kCurveKind);
  state.one_time_kyber = count_of(kKyberKind);
  return state;
}

std::optional<HubRecord> read_hub(Database& db) {
  auto& id = db.prepared("SELECT value FROM meta WHERE name = 'hub_id'").bind();
  if (!id.next()) return std::nullopt;
  HubRecord hub;
  hub.id = id.id<HubId>(0);
  id.reset();
  auto& reserved = db.prepared("SELECT value FROM meta WHERE name = 'reserved_until'").bind();
  if (reserved.next()) {
    hub.reserved_until = AcceptedAt{reserved.integer(0)};
    reserved.reset();
  }
  auto& keys = db.prepared("SELECT id, key, created FROM stamp_keys ORDER BY id").bind();
  while (keys.next()) {
    ByteArray<32> key = keys.array<32>(1);
    hub.stamp_keys.push_back({keys.number(0), Secret<32>(std::span<const std::uint8_t, 32>(key)),
                              Time{keys.integer(2)}});
    wipe(key);
  }
  hub.providers = read_providers(db);
  hub.provider_days = read_provider_days(db);
  hub.people = read_people(db);
  hub.leaving = read_leaving(db);
  return hub;
}

namespace {

void read_mailbox_size(Database& db, std::int64_t number, DeviceRecord& device) {
  auto& sum = db.prepared(
                    "SELECT count(*), coalesce(sum(size), 0), coalesce(max(accepted_at), 0)"
                    " FROM messages WHERE device = ?")
                  .bind(number);
  sum.next();
  device.mailbox_count = static_cast<std::uint64_t>(sum.integer(0));
  device.mailbox_bytes = static_cast<std::uint64_t>(sum.integer(1));
  device.mailbox_newest = AcceptedAt{sum.integer(2)};
  sum.reset();
}

void read_devices(Database& db, AccountRecord& account) {
  auto& rows =
      db.prepared(
            "SELECT id, registration_id, name, created, last_seen, session, number, auth_key,"
            " push_endpoint FROM devices WHERE account = ? ORDER BY id")
          .bind(account.id);
  std::vector<std::int64_t> numbers;
  while (rows.next()) {
    DeviceRecord& device = account.devices.emplace_back();
    device.id = DeviceId{rows.number(0)};
    device.registration_id = RegistrationId{rows.number(1)};
    device.name = rows.bytes(2);
    device.created = Time{rows.integer(3)};
    device.last_seen = Time{rows.integer(4)};
    device.session = rows.id<TokenHash>(5);
    numbers.push_back(rows.integer(6));
    if (!rows.is_null(7)) device.auth_key = rows.array<32>(7);
    device.push_endpoint = rows.text(8);
  }
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    account.devices[i].prekeys = prekey_state(db, numbers[i]);
    read_mailbox_size(db, numbers[i], account.devices[i]);
  }
}

}  // namespace

std::optional<AccountRecord> read_account(Database& db, const AccountId& id) {
  auto& row = db.prepared(
                    "SELECT handle, country, identity_key, profile_name, length(recovery) > 0,"
                    " deleted, provider, third_party_enabled, third_party_reachable,"
                    " third_party_providers FROM accounts WHERE id = ?")
                  .bind(id);
  if (!row.next()) return std::nullopt;
  AccountRecord account;
  account.id = id;
  account.handle = row.text(0);
  account.country = row.text(1);
  account.identity_key = row.array<33>(2);
  account.profile_name = row.text(3);
  account.has_recovery = row.integer(4) != 0;
  account.deleted = row.integer(5) != 0;
  account.provider = row.text(6);
  account.third_party = {row.integer(7) != 0, row.integer(8) != 0, split(row.text(9))};
  row.reset();
  read_devices(db, account);
  auto& relations = db.prepared(
                          "SELECT other, relation, was_accepted, requests_sent FROM relations"
                          " WHERE account = ? ORDER BY other")
                        .bind(id);
  while (relations.next()) {
    account.relations.push_back({relations.id<AccountId>(0),
                                 {static_cast<Relation>(relations.integer(1)),
                                  relations.integer(2) != 0, relations.number(3)}});
  }
  return account;
}

std::optional<AccountId> read_handle(Database& db, const std::string& handle) {
  auto& row = db.prepared("SELECT id FROM accounts WHERE handle = ?").bind(handle);
  if (!row.next()) return std::nullopt;
  const auto id = row.id<AccountId>(0);
  row.reset();
  return id;
}

std::optional<Credentials> read_credentials(Database& db, const std::string& handle) {
  auto& row = db.prepared(
                    "SELECT id, password_hash FROM accounts WHERE handle = ? AND deleted = 0"
                    " AND provider = ''")
                  .bind(handle);
  if (!row.next()) return std::nullopt;
  Credentials credentials{row.id<AccountId>(0), row.text(1)};
  row.reset();
  return credentials;
}

std::optional<DeviceAddress> read_session(Database& db, const TokenHash& token) {
  auto& row = db.prepared("SELECT account, id FROM devices WHERE session = ?").bind(token);
  if (!row.next()) return std::nullopt;
  const DeviceAddress address{row.id<AccountId>(0), DeviceId{row.number(1)}};
  row.reset();
  return address;
}

Bytes read_recovery(Database& db, const AccountId& id) {
  auto& row = db.prepared("SELECT recovery FROM accounts WHERE id = ?").bind(id);
  if (!row.next()) return {};
  Bytes recovery = row.bytes(0);
  row.reset();
  return recovery;
}

std::optional<Ticket> read_ticket(Database& db, const TicketKey& key) {
  auto& row =
      db.prepared("SELECT kind, expires, account, envelope, granted FROM tickets WHERE key = ?")
          .bind(key);
  if (!row.next()) return std::nullopt;
  Ticket ticket;
  ticket.kind = static_cast<Ticket::Kind>(row.integer(0));
  ticket.expires = Time{row.integer(1)};
  if (!row.is_null(2)) ticket.account = row.id<AccountId>(2);
  ticket.envelope = row.bytes(3);
  ticket.granted = row.integer(4) != 0;
  row.reset();
  return ticket;
}

namespace {

// 0: no such device.
std::int64_t number_of(Database& db, const DeviceAddress& device) {
  auto& find = db.prepared("SELECT number FROM devices WHERE account = ? AND id = ?")
                   .bind(device.account, device.device.value);
  if (!find.next()) return 0;
  const std::int64_t number = find.integer(0);
  find.reset();
  return number;
}

}  // namespace

Store::MailboxPage read_page(Database& db, const DeviceAddress& of, AcceptedAt after,
                             std::size_t max_count, std::size_t max_bytes) {
  Store::MailboxPage page;
  page.last = true;
  auto& rows = db.prepared(
                     "SELECT accepted_at, size, frame FROM messages"
                     " INDEXED BY messages_of_device WHERE device = ? AND accepted_at > ?"
                     " ORDER BY accepted_at")
                   .bind(number_of(db, of), after.value);
  std::size_t bytes = 0;
  while (rows.next()) {
    bytes += static_cast<std::size_t>(rows.integer(1));
    if (!page.messages.empty() && (page.messages.size() >= max_count || bytes > max_bytes)) {
      page.last = false;
      break;
    }
    page.messages.push_back({AcceptedAt{rows.integer(0)}, rows.bytes(2)});
  }
  rows.reset();
  return page;
}

std::optional<SendResult> read_send(Database& db, const DeviceAddress& sender, const SendId& id) {
  auto& row = db.prepared(
                    "SELECT fingerprint, accepted_at, stamp_key, stamp FROM sends WHERE"
                    " device = ? AND hash = ? AND send_id = ?")
                  .bind(number_of(db, sender), short_hash(id), id);
  if (!row.next()) return std::nullopt;
  SendResult result;
  result.fingerprint = static_cast<std::uint64_t>(row.integer(0));
  result.accepted_at = AcceptedAt{row.integer(1)};
  result.stamp_key = row.number(2);
  if (result.stamp_key != 0) result.stamp = row.array<32>(3);
  row.reset();
  return result;
}

std::optional<std::vector<std::uint32_t>> read_sends(Database& db, const DeviceAddress& sender,
                                                     std::size_t max_count) {
  std::vector<std::uint32_t> hashes;
  auto& rows = db.prepared("SELECT hash FROM sends WHERE device = ?").bind(number_of(db, sender));
  while (rows.next()) {
    if (hashes.size() == max_count) {
      rows.reset();
      return std::nullopt;
    }
    hashes.push_back(rows.number(0));
  }
  return hashes;
}

// By the index, which is small.
std::uint64_t read_message_count(Database& db, std::uint64_t most) {
  auto& rows = db.prepared("SELECT count(*) FROM (SELECT device FROM messages LIMIT ?)").bind(most);
  const std::uint64_t count = rows.next() ? static_cast<std::uint64_t>(rows.integer(0)) : 0;
  rows.reset();
  return count;
}

}  // namespace parley::hub
