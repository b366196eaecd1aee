// What the tests of the Store port's contract have in common: made-up records and operations that
// are told apart by a number, and the fixture that runs a test on every adapter.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "hub/store/store_for_tests.h"

namespace parley::hub::testing {

inline AccountId account_id(std::uint8_t n) {
  AccountId id;
  id.bytes.fill(n);
  return id;
}
inline TokenHash token(std::uint8_t n) {
  TokenHash id;
  id.bytes.fill(n);
  return id;
}
inline TicketKey ticket_key(std::uint8_t n) {
  TicketKey id;
  id.bytes.fill(n);
  return id;
}
inline SendId send_id(std::uint8_t n) {
  SendId id;
  id.bytes.fill(n);
  return id;
}
inline SerializedKey identity(std::uint8_t n) {
  SerializedKey key;
  key.fill(n);
  key[0] = 5;
  return key;
}
inline op::NewDevice new_device(std::uint8_t n) {
  return {RegistrationId{1000u + n}, Bytes{n}, Time{5000 + n}, token(n)};
}
inline op::CreateAccount account(std::uint8_t n, const std::string& handle) {
  return {account_id(n), handle, "DE", "hash", identity(n), new_device(n)};
}
inline op::PutMessage message(DeviceAddress to, std::int64_t at, std::size_t size = 10) {
  return {to, {AcceptedAt{at}, Bytes(size, static_cast<std::uint8_t>(at))}};
}
inline SignedKeyRecord signed_key(std::uint32_t id, std::uint8_t fill) {
  SignedKeyRecord key{id, Bytes(33, fill), {}};
  key.signature.fill(fill);
  return key;
}
inline op::PutPrekeys prekeys(DeviceAddress device, std::uint32_t count, std::uint32_t first = 1) {
  op::PutPrekeys put;
  put.device = device;
  put.signed_key = signed_key(7, 70);
  put.last_resort = signed_key(8, 80);
  for (std::uint32_t i = first; i < first + count; ++i) {
    KeyDigest digest{};
    digest[0] = static_cast<std::uint8_t>(i);
    put.one_time.push_back({i, Bytes(33, static_cast<std::uint8_t>(i)), digest});
    put.one_time_kyber.push_back({signed_key(i, static_cast<std::uint8_t>(100 + i)), digest});
  }
  return put;
}
inline const DeviceAddress kAlice1{account_id(1), DeviceId{1}};
inline const DeviceAddress kBob1{account_id(2), DeviceId{1}};

template <typename Adapter>
class StoreContract : public ::testing::Test {
 protected:
  template <typename Operation>
  op::Reply apply(Operation operation) {
    return testing::apply(adapter, std::move(operation));
  }
  std::optional<AccountRecord> load(AccountId id) {
    auto loaded = ask<std::optional<AccountRecord>>(adapter, &Store::load_account, id);
    EXPECT_TRUE(loaded);
    return std::move(*loaded);
  }
  Store::MailboxPage page(DeviceAddress of, std::int64_t after = 0, std::size_t count = 100,
                          std::size_t bytes = 1'000'000) {
    auto read =
        ask<Store::MailboxPage>(adapter, &Store::read_mailbox, of, AcceptedAt{after}, count, bytes);
    EXPECT_TRUE(read);
    return std::move(*read);
  }
  std::optional<SendResult> find_send(DeviceAddress sender, SendId id) {
    return *ask<std::optional<SendResult>>(adapter, &Store::find_send, sender, id);
  }
  void create_two() {
    EXPECT_EQ(apply(op::Boxed(account(1, "alice"))).outcome, op::Outcome::done);
    EXPECT_EQ(apply(op::Boxed(account(2, "bob"))).outcome, op::Outcome::done);
  }
  void put_ticket(std::uint8_t key, std::optional<AccountId> owner, std::int64_t expires = 9000) {
    Ticket ticket;
    ticket.account = owner;
    ticket.expires = Time{expires};
    apply(op::Boxed(op::PutTicket{ticket_key(key), ticket}));
  }
  op::Reply add_device(std::uint8_t n, std::uint8_t key, bool reset = false,
                       std::uint8_t identity_of = 1) {
    put_ticket(99, account_id(1));
    op::AddDevice add;
    add.account = account_id(1);
    add.ticket = ticket_key(key);
    add.identity_key = identity(identity_of);
    add.reset_identity = reset;
    add.max_devices = 3;
    add.device = new_device(n);
    return apply(op::Boxed(std::move(add)));
  }

  Adapter adapter;
};

using Adapters = ::testing::Types<MemoryAdapter, SqliteAdapter>;

}  // namespace parley::hub::testing
