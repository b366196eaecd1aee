// What every adapter of the Store port must do. Each test runs on all of them, and again
// reads what it wrote after the store was closed and opened.
#include <gtest/gtest.h>

#include "hub/store/store_for_tests.h"

namespace parley::hub::testing {
namespace {

AccountId account_id(std::uint8_t n) {
  AccountId id;
  id.bytes.fill(n);
  return id;
}
TokenHash token(std::uint8_t n) {
  TokenHash id;
  id.bytes.fill(n);
  return id;
}
TicketKey ticket_key(std::uint8_t n) {
  TicketKey id;
  id.bytes.fill(n);
  return id;
}
SendId send_id(std::uint8_t n) {
  SendId id;
  id.bytes.fill(n);
  return id;
}
SerializedKey identity(std::uint8_t n) {
  SerializedKey key;
  key.fill(n);
  key[0] = 5;
  return key;
}
op::NewDevice new_device(std::uint8_t n) {
  return {RegistrationId{1000u + n}, Bytes{n}, Time{5000 + n}, token(n)};
}
op::CreateAccount account(std::uint8_t n, const std::string& handle) {
  return {account_id(n), handle, "DE", "hash", identity(n), new_device(n)};
}
op::PutMessage message(DeviceAddress to, std::int64_t at, std::size_t size = 10) {
  return {to, {AcceptedAt{at}, Bytes(size, static_cast<std::uint8_t>(at))}};
}
SignedKeyRecord signed_key(std::uint32_t id, std::uint8_t fill) {
  SignedKeyRecord key{id, Bytes(33, fill), {}};
  key.signature.fill(fill);
  return key;
}
op::PutPrekeys prekeys(DeviceAddress device, std::uint32_t count, std::uint32_t first = 1) {
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
const DeviceAddress kAlice1{account_id(1), DeviceId{1}};
const DeviceAddress kBob1{account_id(2), DeviceId{1}};

std::size_t some_index(std::size_t size) { return size * 7 / 9; }

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
TYPED_TEST_SUITE(StoreContract, Adapters);

TYPED_TEST(StoreContract, a_new_store_knows_no_hub_and_then_remembers_it) {
  using Hub = std::optional<HubRecord>;
  EXPECT_FALSE(*ask<Hub>(this->adapter, &Store::load_hub));
  HubId id;
  id.bytes.fill(9);
  WriteBatch batch;
  batch.push_back(op::CreateHub{id});
  batch.push_back(op::ReserveTimes{{12345}});
  batch.push_back(op::PutStampKey{{1, Secret<32>(), Time{1}}});
  ByteArray<32> raw;
  raw.fill(3);
  batch.push_back(
      op::PutStampKey{{2, Secret<32>(std::span<const std::uint8_t, 32>(raw)), Time{2}}});
  batch.push_back(op::RemoveStampKey{1});
  ASSERT_TRUE(commit(this->adapter, std::move(batch)));
  EXPECT_EQ(this->apply(op::CreateHub{HubId{}}).outcome, op::Outcome::exists);
  this->adapter.reopen();
  const auto hub = ask<Hub>(this->adapter, &Store::load_hub);
  ASSERT_TRUE(*hub);
  EXPECT_EQ((*hub)->id, id);
  EXPECT_EQ((*hub)->reserved_until.value, 12345);
  ASSERT_EQ((*hub)->stamp_keys.size(), 1u);
  EXPECT_EQ((*hub)->stamp_keys[0].id, 2u);
  EXPECT_TRUE(equal((*hub)->stamp_keys[0].key.view(), raw));
}

TYPED_TEST(StoreContract, an_account_is_found_by_id_handle_and_session) {
  this->create_two();
  this->adapter.reopen();
  const auto alice = this->load(account_id(1));
  ASSERT_TRUE(alice);
  EXPECT_EQ(alice->handle, "alice");
  EXPECT_EQ(alice->country, "DE");
  EXPECT_EQ(alice->identity_key, identity(1));
  EXPECT_FALSE(alice->has_recovery);
  ASSERT_EQ(alice->devices.size(), 1u);
  EXPECT_EQ(alice->devices[0].id.value, 1u);
  EXPECT_EQ(alice->devices[0].registration_id.value, 1001u);
  EXPECT_EQ(alice->devices[0].name, Bytes{1});
  EXPECT_EQ(alice->devices[0].created.ms, 5001);
  EXPECT_EQ(alice->devices[0].last_seen.ms, 5001);
  EXPECT_FALSE(alice->devices[0].prekeys.published());
  EXPECT_EQ(**ask<std::optional<AccountId>>(this->adapter, &Store::find_handle, std::string("bob")),
            account_id(2));
  EXPECT_EQ(**ask<std::optional<DeviceAddress>>(this->adapter, &Store::find_session, token(2)),
            kBob1);
  EXPECT_FALSE(*ask<std::optional<DeviceAddress>>(this->adapter, &Store::find_session, token(3)));
  EXPECT_FALSE(this->load(account_id(3)));
}

TYPED_TEST(StoreContract, a_handle_is_given_once) {
  this->create_two();
  EXPECT_EQ(this->apply(op::Boxed(account(3, "alice"))).outcome, op::Outcome::exists);
  EXPECT_FALSE(this->load(account_id(3)));
}

TYPED_TEST(StoreContract, a_password_changes_only_from_the_one_that_was_checked) {
  this->create_two();
  using Found = std::optional<Credentials>;
  EXPECT_EQ(this->apply(op::Boxed(op::SetPassword{account_id(1), "other", "new"})).outcome,
            op::Outcome::conflict);
  EXPECT_EQ(this->apply(op::Boxed(op::SetPassword{account_id(1), "hash", "new"})).outcome,
            op::Outcome::done);
  const auto found = ask<Found>(this->adapter, &Store::find_credentials, std::string("alice"));
  EXPECT_EQ((*found)->password_hash, "new");
  EXPECT_FALSE(*ask<Found>(this->adapter, &Store::find_credentials, std::string("nobody")));
}

TYPED_TEST(StoreContract, profile_recovery_relations_and_names_are_kept) {
  this->create_two();
  this->apply(op::SetProfile{account_id(1), "Alice A."});
  this->apply(op::SetRecovery{account_id(1), Bytes{1, 2, 3}});
  this->apply(op::SetRelation{account_id(1), account_id(2), {Relation::blocked, true, 2}});
  this->apply(op::SetRelation{account_id(1), account_id(5), {Relation::accepted, false, 0}});
  this->apply(op::SetRelation{account_id(1), account_id(6), {Relation::accepted, false, 0}});
  this->apply(op::SetRelation{account_id(1), account_id(6), {Relation::none, false, 0}});
  this->apply(op::RenameDevice{kAlice1, Bytes{8, 8}});
  this->apply(op::SetPushEndpoint{kAlice1, "https://push.example/1"});
  EXPECT_EQ(this->apply(op::SetPushEndpoint{{account_id(1), DeviceId{4}}, "x"}).outcome,
            op::Outcome::missing);
  EXPECT_EQ(this->apply(op::RenameDevice{{account_id(1), DeviceId{4}}, {}}).outcome,
            op::Outcome::missing);
  WriteBatch touch;
  touch.push_back(op::TouchDevice{kAlice1, Time{86'400'000}});
  ASSERT_TRUE(commit(this->adapter, std::move(touch)));
  this->adapter.reopen();
  const auto alice = this->load(account_id(1));
  EXPECT_EQ(alice->profile_name, "Alice A.");
  EXPECT_TRUE(alice->has_recovery);
  EXPECT_EQ(*ask<Bytes>(this->adapter, &Store::load_recovery, account_id(1)), (Bytes{1, 2, 3}));
  ASSERT_EQ(alice->relations.size(), 2u);
  EXPECT_EQ(alice->relations[0].state, (RelationState{Relation::blocked, true, 2}));
  EXPECT_EQ(alice->relations[1].other, account_id(5));
  EXPECT_EQ(alice->devices[0].name, (Bytes{8, 8}));
  EXPECT_EQ(alice->devices[0].last_seen.ms, 86'400'000);
}

TYPED_TEST(StoreContract, a_device_gets_the_lowest_free_id_and_uses_up_its_ticket) {
  this->create_two();
  EXPECT_EQ(this->add_device(10, 98).outcome, op::Outcome::missing) << "no such ticket";
  EXPECT_EQ(std::get<op::DeviceAdded>(this->add_device(10, 99).value).id.value, 2u);
  EXPECT_EQ(std::get<op::DeviceAdded>(this->add_device(11, 99).value).id.value, 3u);
  EXPECT_EQ(this->add_device(12, 99).outcome, op::Outcome::full);
  EXPECT_EQ(this->apply(op::RemoveDevice{{account_id(1), DeviceId{2}}}).outcome, op::Outcome::done);
  EXPECT_EQ(this->apply(op::RemoveDevice{{account_id(1), DeviceId{2}}}).outcome,
            op::Outcome::missing);
  EXPECT_EQ(std::get<op::DeviceAdded>(this->add_device(13, 99).value).id.value, 2u);
  EXPECT_FALSE(*ask<std::optional<Ticket>>(this->adapter, &Store::find_ticket, ticket_key(99)));
  EXPECT_FALSE(*ask<std::optional<DeviceAddress>>(this->adapter, &Store::find_session, token(10)));
}

TYPED_TEST(StoreContract, another_identity_is_a_conflict_unless_it_is_reset) {
  this->create_two();
  this->apply(op::SetRecovery{account_id(1), Bytes{1}});
  EXPECT_EQ(this->add_device(10, 99, false, 4).outcome, op::Outcome::conflict);
  this->add_device(11, 99);
  const auto reply = this->add_device(12, 99, true, 4);
  const auto added = std::get<op::DeviceAdded>(reply.value);
  EXPECT_EQ(added.id.value, 3u) << "not one of those removed";
  EXPECT_EQ(added.removed.size(), 2u);
  const auto alice = this->load(account_id(1));
  EXPECT_EQ(alice->identity_key, identity(4));
  EXPECT_FALSE(alice->has_recovery);
  EXPECT_EQ(alice->devices.size(), 1u);
}

TYPED_TEST(StoreContract, one_time_keys_are_handed_out_once_and_then_the_last_resort) {
  this->create_two();
  EXPECT_TRUE(
      std::get<op::TakenPrekeys>(this->apply(op::TakePrekeys{account_id(1), {DeviceId{1}}}).value)
          .devices.empty())
      << "nothing published";
  EXPECT_EQ(std::get<PrekeyState>(this->apply(op::Boxed(prekeys(kAlice1, 2))).value),
            (PrekeyState{2, 2, 7, 8}));
  for (std::uint32_t i = 1; i <= 2; ++i) {
    const auto reply = this->apply(op::TakePrekeys{account_id(1), {DeviceId{1}, DeviceId{5}}});
    const auto& taken = std::get<op::TakenPrekeys>(reply.value);
    EXPECT_EQ(taken.identity_key, identity(1));
    ASSERT_EQ(taken.devices.size(), 1u);
    const auto& device = taken.devices[0];
    EXPECT_EQ(device.signed_key.id, 7u);
    EXPECT_EQ(device.signed_key.public_key, Bytes(33, 70));
    EXPECT_EQ(device.one_time->id, i);
    EXPECT_EQ(device.kyber.id, i);
    EXPECT_EQ(device.kyber.signature[0], 100 + i);
    EXPECT_FALSE(device.kyber_is_last_resort);
    EXPECT_EQ(device.left.one_time, 2 - i);
    this->adapter.reopen();
  }
  const auto reply = this->apply(op::TakePrekeys{account_id(1), {DeviceId{1}}});
  const auto& device = std::get<op::TakenPrekeys>(reply.value).devices[0];
  EXPECT_FALSE(device.one_time);
  EXPECT_TRUE(device.kyber_is_last_resort);
  EXPECT_EQ(device.kyber.id, 8u);
}

TYPED_TEST(StoreContract, a_repeated_upload_does_not_bring_back_a_key_that_was_handed_out) {
  this->create_two();
  this->apply(op::Boxed(prekeys(kAlice1, 2)));
  this->apply(op::TakePrekeys{account_id(1), {DeviceId{1}}});
  EXPECT_EQ(std::get<PrekeyState>(this->apply(op::Boxed(prekeys(kAlice1, 2))).value).one_time, 1u);
  // The same id with another key is another key.
  auto other = prekeys(kAlice1, 1);
  other.one_time[0].digest[5] = 1;
  other.one_time_kyber.clear();
  EXPECT_EQ(std::get<PrekeyState>(this->apply(op::Boxed(std::move(other))).value).one_time, 2u);
  EXPECT_EQ(this->apply(op::Boxed(prekeys({account_id(9), DeviceId{1}}, 1))).outcome,
            op::Outcome::missing);
}

TYPED_TEST(StoreContract, a_mailbox_is_read_in_order_and_in_pages) {
  this->create_two();
  WriteBatch batch;
  for (const std::int64_t at : {30, 10, 20, 40}) batch.push_back(message(kAlice1, at));
  batch.push_back(message(kBob1, 15));
  batch.push_back(message({account_id(1), DeviceId{7}}, 16));  // no such device
  ASSERT_TRUE(commit(this->adapter, std::move(batch)));
  this->adapter.reopen();
  auto all = this->page(kAlice1);
  ASSERT_EQ(all.messages.size(), 4u);
  EXPECT_TRUE(all.last);
  EXPECT_EQ(all.messages[0].accepted_at.value, 10);
  EXPECT_EQ(all.messages[3].accepted_at.value, 40);
  EXPECT_EQ(all.messages[0].frame, Bytes(10, 10));
  EXPECT_EQ(this->page(kAlice1, 20).messages.size(), 2u);
  EXPECT_EQ(this->page(kAlice1, 0, 2).messages.size(), 2u);
  EXPECT_FALSE(this->page(kAlice1, 0, 2).last);
  EXPECT_TRUE(this->page(kAlice1, 20, 2).last);
  EXPECT_EQ(this->page(kAlice1, 0, 100, 25).messages.size(), 2u);
  EXPECT_EQ(this->page(kAlice1, 0, 100, 1).messages.size(), 1u) << "at least one";
  EXPECT_TRUE(this->page({account_id(1), DeviceId{7}}).messages.empty());
  const auto alice = this->load(account_id(1));
  EXPECT_EQ(alice->devices[0].mailbox_bytes, 40u);
  EXPECT_EQ(alice->devices[0].mailbox_count, 4u);
  EXPECT_EQ(alice->devices[0].mailbox_newest.value, 40);
}

TYPED_TEST(StoreContract, removed_messages_are_gone) {
  this->create_two();
  WriteBatch batch;
  for (std::int64_t at = 1; at <= 5; ++at) batch.push_back(message(kAlice1, at));
  batch.push_back(op::RemoveMessages{kAlice1, {{2}, {4}, {77}}});
  ASSERT_TRUE(commit(this->adapter, std::move(batch)));
  const auto left = this->page(kAlice1);
  ASSERT_EQ(left.messages.size(), 3u);
  EXPECT_EQ(left.messages[1].accepted_at.value, 3);
}

TYPED_TEST(StoreContract, send_results_are_found_by_device_and_id) {
  this->create_two();
  SendResult result{0xffeeddccbbaa9988u, AcceptedAt{123}, 4, {}};
  result.stamp.fill(6);
  WriteBatch batch;
  batch.push_back(op::PutSendResult{kAlice1, send_id(1), result});
  batch.push_back(op::PutSendResult{kAlice1, send_id(2), {1, AcceptedAt{124}, 0, {}}});
  ASSERT_TRUE(commit(this->adapter, std::move(batch)));
  this->adapter.reopen();
  const auto found = this->find_send(kAlice1, send_id(1));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->fingerprint, result.fingerprint);
  EXPECT_EQ(found->accepted_at.value, 123);
  EXPECT_EQ(found->stamp_key, 4u);
  EXPECT_EQ(found->stamp, result.stamp);
  EXPECT_EQ(this->find_send(kAlice1, send_id(2))->stamp_key, 0u);
  EXPECT_FALSE(this->find_send(kBob1, send_id(1)));
  using Hashes = std::optional<std::vector<std::uint32_t>>;
  const auto hashes = ask<Hashes>(this->adapter, &Store::list_sends, kAlice1, std::size_t{10});
  EXPECT_EQ(**hashes, (std::vector<std::uint32_t>{0x01010101, 0x02020202}));
  EXPECT_FALSE(*ask<Hashes>(this->adapter, &Store::list_sends, kAlice1, std::size_t{1}));
}

TYPED_TEST(StoreContract, a_removed_device_leaves_nothing_behind) {
  this->create_two();
  WriteBatch batch;
  batch.push_back(message(kAlice1, 1));
  batch.push_back(op::PutSendResult{kAlice1, send_id(1), {1, AcceptedAt{9}, 0, {}}});
  batch.push_back(op::Boxed(prekeys(kAlice1, 1)));
  batch.push_back(op::RemoveDevice{kAlice1});
  ASSERT_TRUE(commit(this->adapter, std::move(batch)));
  EXPECT_TRUE(this->load(account_id(1))->devices.empty());
  ASSERT_EQ(std::get<op::DeviceAdded>(this->add_device(20, 99).value).id.value, 1u);
  EXPECT_TRUE(this->page(kAlice1).messages.empty());
  EXPECT_FALSE(this->find_send(kAlice1, send_id(1)));
  EXPECT_EQ(this->load(account_id(1))->devices[0].prekeys, PrekeyState());
}

TYPED_TEST(StoreContract, a_deleted_account_keeps_only_its_id_and_handle) {
  this->create_two();
  this->apply(op::SetRelation{account_id(1), account_id(2), {Relation::blocked, true, 2}});
  this->apply(op::SetProfile{account_id(1), "Alice"});
  this->apply(op::SetRecovery{account_id(1), Bytes{1}});
  EXPECT_EQ(this->apply(op::DeleteAccount{account_id(1)}).outcome, op::Outcome::done);
  EXPECT_EQ(this->apply(op::DeleteAccount{account_id(1)}).outcome, op::Outcome::missing);
  this->adapter.reopen();
  const auto alice = this->load(account_id(1));
  ASSERT_TRUE(alice);
  EXPECT_TRUE(alice->deleted);
  EXPECT_EQ(alice->handle, "alice");
  EXPECT_EQ(alice->profile_name, "");
  EXPECT_EQ(alice->country, "");
  EXPECT_EQ(alice->identity_key, SerializedKey{});
  EXPECT_FALSE(alice->has_recovery);
  EXPECT_TRUE(alice->devices.empty());
  EXPECT_TRUE(alice->relations.empty());
  EXPECT_EQ(this->apply(op::Boxed(account(4, "alice"))).outcome, op::Outcome::exists);
  EXPECT_FALSE(*ask<std::optional<Credentials>>(this->adapter, &Store::find_credentials,
                                                std::string("alice")));
  EXPECT_FALSE(*ask<std::optional<DeviceAddress>>(this->adapter, &Store::find_session, token(1)));
  EXPECT_EQ(this->apply(op::SetProfile{account_id(1), "x"}).outcome, op::Outcome::missing);
}

TYPED_TEST(StoreContract, tickets_are_kept_as_they_were_put) {
  Ticket ticket;
  ticket.kind = Ticket::Kind::link;
  ticket.expires = Time{77};
  this->apply(op::Boxed(op::PutTicket{ticket_key(1), ticket}));
  using Found = std::optional<Ticket>;
  EXPECT_FALSE((*ask<Found>(this->adapter, &Store::find_ticket, ticket_key(1)))->account);
  ticket.account = account_id(1);
  ticket.envelope = {1, 2};
  ticket.granted = true;
  this->apply(op::Boxed(op::PutTicket{ticket_key(1), ticket}));
  this->adapter.reopen();
  const auto found = *ask<Found>(this->adapter, &Store::find_ticket, ticket_key(1));
  EXPECT_EQ(found->kind, Ticket::Kind::link);
  EXPECT_EQ(found->expires.ms, 77);
  EXPECT_EQ(found->account, account_id(1));
  EXPECT_EQ(found->envelope, (Bytes{1, 2}));
  EXPECT_TRUE(found->granted);
  EXPECT_FALSE(*ask<Found>(this->adapter, &Store::find_ticket, ticket_key(2)));
}

TYPED_TEST(StoreContract, sweeping_removes_what_is_too_old_step_by_step) {
  this->create_two();
  WriteBatch batch;
  for (std::int64_t at = 1; at <= 6; ++at) batch.push_back(message(kAlice1, at, 100));
  for (std::int64_t at = 4; at <= 8; ++at) batch.push_back(message(kBob1, at, 100));
  for (std::uint8_t n = 1; n <= 6; ++n) {
    batch.push_back(op::PutSendResult{kAlice1, send_id(n), {1, AcceptedAt{n}, 0, {}}});
  }
  ASSERT_TRUE(commit(this->adapter, std::move(batch)));
  this->put_ticket(1, account_id(1), 10);
  this->put_ticket(2, account_id(1), 30);
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t sends = 0;
  std::uint64_t tickets = 0;
  for (int step = 0; step < 20; ++step) {
    const auto reply = this->apply(op::Sweep{{6}, {3}, Time{20}, 2});
    const auto& swept = std::get<op::Swept>(reply.value);
    for (const auto& mailbox : swept.mailboxes) {
      messages += mailbox.count;
      bytes += mailbox.bytes;
    }
    sends += swept.send_results;
    tickets += swept.tickets;
  }
  EXPECT_EQ(messages, 5u + 2u);
  EXPECT_EQ(bytes, 700u);
  EXPECT_EQ(sends, 2u);
  EXPECT_EQ(tickets, 1u);
  ASSERT_EQ(this->page(kAlice1).messages.size(), 1u);
  EXPECT_EQ(this->page(kBob1).messages.size(), 3u);
  EXPECT_TRUE(this->find_send(kAlice1, send_id(3)));
  EXPECT_FALSE(this->find_send(kAlice1, send_id(2)));
}

TYPED_TEST(StoreContract, batches_take_effect_in_order_without_waiting_for_each_other) {
  this->create_two();
  int settled = 0;
  for (int i = 0; i < 50; ++i) {
    auto batch = std::make_shared<WriteBatch>();
    batch->push_back(op::SetProfile{account_id(1), std::to_string(i)});
    this->adapter.store().commit(batch, [&settled, i](Result<CommitReplies> result) {
      EXPECT_TRUE(result);
      EXPECT_EQ(settled++, i);
    });
  }
  while (settled < 50) this->adapter.loop.run_one();
  EXPECT_EQ(this->load(account_id(1))->profile_name, "49");
}

TYPED_TEST(StoreContract, reads_run_beside_commits_and_see_whole_batches) {
  this->create_two();
  std::vector<std::shared_ptr<const WriteBatch>> batches;
  int settled = 0;
  int read = 0;
  for (int i = 0; i < 40; ++i) {
    auto batch = std::make_shared<WriteBatch>();
    for (int n = 0; n < 10; ++n) batch->push_back(message(kAlice1, 1 + i * 10 + n, 100));
    batches.push_back(batch);
    this->adapter.store().commit(batch, [&](const Result<CommitReplies>& result) {
      EXPECT_TRUE(result);
      ++settled;
    });
    const int durable = settled;
    this->adapter.store().read_mailbox(
        kAlice1, AcceptedAt{0}, 1000, 1'000'000, [&, durable](Result<Store::MailboxPage> page) {
          EXPECT_EQ(page->messages.size() % 10, 0u);
          EXPECT_GE(page->messages.size(), static_cast<std::size_t>(durable) * 10);
          ++read;
        });
    // The engine goes on reading a batch that is being written.
    for (const op::Any& operation : *batches[some_index(batches.size())]) {
      EXPECT_EQ(std::get<op::PutMessage>(operation).message.frame.size(), 100u);
    }
    if (i % 3 == 0) this->adapter.loop.run_one();
  }
  while (settled < 40 || read < 40) this->adapter.loop.run_one();
  EXPECT_EQ(this->page(kAlice1, 0, 1000).messages.size(), 400u);
}

// ------------------------------------------------------------------- services

op::Enlist enlist(std::uint8_t n, std::uint8_t identity_of, std::uint8_t auth) {
  op::Enlist enlist;
  enlist.account = account_id(n);
  enlist.handle = "bob@nordlys";
  enlist.provider = "nordlys";
  enlist.identity_key = identity(identity_of);
  enlist.reset_identity = false;
  enlist.max_devices = 2;
  enlist.device = new_device(n);
  enlist.device.auth_key = ByteArray<32>{};
  enlist.device.auth_key->fill(auth);
  return enlist;
}

TYPED_TEST(StoreContract, people_of_services_are_enlisted_device_by_device) {
  const auto added = [&](op::Enlist request) {
    const op::Reply reply = this->apply(op::Boxed(std::move(request)));
    EXPECT_EQ(reply.outcome, op::Outcome::done);
    return std::get<op::DeviceAdded>(reply.value);
  };
  EXPECT_EQ(added(enlist(10, 1, 1)).id, DeviceId{1});
  EXPECT_EQ(added(enlist(11, 1, 2)).id, DeviceId{2});
  this->adapter.reopen();
  EXPECT_FALSE(this->load(account_id(11))) << "one account for one name";
  auto bob = this->load(account_id(10));
  ASSERT_TRUE(bob);
  EXPECT_EQ(bob->handle, "bob@nordlys");
  EXPECT_EQ(bob->provider, "nordlys");
  ASSERT_EQ(bob->devices.size(), 2u);
  EXPECT_EQ((*bob->devices[1].auth_key)[0], 2);
  EXPECT_EQ(this->apply(op::Boxed(enlist(12, 1, 3))).outcome, op::Outcome::full);
  // The same device again is replaced.
  auto again = enlist(13, 1, 2);
  again.device.registration_id = new_device(11).registration_id;
  EXPECT_EQ(added(again).removed, std::vector<DeviceId>{DeviceId{2}});
  EXPECT_EQ(this->load(account_id(10))->devices.size(), 2u);
  // Another identity only with a reset, which leaves it alone.
  EXPECT_EQ(this->apply(op::Boxed(enlist(14, 2, 4))).outcome, op::Outcome::conflict);
  auto reset = enlist(14, 2, 4);
  reset.reset_identity = true;
  EXPECT_EQ(added(reset).removed.size(), 2u);
  bob = this->load(account_id(10));
  EXPECT_EQ(bob->devices.size(), 1u);
  EXPECT_EQ(bob->identity_key, identity(2));
  // No password opens it.
  using Found = std::optional<Credentials>;
  EXPECT_FALSE(*ask<Found>(this->adapter, &Store::find_credentials, std::string("bob@nordlys")));
}

TYPED_TEST(StoreContract, a_name_that_was_given_up_is_free) {
  this->apply(op::Boxed(enlist(10, 1, 1)));
  this->apply(op::DeleteAccount{account_id(10), "#gone"});
  using Found = std::optional<AccountId>;
  EXPECT_FALSE(*ask<Found>(this->adapter, &Store::find_handle, std::string("bob@nordlys")));
  EXPECT_EQ(this->apply(op::Boxed(enlist(11, 2, 1))).outcome, op::Outcome::done);
  this->adapter.reopen();
  EXPECT_TRUE(this->load(account_id(10))->deleted);
  EXPECT_EQ(this->load(account_id(10))->provider, "nordlys") << "reports still count for it";
  EXPECT_EQ(*ask<Found>(this->adapter, &Store::find_handle, std::string("bob@nordlys")),
            account_id(11));
}

TYPED_TEST(StoreContract, tokens_of_services_work_once_until_they_are_swept) {
  EXPECT_EQ(this->apply(op::UseToken{ticket_key(1), Time{5000}}).outcome, op::Outcome::done);
  this->adapter.reopen();
  EXPECT_EQ(this->apply(op::UseToken{ticket_key(1), Time{9000}}).outcome, op::Outcome::exists);
  EXPECT_EQ(this->apply(op::UseToken{ticket_key(2), Time{9000}}).outcome, op::Outcome::done);
  this->apply(op::Sweep{{0}, {0}, Time{6000}, 100});
  EXPECT_EQ(this->apply(op::UseToken{ticket_key(1), Time{9000}}).outcome, op::Outcome::done);
  EXPECT_EQ(this->apply(op::UseToken{ticket_key(2), Time{9000}}).outcome, op::Outcome::exists);
}

ProviderRecord nordlys() {
  ProviderRecord provider;
  provider.id = "nordlys";
  provider.display_name = "Nordlys";
  provider.id_form = wire::channel::IdForm::email;
  provider.protection = wire::channel::Protection::to_connector;
  provider.features = {wire::channel::Feature::reply, wire::channel::Feature::file};
  provider.jwks_url = "https://n.example/keys";
  provider.push_url = "https://n.example/push";
  provider.media_base_url = "https://n.example/media/";
  provider.data_policy = {"a", "b", "c", "d", "e"};
  provider.logo = Bytes(70, 3);
  provider.contact = "x@n.example";
  provider.state = wire::channel::ProviderState::suspended;
  provider.state_reason = "spam";
  provider.live_since = Time{77};
  provider.resumed = Time{78};
  provider.suspended_from = wire::channel::ProviderState::sandbox;
  provider.new_people_a_day = 12;
  provider.sandbox_accounts = {"alice", "bob@nordlys"};
  provider.allow_private_addresses = true;
  return provider;
}

TYPED_TEST(StoreContract, services_and_what_their_people_did_are_remembered) {
  this->apply(op::CreateHub{});
  this->apply(op::Boxed(op::PutProvider{nordlys()}));
  ProviderRecord other;
  other.id = "other";
  this->apply(op::Boxed(op::PutProvider{other}));
  this->apply(op::AddFirstContact{"nordlys", 3});
  this->apply(op::AddFirstContact{"nordlys", 3});
  this->apply(op::AddFirstContact{"nordlys", 4});
  this->adapter.reopen();
  using Hub = std::optional<HubRecord>;
  auto hub = *ask<Hub>(this->adapter, &Store::load_hub);
  ASSERT_TRUE(hub);
  EXPECT_EQ(hub->providers, (std::vector<ProviderRecord>{nordlys(), other}));
  EXPECT_EQ(hub->provider_days,
            (std::vector<ProviderDay>{{"nordlys", 3, 2, 0}, {"nordlys", 4, 1, 0}}));
  EXPECT_EQ(this->apply(op::RemoveProvider{"other"}).outcome, op::Outcome::done);
  EXPECT_EQ(this->apply(op::RemoveProvider{"other"}).outcome, op::Outcome::missing);
  hub = *ask<Hub>(this->adapter, &Store::load_hub);
  EXPECT_EQ(hub->providers.size(), 1u);
}

TYPED_TEST(StoreContract, choices_about_services_are_remembered) {
  this->create_two();
  const ThirdPartyChoices choices{true, true, {"nordlys", "other"}};
  EXPECT_EQ(this->apply(op::SetThirdParty{account_id(1), choices}).outcome, op::Outcome::done);
  EXPECT_EQ(this->apply(op::SetThirdParty{account_id(9), choices}).outcome, op::Outcome::missing);
  this->adapter.reopen();
  EXPECT_EQ(this->load(account_id(1))->third_party, choices);
  EXPECT_EQ(this->load(account_id(2))->third_party, ThirdPartyChoices{});
}

op::PutReport report(std::uint8_t id, std::uint8_t accused, std::int64_t received) {
  op::PutReport put;
  put.max_open = 4;
  put.report.reporter = account_id(1);
  put.report.accused = account_id(accused);
  put.report.provider = accused < 10 ? "" : "nordlys";
  put.report.proven = true;
  put.report.received = Time{received};
  put.report.report.report_id = Bytes(16, id);
  put.report.report.accused_account_id = account_id(accused).to_bytes();
  put.report.report.comment = "c" + std::to_string(id);
  return put;
}

TYPED_TEST(StoreContract, reports_are_kept_once_counted_once_a_day_and_resolved) {
  const std::int64_t day = 86'400'000;
  const auto put = [&](op::PutReport request) {
    return this->apply(op::Boxed(std::move(request)));
  };
  const auto counted = [](const op::Reply& reply) {
    return std::get<op::ReportPut>(reply.value).counted;
  };
  this->apply(op::CreateHub{});
  auto unproven = report(5, 10, day);
  unproven.report.proven = false;
  EXPECT_FALSE(counted(put(unproven)));
  EXPECT_TRUE(counted(put(report(1, 10, day))));
  EXPECT_FALSE(counted(put(report(2, 10, 2 * day - 1)))) << "the same day";
  EXPECT_EQ(put(report(2, 10, 9 * day)).outcome, op::Outcome::exists);
  EXPECT_TRUE(counted(put(report(3, 10, 2 * day))));
  EXPECT_EQ(put(report(4, 2, 2 * day)).outcome, op::Outcome::full);
  this->adapter.reopen();
  using Reports = std::vector<ReportRecord>;
  const auto list = [&](Store::ReportQuery query) {
    return *ask<Reports>(this->adapter, &Store::list_reports, std::move(query));
  };
  const Reports all = list({});
  ASSERT_EQ(all.size(), 4u);
  EXPECT_FALSE(all[0].proven);
  EXPECT_TRUE(all[1].proven);
  EXPECT_EQ(all[1].report.comment, "c1");
  EXPECT_EQ(all[1].received.ms, day);
  EXPECT_EQ(this->apply(op::ResolveReport{all[1].number, "upheld", "warned"}).outcome,
            op::Outcome::done);
  EXPECT_EQ(this->apply(op::ResolveReport{999, "x", ""}).outcome, op::Outcome::missing);
  EXPECT_TRUE(counted(put(report(4, 2, 2 * day)))) << "room again";
  EXPECT_EQ(list({"nordlys", true, 0, 50}).size(), 3u);
  EXPECT_EQ(list({"nordlys", false, 0, 50})[1].resolution, "upheld");
  EXPECT_EQ(list({"", false, all[1].number, 1})[0].number, all[2].number);
  const auto hub = *ask<std::optional<HubRecord>>(this->adapter, &Store::load_hub);
  EXPECT_EQ(hub->provider_days,
            (std::vector<ProviderDay>{{"nordlys", 1, 0, 1}, {"nordlys", 2, 0, 1}}));
}

TYPED_TEST(StoreContract, strangers_may_be_given_lasting_keys_only) {
  this->create_two();
  this->apply(op::Boxed(prekeys(kAlice1, 2)));
  op::TakePrekeys take{account_id(1), {DeviceId{1}}, {DeviceId{1}}};
  const auto taken = std::get<op::TakenPrekeys>(this->apply(take).value);
  ASSERT_EQ(taken.devices.size(), 1u);
  EXPECT_FALSE(taken.devices[0].one_time);
  EXPECT_TRUE(taken.devices[0].kyber_is_last_resort);
  EXPECT_EQ(taken.devices[0].left.one_time, 2u);
  EXPECT_EQ(taken.devices[0].left.one_time_kyber, 2u);
}

}  // namespace
}  // namespace parley::hub::testing
