// People who have not accepted each other: few short messages, no receipts, few keys, silent
// blocks.
#include <gtest/gtest.h>

#include "hub/engine/world_for_tests.h"

namespace parley::hub::testing {
namespace {

class Requests : public ::testing::Test {
 protected:
  wc::Send to(Client& from, Client& whom, const std::string& text) {
    return world.make_send(from, {&whom}, text);
  }
  ErrorCode code_of_send(Client& from, Client& whom, const std::string& text = "x") {
    const auto answer = from.ask(to(from, whom, text));
    return body_of<wc::Accepted>(answer) != nullptr ? ErrorCode::unspecified : failure_of(answer);
  }
  std::vector<wc::Deliver> receive(Client& client) {
    auto delivered = client.take<wc::Deliver>();
    std::vector<std::int64_t> times;
    for (const auto& one : delivered) times.push_back(one.accepted_at_us);
    client.acknowledge(times);
    world.run();
    return delivered;
  }
  void relate(Client& who, Client& whom, wc::Relation relation) {
    const auto answer = who.ask(wc::SetRelation{whom.address().account.to_bytes(), relation});
    EXPECT_NE(body_of<wc::Done>(answer), nullptr);
  }
  void reconnect() {
    alice->connect();
    bob->connect();
  }

  World world;
  std::unique_ptr<Client> alice = world.sign_up("alice");
  std::unique_ptr<Client> bob = world.sign_up("bobby");
};

TEST_F(Requests, are_three_and_then_wait_for_an_answer) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::unspecified);
  for (const auto& delivered : receive(*bob)) EXPECT_TRUE(delivered.request);
  EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::request_pending);
  // Also after a restart of the hub, and whatever alice decides about bob.
  world.crash();
  reconnect();
  EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::request_pending);
  relate(*alice, *bob, wc::Relation::unspecified);
  EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::request_pending);
  relate(*bob, *alice, wc::Relation::accepted);
  EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::unspecified);
  const auto delivered = receive(*bob);
  ASSERT_EQ(delivered.size(), 1u);
  EXPECT_FALSE(delivered[0].request);
}

TEST_F(Requests, are_accepted_by_an_answer_also_across_a_restart) {
  EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::unspecified);
  EXPECT_EQ(code_of_send(*bob, *alice), ErrorCode::unspecified);
  const auto answer = receive(*alice);
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_FALSE(answer[0].request) << "alice wrote first";
  world.crash();
  reconnect();
  EXPECT_EQ(code_of_send(*alice, *bob, std::string(5000, 'x')), ErrorCode::unspecified);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::unspecified);
}

TEST_F(Requests, are_short) {
  EXPECT_EQ(code_of_send(*alice, *bob, std::string(4097, 'x')), ErrorCode::request_too_large);
  EXPECT_EQ(code_of_send(*alice, *bob, std::string(4096, 'x')), ErrorCode::unspecified);
  auto shared = to(*alice, *bob, "");
  shared.shared_payload = Bytes(4097, 1);
  shared.recipients[0].devices[0].type = wc::CiphertextType::sender_key;
  EXPECT_EQ(failure_of(alice->ask(shared)), ErrorCode::request_too_large) << "one for all";
}

TEST_F(Requests, repeated_count_once) {
  const auto send = to(*alice, *bob, "x");
  for (int i = 0; i < 5; ++i) EXPECT_NE(body_of<wc::Accepted>(alice->ask(send)), nullptr);
  EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::unspecified);
  EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::unspecified);
  EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::request_pending);
}

TEST_F(Requests, of_several_at_once_do_not_slip_through) {
  std::vector<std::uint64_t> posted;
  for (int i = 0; i < 10; ++i) posted.push_back(alice->post(to(*alice, *bob, "x")));
  world.run();
  int accepted = 0;
  for (const auto request : posted) {
    const auto answer = alice->take_answer(request);
    ASSERT_TRUE(answer);
    accepted += body_of<wc::Accepted>(*answer) != nullptr ? 1 : 0;
  }
  EXPECT_EQ(accepted, 3);
}

TEST_F(Requests, that_could_not_be_written_do_not_count_for_good) {
  world.store->fail_commits(true);
  EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::storage_unavailable);
  world.store->fail_commits(false);
  world.pass(world.config.storage_retry);
  world.crash();
  reconnect();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::unspecified);
  EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::request_pending);
}

TEST_F(Requests, get_no_receipts_before_their_writer_is_accepted) {
  auto receipt = to(*alice, *bob, "receipt");
  receipt.franking_tag.clear();
  EXPECT_NE(body_of<wc::Accepted>(alice->ask(receipt)), nullptr);
  EXPECT_TRUE(receive(*bob).empty()) << "bob never wrote to alice";
  EXPECT_EQ(code_of_send(*bob, *alice), ErrorCode::unspecified);
  receipt.send_id = to_bytes(world.random.array<16>());
  alice->ask(receipt);
  EXPECT_EQ(receive(*bob).size(), 1u);
}

