// Messages, keys and people, through the channel.
#include "hub/engine/engine.h"

#include <gtest/gtest.h>

#include <set>

#include "hub/engine/world_for_tests.h"

namespace parley::hub::testing {
namespace {

std::string text_of(const wc::Deliver& deliver) { return std::string(as_text(deliver.ciphertext)); }

class Messages : public ::testing::Test {
 protected:
  explicit Messages(EngineConfig config = {}) : world(std::move(config)) {}
  void SetUp() override {
    alice = world.sign_up("alice", &alice_person);
    bob = world.sign_up("bobby", &bob_person);
    // They know each other; strangers are in requests_test.cc.
    world.acquaint(*alice, *bob);
  }
  wc::Send to_bob(const std::string& text) { return world.make_send(*alice, {bob.get()}, text); }
  std::int64_t accepted_at(const wc::ServerFrame& frame) {
    const auto* accepted = body_of<wc::Accepted>(frame);
    EXPECT_NE(accepted, nullptr) << "failure " << static_cast<int>(failure_of(frame));
    return accepted == nullptr ? 0 : accepted->accepted_at_us;
  }
  // Everything that waits, acknowledged.
  std::vector<std::string> receive(Client& client) {
    std::vector<std::string> texts;
    for (;;) {
      auto delivered = client.take<wc::Deliver>();
      if (delivered.empty()) return texts;
      std::vector<std::int64_t> times;
      for (const auto& one : delivered) {
        texts.push_back(text_of(one));
        times.push_back(one.accepted_at_us);
      }
      client.acknowledge(times);
      world.run();
    }
  }

