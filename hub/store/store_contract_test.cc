// What every adapter of the Store port must do. Each test runs on all of them, and again
// reads what it wrote after the store was closed and opened. Services and reports:
// store_services_contract_test.cc.
#include "hub/store/store_contract_for_tests.h"

namespace parley::hub::testing {
namespace {

std::size_t some_index(std::size_t size) { return size * 7 / 9; }

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

}  // namespace
}  // namespace parley::hub::testing