TEST_F(Requests, of_a_blocked_stranger_look_unanswered) {
  relate(*bob, *alice, wc::Relation::blocked);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::unspecified);
  EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::request_pending);
  EXPECT_TRUE(receive(*bob).empty());
}

TEST_F(Requests, of_somebody_who_was_accepted_and_is_blocked_go_nowhere_for_ever) {
  relate(*bob, *alice, wc::Relation::accepted);
  relate(*bob, *alice, wc::Relation::blocked);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::unspecified);
  EXPECT_TRUE(receive(*bob).empty());
  // Writing does not undo a block.
  EXPECT_EQ(code_of_send(*bob, *alice), ErrorCode::unspecified);
  EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::unspecified);
  EXPECT_TRUE(receive(*bob).empty());
}

TEST_F(Requests, that_are_declined_look_unanswered_until_they_are_written_to) {
  EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::unspecified);
  receive(*bob);
  relate(*bob, *alice, wc::Relation::declined);
  EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::unspecified);
  EXPECT_TRUE(receive(*bob).empty());
  EXPECT_EQ(code_of_send(*bob, *alice), ErrorCode::unspecified);
  EXPECT_EQ(code_of_send(*alice, *bob), ErrorCode::unspecified);
  EXPECT_EQ(receive(*bob).size(), 1u);
}

TEST_F(Requests, get_one_one_time_key_a_day) {
  const auto fetch = [&] {
    const auto answer = alice->ask(wc::FetchPrekeys{bob->address().account.to_bytes(), {}});
    const auto* bundles = body_of<wc::PrekeyBundles>(answer);
    EXPECT_NE(bundles, nullptr);
    return bundles != nullptr && bundles->devices.at(0).one_time_prekey.has_value();
  };
  EXPECT_TRUE(fetch());
  EXPECT_FALSE(fetch());
  world.now = world.now + days(1);
  world.pass(milliseconds(1));
  reconnect();
  EXPECT_TRUE(fetch());
  EXPECT_FALSE(fetch());
  relate(*bob, *alice, wc::Relation::accepted);
  EXPECT_TRUE(fetch()) << "not a stranger any more";
}

// The whole answers of two people, one of whom was blocked and one of whom was not.
TEST_F(Requests, of_keys_by_a_blocked_friend_are_answered_as_those_of_a_friend) {
  Person person;
  auto dora = world.sign_up("dora", &person);
  world.publish_keys(*dora, person.identity, 100, 100);
  relate(*dora, *alice, wc::Relation::accepted);
  relate(*dora, *alice, wc::Relation::blocked);
  relate(*dora, *bob, wc::Relation::accepted);
  dora->disconnect();
  struct Answer {
    ErrorCode failure;
    bool one_time;
    bool last_resort;
    bool operator==(const Answer&) const = default;
  };
  const auto fetch = [&](Client& who) -> Answer {
    const auto answer = who.ask(wc::FetchPrekeys{dora->address().account.to_bytes(), {}});
    const auto* bundles = body_of<wc::PrekeyBundles>(answer);
    if (bundles == nullptr) return {failure_of(answer), false, false};
    const wc::DeviceBundle& device = bundles->devices.at(0);
    return {ErrorCode::unspecified, device.one_time_prekey.has_value(),
            device.kyber_prekey->id == 100};
  };
  int one_time = 0;
  for (int day = 0; day < 3; ++day) {
    for (int i = 0; i < 20; ++i) {
      const Answer blocked = fetch(*alice);
      EXPECT_EQ(blocked, fetch(*bob)) << "day " << day << ", fetch " << i;
      one_time += blocked.one_time ? 1 : 0;
    }
    world.now = world.now + days(1);
    world.pass(milliseconds(1));
    reconnect();
  }
  EXPECT_EQ(one_time, 30) << "a blocked one uses up no more than this";
}

TEST_F(Requests, typing_is_not_passed_on) {
  const auto conversation = to(*alice, *bob, "").conversation_id;
  alice->post(wc::Typing{bob->address().account.to_bytes(), conversation, true});
  EXPECT_TRUE(bob->take<wc::TypingNotice>().empty());
}

TEST_F(Requests, go_to_a_limited_number_of_new_people_a_day) {
  std::vector<std::unique_ptr<Client>> people;
  for (int i = 0; i < 21; ++i) people.push_back(world.sign_up("person" + std::to_string(i)));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(code_of_send(*alice, *people[i]), ErrorCode::unspecified);
  const auto answer = alice->ask(to(*alice, *people[20], "x"));
  EXPECT_EQ(failure_of(answer), ErrorCode::first_contact_limit);
  EXPECT_GT(body_of<wc::Failure>(answer)->retry_after_ms, 0);
  EXPECT_EQ(code_of_send(*alice, *people[3]), ErrorCode::unspecified) << "not a new one";
  relate(*people[20], *alice, wc::Relation::accepted);
  EXPECT_EQ(code_of_send(*alice, *people[20]), ErrorCode::unspecified) << "not a request";
}

}  // namespace
}  // namespace parley::hub::testing