  World world;
  Person alice_person;
  Person bob_person;
  std::unique_ptr<Client> alice;
  std::unique_ptr<Client> bob;
};

TEST_F(Messages, are_delivered_at_once_and_accepted_when_they_are_acknowledged) {
  const auto request = alice->post(to_bob("hello"));
  world.run_now();
  const auto delivered = bob->take<wc::Deliver>();
  ASSERT_EQ(delivered.size(), 1u);
  EXPECT_EQ(text_of(delivered[0]), "hello");
  EXPECT_EQ(delivered[0].sender_account_id, alice->address().account.to_bytes());
  EXPECT_EQ(delivered[0].sender_device_id, 1u);
  EXPECT_EQ(delivered[0].franking_tag, Bytes(32, 0x42));
  ASSERT_TRUE(delivered[0].franking);
  EXPECT_EQ(delivered[0].franking->mac.size(), 32u);
  EXPECT_FALSE(alice->take_answer(request)) << "neither durable nor acknowledged";

  bob->acknowledge({delivered[0].accepted_at_us});
  const auto answer = alice->take_answer(request);
  ASSERT_TRUE(answer);
  EXPECT_EQ(accepted_at(*answer), delivered[0].accepted_at_us);
  EXPECT_EQ(body_of<wc::Accepted>(*answer)->franking, delivered[0].franking);
  world.run();
  EXPECT_EQ(world.engine->statistics().messages_never_written, 1u);
  EXPECT_EQ(world.engine->statistics().messages_written, 0u);
}

TEST_F(Messages, to_somebody_who_is_away_are_accepted_when_they_are_durable) {
  bob->disconnect();
  const auto request = alice->post(to_bob("later"));
  world.run_now();
  EXPECT_FALSE(alice->take_answer(request));
  world.pass(world.config.commit_delay);
  ASSERT_TRUE(alice->take_answer(request));
  world.crash();
  bob->connect();
  const auto delivered = bob->take<wc::Deliver>();
  ASSERT_EQ(delivered.size(), 1u);
  EXPECT_EQ(text_of(delivered[0]), "later");
  EXPECT_TRUE(bob->take<wc::CaughtUp>().empty());
  bob->acknowledge({delivered[0].accepted_at_us});
  EXPECT_EQ(bob->take<wc::CaughtUp>().size(), 1u);
  bob->disconnect();
  bob->connect();
  EXPECT_TRUE(bob->take<wc::Deliver>().empty())
      << "acknowledged, though the removal is not durable yet";
  EXPECT_EQ(bob->take<wc::CaughtUp>().size(), 1u);
}

TEST_F(Messages, that_were_not_acknowledged_come_again_in_order) {
  for (const char* text : {"1", "2", "3"}) alice->ask(to_bob(text));
  bob->take<wc::Deliver>();
  bob->disconnect();
  alice->ask(to_bob("4"));
  alice->post(to_bob("5"));  // pending when bob connects
  bob->connect();
  EXPECT_EQ(receive(*bob), (std::vector<std::string>{"1", "2", "3", "4", "5"}));
  EXPECT_EQ(bob->take<wc::CaughtUp>().size(), 1u);
}

TEST_F(Messages, reach_all_devices_of_both_people) {
  auto bob2 = world.add_device(bob_person);
  auto alice2 = world.add_device(alice_person);
  const auto send = world.make_send(*alice, {bob.get(), bob2.get(), alice2.get()}, "all");
  const auto request = alice->post(send);
  world.run_now();
  for (Client* client : {bob.get(), bob2.get()}) {
    const auto delivered = client->take<wc::Deliver>();
    ASSERT_EQ(delivered.size(), 1u);
    client->acknowledge({delivered[0].accepted_at_us});
    EXPECT_FALSE(alice->take_answer(request));
  }
  alice2->acknowledge({alice2->take<wc::Deliver>().at(0).accepted_at_us});
  EXPECT_TRUE(alice->take_answer(request));
}

TEST_F(Messages, with_a_list_of_devices_that_is_not_current_are_not_sent) {
  auto bob2 = world.add_device(bob_person);
  auto bob3 = world.add_device(bob_person, false);  // has published no keys: gets none
  const auto incomplete = to_bob("x");
  auto answer = alice->ask(incomplete);
  const auto* mismatch = body_of<wc::DeviceMismatch>(answer);
  ASSERT_NE(mismatch, nullptr);
  ASSERT_EQ(mismatch->accounts.size(), 1u);
  EXPECT_EQ(mismatch->accounts[0].missing, std::vector<std::uint32_t>{2});
  EXPECT_TRUE(bob->take<wc::Deliver>().empty());

  auto stale = world.make_send(*alice, {bob.get(), bob2.get()}, "x");
  stale.recipients[0].devices[1].registration_id ^= 1;
  stale.recipients[0].devices.push_back(stale.recipients[0].devices[0]);
  stale.recipients[0].devices[2].device_id = 9;
  answer = alice->ask(stale);
  mismatch = body_of<wc::DeviceMismatch>(answer);
  ASSERT_NE(mismatch, nullptr);
  EXPECT_EQ(mismatch->accounts[0].stale, std::vector<std::uint32_t>{2});
  EXPECT_EQ(mismatch->accounts[0].removed, std::vector<std::uint32_t>{9});

  auto only = to_bob("x");
  only.recipients[0].only_these_devices = true;
  EXPECT_NE(accepted_at(alice->ask(only)), 0);
}

TEST_F(Messages, to_a_device_whose_session_expired_need_not_be_sent) {
  auto bob2 = world.add_device(bob_person);
  bob2->disconnect();
  for (int i = 0; i < 4; ++i) {
    world.pass(days(30));
    alice->connect();
    bob->connect();
  }
  EXPECT_NE(accepted_at(alice->ask(to_bob("x"))), 0);
  const auto both = alice->ask(world.make_send(*alice, {bob.get(), bob2.get()}, "x"));
  ASSERT_NE(body_of<wc::DeviceMismatch>(both), nullptr);
  EXPECT_EQ(body_of<wc::DeviceMismatch>(both)->accounts[0].removed, std::vector<std::uint32_t>{2});
}

TEST_F(Messages, repeated_get_their_first_result_and_are_not_sent_again) {
  const auto send = to_bob("once");
  const auto first = accepted_at(alice->ask(send));
  EXPECT_EQ(receive(*bob).size(), 1u);
  EXPECT_EQ(accepted_at(alice->ask(send)), first);
  world.crash();
  alice->connect();
  bob->connect();
  EXPECT_EQ(accepted_at(alice->ask(send)), first) << "from the store";
  EXPECT_TRUE(receive(*bob).empty());
  auto other = send;
  other.recipients[0].devices[0].ciphertext.push_back('!');
  EXPECT_EQ(failure_of(alice->ask(other)), ErrorCode::send_id_reused);
}

TEST_F(Messages, repeated_while_the_first_is_under_way_are_answered_together) {
  bob->disconnect();
  const auto send = to_bob("once");
  const auto one = alice->post(send);
  const auto two = alice->post(send);
  world.run();
  EXPECT_EQ(accepted_at(*alice->take_answer(one)), accepted_at(*alice->take_answer(two)));
  bob->connect();
  EXPECT_EQ(receive(*bob).size(), 1u);
}

TEST_F(Messages, of_a_blocked_person_are_accepted_and_go_nowhere) {
  bob->ask(wc::SetRelation{alice->address().account.to_bytes(), wc::Relation::blocked});
  const auto request = alice->post(to_bob("silence"));
  world.run_now();
  EXPECT_FALSE(alice->take_answer(request)) << "not before the commit";
  world.pass(world.config.commit_delay);
  const auto answer = alice->take_answer(request);
  ASSERT_TRUE(answer);
  EXPECT_NE(body_of<wc::Accepted>(*answer), nullptr);
  EXPECT_TRUE(body_of<wc::Accepted>(*answer)->franking) << "looks like any other";
  EXPECT_TRUE(bob->take<wc::Deliver>().empty());
  bob->disconnect();
  bob->connect();
  EXPECT_TRUE(bob->take<wc::Deliver>().empty());
  // Still found, still given keys, still told of devices.
  EXPECT_NE(body_of<wc::Account>(alice->ask(wc::Lookup{wc::Lookup::Handle{"bobby"}})), nullptr);
  EXPECT_NE(body_of<wc::PrekeyBundles>(
                alice->ask(wc::FetchPrekeys{bob->address().account.to_bytes(), {}})),
            nullptr);
  alice->post(wc::Typing{bob->address().account.to_bytes(), to_bob("").conversation_id, true});
  EXPECT_TRUE(bob->take<wc::TypingNotice>().empty());
  bob->ask(wc::SetRelation{alice->address().account.to_bytes(), wc::Relation::unspecified});
  alice->ask(to_bob("heard"));
  EXPECT_EQ(receive(*bob), std::vector<std::string>{"heard"});
}

TEST_F(Messages, of_a_blocked_person_still_reach_that_persons_own_devices) {
  auto alice2 = world.add_device(alice_person);
  bob->ask(wc::SetRelation{alice->address().account.to_bytes(), wc::Relation::blocked});
  const auto request = alice->post(world.make_send(*alice, {bob.get(), alice2.get()}, "x"));
  world.run_now();
  const auto delivered = alice2->take<wc::Deliver>();
  ASSERT_EQ(delivered.size(), 1u);
  alice2->acknowledge({delivered[0].accepted_at_us});
  EXPECT_FALSE(alice->take_answer(request)) << "as if bob were away";
  world.run();
  EXPECT_TRUE(alice->take_answer(request));
}

TEST_F(Messages, that_make_no_sense_are_refused) {
  const auto refused = [&](auto change) {
    auto send = to_bob("x");
    change(send);
    return failure_of(alice->ask(std::move(send)));
  };
  const auto bad = ErrorCode::invalid_argument;
  EXPECT_EQ(refused([](auto& s) { s.send_id.clear(); }), bad);
  EXPECT_EQ(refused([](auto& s) { s.conversation_id[0] ^= 1; }), bad);
  EXPECT_EQ(refused([](auto& s) { s.recipients.clear(); }), bad);
  EXPECT_EQ(refused([](auto& s) { s.recipients.push_back(s.recipients[0]); }), bad);
  EXPECT_EQ(refused([](auto& s) { s.recipients[0].devices[0].ciphertext.clear(); }), bad);
  EXPECT_EQ(refused([](auto& s) { s.recipients[0].devices[0].device_id = 128; }), bad);
  EXPECT_EQ(refused([](auto& s) { s.recipients[0].devices[0].type = {}; }), bad);
  EXPECT_EQ(refused([](auto& s) { s.recipients[0].devices.push_back(s.recipients[0].devices[0]); }),
            bad);
  wc::Send nobody = to_bob("x");
  AccountId unknown;
  nobody.recipients[0].account_id = unknown.to_bytes();
  nobody.conversation_id = conversation_between(alice->address().account, unknown).to_bytes();
  EXPECT_EQ(failure_of(alice->ask(nobody)), ErrorCode::unknown_account);
}

TEST_F(Messages, may_share_one_payload) {
  auto send = to_bob("");
  send.shared_payload = {1, 2, 3};
  send.recipients[0].devices[0].type = wc::CiphertextType::sender_key;
  alice->ask(send);
  EXPECT_EQ(bob->take<wc::Deliver>().at(0).ciphertext, (Bytes{1, 2, 3}));
}

TEST_F(Messages, are_accepted_at_strictly_increasing_times_across_restarts) {
  std::int64_t last = 0;
  for (int i = 0; i < 20; ++i) {
    const auto request = alice->post(to_bob(std::to_string(i)));
    world.run_now();
    for (const auto& delivered : bob->take<wc::Deliver>()) {
      EXPECT_GT(delivered.accepted_at_us, last);
      last = delivered.accepted_at_us;
    }
    if (i % 5 == 4) {
      world.now = world.now - seconds(30);
      world.crash();  // the last ones were delivered and are forgotten
      alice->connect();
      bob->connect();
    }
    alice->take_answer(request);
  }
  EXPECT_GT(last, 0);
}

TEST_F(Messages, do_not_wait_for_times_while_many_are_sent) {
  for (int i = 0; i < 30; ++i) {
    const auto request = alice->post(to_bob("x"));
    if (i > 0) {
      EXPECT_EQ(world.engine->statistics().waiting_requests, 0u) << i;
    }
    world.run();
    EXPECT_TRUE(alice->take_answer(request));
    world.pass(seconds(1));
    alice->acknowledge({});
    receive(*bob);
  }
}

// ------------------------------------------------------------------- limits

class Patient : public Messages {
 protected:
  static EngineConfig make_config() {
    EngineConfig config;
    config.quotas.connects = {1e9, 1e9};
    return config;
  }
  Patient() : Messages(make_config()) {}
};

class SmallWindow : public Messages {
 protected:
  static EngineConfig make_config() {
    EngineConfig config;
    config.delivery_window = 4;
    config.max_mailbox_bytes = 20'000;
    return config;
  }
  SmallWindow() : Messages(make_config()) {}
};

TEST_F(SmallWindow, a_slow_reader_gets_a_window_and_the_rest_behind_it) {
  for (int i = 0; i < 12; ++i) alice->ask(to_bob(std::to_string(i)));
  EXPECT_EQ(bob->line().frames.size() > 0, true);
  auto delivered = bob->take<wc::Deliver>();
  ASSERT_EQ(delivered.size(), 4u);
  bob->acknowledge({delivered[1].accepted_at_us});
  world.run();
  auto more = bob->take<wc::Deliver>();
  ASSERT_EQ(more.size(), 1u);
  EXPECT_EQ(text_of(more[0]), "4");
  bob->acknowledge({delivered[0].accepted_at_us, delivered[2].accepted_at_us,
                    delivered[3].accepted_at_us, more[0].accepted_at_us});
  world.run();
  EXPECT_EQ(receive(*bob), (std::vector<std::string>{"5", "6", "7", "8", "9", "10", "11"}));
}

TEST_F(SmallWindow, what_is_beyond_the_window_waits_also_before_it_is_durable) {
  for (int i = 0; i < 6; ++i) alice->post(to_bob(std::to_string(i)));
  world.run_now();
  EXPECT_EQ(receive(*bob), (std::vector<std::string>{"0", "1", "2", "3", "4", "5"}));
}

TEST_F(SmallWindow, a_full_queue_stops_delivery_until_it_drained) {
  bob->line().queued = kQueueHighBytes;
  const std::string large(100'000, 'x');
  EngineConfig config;
  World wide(config);
  auto a = wide.sign_up("alice");
  auto b = wide.sign_up("bobby");
  wide.acquaint(*a, *b);
  b->line().queued = kQueueHighBytes;
  for (int i = 0; i < 8; ++i) a->ask(wide.make_send(*a, {b.get()}, large));
  const auto first = b->take<wc::Deliver>().size();
  EXPECT_LT(first, 8u);
  b->line().queued = 0;
  wide.engine->drained(b->connection(), wide.now);
  wide.run();
  EXPECT_EQ(first + b->take<wc::Deliver>().size(), 8u);
}

TEST_F(SmallWindow, a_full_mailbox_refuses_and_takes_again_when_it_is_emptied) {
  bob->disconnect();
  const std::string large(5'000, 'x');
  ErrorCode last = ErrorCode::unspecified;
  int sent = 0;
  while (last == ErrorCode::unspecified && sent < 10) {
    last = failure_of(alice->ask(to_bob(large)));
    if (last == ErrorCode::unspecified) ++sent;
  }
  EXPECT_EQ(last, ErrorCode::mailbox_full);
  EXPECT_EQ(sent, 3);
  world.crash();
  alice->connect();
  EXPECT_EQ(failure_of(alice->ask(to_bob(large))), ErrorCode::mailbox_full)
      << "counted again from the store";
  bob->connect();
  EXPECT_EQ(receive(*bob).size(), 3u);
  EXPECT_EQ(failure_of(alice->ask(to_bob(large))), ErrorCode::unspecified);
}

TEST_F(Messages, expire_after_30_days) {
  bob->disconnect();
  alice->ask(to_bob("old"));
  world.pass(days(29));
  alice->connect();
  alice->ask(to_bob("new"));
  world.pass(days(2));
  for (int i = 0; i < 3; ++i) world.pass(seconds(11));
  EXPECT_EQ(world.engine->statistics().messages_expired, 1u);
  bob->connect();
  EXPECT_EQ(receive(*bob), std::vector<std::string>{"new"});
}

TEST_F(Messages, beyond_the_quota_are_refused_with_a_time) {
  ErrorCode last = ErrorCode::unspecified;
  std::int64_t retry = 0;
  for (int i = 0; i < 2'000 && last == ErrorCode::unspecified; ++i) {
    const auto answer = alice->ask(to_bob("x"));
    last = failure_of(answer);
    if (const auto* failure = body_of<wc::Failure>(answer)) retry = failure->retry_after_ms;
  }
  EXPECT_EQ(last, ErrorCode::rate_limited);
  EXPECT_GT(retry, 0);
  bob->disconnect();
}

TEST_F(Messages, beyond_64_open_requests_are_refused) {
  bob->disconnect();
  std::vector<std::uint64_t> requests;
  for (int i = 0; i < 70; ++i) requests.push_back(alice->post(to_bob("x")));
  world.run();
  int refused = 0;
  for (const auto request : requests) {
    refused += failure_of(*alice->take_answer(request)) == ErrorCode::overloaded ? 1 : 0;
  }
  EXPECT_EQ(refused, 6);
}

// ------------------------------------------------------------------- faults

TEST_F(Messages, that_cannot_be_written_are_refused_and_later_taken) {
  bob->disconnect();
  world.store->fail_commits(true);
  const auto send = to_bob("x");
  auto answer = alice->ask(send);
  EXPECT_EQ(failure_of(answer), ErrorCode::storage_unavailable);
  EXPECT_GT(body_of<wc::Failure>(answer)->retry_after_ms, 0);
  EXPECT_FALSE(world.engine->storage_available());
  EXPECT_EQ(failure_of(alice->ask(to_bob("y"))), ErrorCode::storage_unavailable);
  EXPECT_EQ(failure_of(alice->ask(wc::SetProfile{"new"})), ErrorCode::storage_unavailable);
  world.store->fail_commits(false);
  world.pass(world.config.storage_retry);
  EXPECT_TRUE(world.engine->storage_available());
  EXPECT_NE(accepted_at(alice->ask(send)), 0);
  bob->connect();
  EXPECT_EQ(receive(*bob), std::vector<std::string>{"x"});
}

TEST_F(Messages, acknowledged_while_nothing_can_be_written_are_removed_later) {
  bob->disconnect();
  alice->ask(to_bob("x"));
  bob->connect();
  const auto delivered = bob->take<wc::Deliver>();
  world.store->fail_commits(true);
  bob->acknowledge({delivered.at(0).accepted_at_us});
  world.run();
  world.store->fail_commits(false);
  world.pass(world.config.storage_retry);
  world.crash();
  bob->connect();
  EXPECT_TRUE(bob->take<wc::Deliver>().empty());
}

TEST_F(Messages, wait_for_an_account_that_cannot_be_read_and_are_refused) {
  world.crash();
  alice->connect();
  world.store->fail_reads(true);
  EXPECT_EQ(failure_of(alice->ask(to_bob("x"))), ErrorCode::storage_unavailable);
  world.store->fail_reads(false);
  EXPECT_NE(accepted_at(alice->ask(to_bob("x"))), 0);
}

TEST_F(Messages, sent_while_a_device_is_being_removed_see_the_new_list) {
  auto bob2 = world.add_device(bob_person);
  world.store->hold_commits(true);
  const auto removal = bob->post(wc::RemoveDevice{2});
  const auto request = alice->post(world.make_send(*alice, {bob.get(), bob2.get()}, "x"));
  world.run();
  EXPECT_FALSE(alice->take_answer(request)) << "waits for the change";
  world.store->hold_commits(false);
  world.run();
  EXPECT_TRUE(bob->take_answer(removal));
  const auto answer = alice->take_answer(request);
  ASSERT_TRUE(answer);
  EXPECT_NE(body_of<wc::DeviceMismatch>(*answer), nullptr);
}

TEST_F(Messages, accepted_before_their_device_is_removed_do_not_wait_for_it) {
  auto bob2 = world.add_device(bob_person);
  const auto request = alice->post(world.make_send(*alice, {bob.get(), bob2.get()}, "x"));
  world.run_now();
  bob->acknowledge({bob->take<wc::Deliver>().at(0).accepted_at_us});
  world.store->hold_commits(true);
  bob->post(wc::RemoveDevice{2});
  world.store->hold_commits(false);
  world.run();
  EXPECT_TRUE(alice->take_answer(request));
}

TEST_F(Messages, pending_at_a_shutdown_are_committed_and_answered) {
  bob->disconnect();
  const auto request = alice->post(to_bob("x"));
  world.run_now();
  bool stopped = false;
  world.engine->shut_down(world.now, [&](Status status) { stopped = status.has_value(); });
  EXPECT_FALSE(stopped);
  world.run_now();
  EXPECT_TRUE(stopped);
  EXPECT_TRUE(alice->take_answer(request));
  const auto closing = alice->take<wc::Closing>();
  ASSERT_EQ(closing.size(), 1u);
  EXPECT_EQ(closing[0].code, ErrorCode::shutting_down);
  EXPECT_GT(closing[0].reconnect_after_ms, 0);
  EXPECT_TRUE(alice->line().closed);
  world.crash();
  bob->connect();
  EXPECT_EQ(receive(*bob), std::vector<std::string>{"x"});
}

TEST_F(Patient, batches_that_do_not_decode_end_the_connection) {
  crypto::SeededRandom random(3);
  for (int i = 0; i < 300; ++i) {
    alice->connect();
    Bytes garbage(1 + random.below(200));
    random.fill(garbage);
    if (i % 2 == 0) {  // a valid batch, damaged in one place
      wc::ClientFrame frame;
      frame.request_id = 5;
      frame.body = to_bob("x");
      wc::ClientBatch batch;
      batch.frames.push_back(std::move(frame));
      garbage = wire::encode(batch);
      garbage[random.below(garbage.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
    }
    alice->post_bytes(garbage);
    world.run();
    if (!alice->connected()) {
      EXPECT_EQ(alice->line().frames.back().reply_to, 0u);
      EXPECT_NE(failure_of(alice->line().frames.back()), ErrorCode::unspecified);
    }
  }
  EXPECT_GT(world.engine->statistics().malformed_batches, 50u);
  alice->connect();
  alice->post_bytes(Bytes(limits::kMaxBatchBytes + 1, 0));
  EXPECT_EQ(alice->line().why, ErrorCode::malformed);
}

// ------------------------------------------------------------------- keys

TEST_F(Messages, keys_are_handed_out_once_each_and_then_the_last_resort) {
  std::set<std::uint32_t> seen;
  const wc::FetchPrekeys fetch{bob->address().account.to_bytes(), {}};
  for (int i = 0; i < 3; ++i) {
    const auto answer = alice->ask(fetch);
    const auto* bundles = body_of<wc::PrekeyBundles>(answer);
    ASSERT_NE(bundles, nullptr);
    EXPECT_EQ(bundles->identity_key, to_bytes(bob_person.identity.public_key.serialize()));
    ASSERT_EQ(bundles->devices.size(), 1u);
    ASSERT_TRUE(bundles->devices[0].one_time_prekey);
    EXPECT_TRUE(seen.insert(bundles->devices[0].one_time_prekey->id).second);
    EXPECT_NE(bundles->devices[0].kyber_prekey->id, 1u);
  }
  EXPECT_EQ(bob->take<wc::PrekeysLow>().size(), 1u) << "once until the next upload";
  const auto answer = alice->ask(fetch);
  const auto& last = body_of<wc::PrekeyBundles>(answer)->devices[0];
  EXPECT_FALSE(last.one_time_prekey);
  EXPECT_EQ(last.kyber_prekey->id, 1u);
  world.publish_keys(*bob, bob_person.identity, 3, 100);
  alice->ask(fetch);
  EXPECT_EQ(bob->take<wc::PrekeysLow>().size(), 1u);
}

TEST_F(Messages, keys_are_not_promised_before_they_are_durably_taken) {
  world.store->hold_commits(true);
  const auto request = alice->post(wc::FetchPrekeys{bob->address().account.to_bytes(), {}});
  world.run();
  EXPECT_FALSE(alice->take_answer(request));
  world.store->hold_commits(false);
  world.run();
  EXPECT_TRUE(alice->take_answer(request));
}

TEST_F(Messages, keys_by_another_identity_are_refused) {
  auto keys = world.make_keys(alice_person.identity, 1, 50);
  EXPECT_EQ(failure_of(bob->ask(keys)), ErrorCode::bad_signature);
  keys = world.make_keys(bob_person.identity, 1, 50);
  keys.one_time_kyber_prekeys[0].signature[5] ^= 1;
  EXPECT_EQ(failure_of(bob->ask(keys)), ErrorCode::bad_signature);
  keys = world.make_keys(bob_person.identity, 1, 50);
  keys.one_time_prekeys[0].public_key[0] = 6;
  EXPECT_EQ(failure_of(bob->ask(keys)), ErrorCode::invalid_key);
  keys = world.make_keys(bob_person.identity, 1, 50);
  keys.signed_prekey->id = 0;
  EXPECT_EQ(failure_of(bob->ask(keys)), ErrorCode::invalid_argument);
}

TEST_F(Messages, keys_of_a_device_without_any_are_not_there) {
  Person carol;
  const Person made = world.make_person("carol");
  const auto registered = world.try_sign_up(made, RegistrationId{4});
  ASSERT_TRUE(registered);
  EXPECT_EQ(failure_of(alice->ask(wc::FetchPrekeys{registered->account_id, {}})),
            ErrorCode::no_prekeys);
  EXPECT_EQ(failure_of(alice->ask(wc::FetchPrekeys{Bytes(16, 9), {}})), ErrorCode::unknown_account);
}

// ------------------------------------------------------------------- people

TEST_F(Messages, people_are_found_by_their_exact_name) {
  alice->ask(wc::SetProfile{"Alice Example"});
  const auto found = bob->ask(wc::Lookup{wc::Lookup::Handle{"alice"}});
  ASSERT_NE(body_of<wc::Account>(found), nullptr);
  EXPECT_EQ(body_of<wc::Account>(found)->profile_name, "Alice Example");
  EXPECT_EQ(body_of<wc::Account>(found)->account_id, alice->address().account.to_bytes());
  for (const std::string name : {"alic", "Alice", ""}) {
    EXPECT_EQ(failure_of(bob->ask(wc::Lookup{wc::Lookup::Handle{name}})),
              ErrorCode::unknown_account)
        << name;
  }
  EXPECT_EQ(failure_of(bob->ask(wc::Lookup{wc::Lookup::Handle{"alice@nowhere"}})),
            ErrorCode::unknown_provider);
}

TEST_F(Messages, typing_is_passed_on_and_not_kept) {
  const auto conversation = to_bob("").conversation_id;
  alice->post(wc::Typing{bob->address().account.to_bytes(), conversation, true});
  const auto notices = bob->take<wc::TypingNotice>();
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ(notices[0].account_id, alice->address().account.to_bytes());
  alice->post(wc::Typing{bob->address().account.to_bytes(), Bytes(32, 1), true});
  EXPECT_TRUE(bob->take<wc::TypingNotice>().empty()) << "another conversation";
  bob->disconnect();
  alice->post(wc::Typing{bob->address().account.to_bytes(), conversation, true});
  bob->connect();
  EXPECT_TRUE(bob->take<wc::TypingNotice>().empty());
}

}  // namespace
}  // namespace parley::hub::testing
