// A service or a person who means harm: what they do costs them and whoever they do it to,
// within a bound, and nobody else. Forged tokens: enlistment_test.cc and hub/jose; files and
// slow servers: tests/e2e/test_media.py; servers that answer garbage: hub/net.
#include <gtest/gtest.h>

#include "hub/engine/partner_for_tests.h"

namespace parley::hub::testing {
namespace {

constexpr int kTries = 1'000;

class Hostile : public ::testing::Test {
 protected:
  Hostile() {
    world.acquaint(*alice, *carol);
    opt_in(*alice);
    world.acquaint(*alice, *bob.client);
  }
  ~Hostile() override {
    // Those who have nothing to do with it go on as before.
    EXPECT_EQ(send(*alice, *carol), ErrorCode::unspecified);
    EXPECT_EQ(send(*carol, *alice), ErrorCode::unspecified);
    EXPECT_EQ(send(*bob.client, *alice), ErrorCode::unspecified);
  }

  ErrorCode send(Client& from, Client& to) {
    const auto answer = from.ask(world.make_send(from, {&to}, "x"));
    return body_of<wc::Accepted>(answer) != nullptr ? ErrorCode::unspecified : failure_of(answer);
  }
  // What the answer says, or the end of the connection.
  ErrorCode upload(Phone& who, wc::UploadPrekeys keys) {
    who.client->connect();
    const auto answer = who.client->ask(std::move(keys));
    if (!who.client->connected()) return who.client->line().why;
    return body_of<wc::PrekeyCounts>(answer) != nullptr ? ErrorCode::unspecified
                                                        : failure_of(answer);
  }
  // That an allowance gives from the test's beginning on.
  int most(const Allowance& allowance) const {
    const auto elapsed = static_cast<double>((world.now - begun).ms);
    return static_cast<int>(allowance.burst + allowance.per_minute * elapsed / 60'000) + 1;
  }
  wc::PrekeyBundles bundles(Client& asker, const Client& of) {
    const auto answer = asker.ask(wc::FetchPrekeys{of.address().account.to_bytes(), {}});
    const auto* found = body_of<wc::PrekeyBundles>(answer);
    return found != nullptr ? *found : wc::PrekeyBundles();
  }
  static EngineConfig patient_with_addresses() {
    EngineConfig config;
    config.quotas.enlistments = {1e6, 1e6};
    return config;
  }

  World world{patient_with_addresses()};
  Partner partner{world};
  std::unique_ptr<Client> alice = world.sign_up("alice");
  std::unique_ptr<Client> carol = world.sign_up("carol");
  Phone bob = partner.join("bob");
  Phone eve = partner.join("eve");
  Time begun = world.now;
};

TEST_F(Hostile, devices_that_come_and_go_are_limited_for_their_person) {
  Phone second = partner.make_phone("eve");
  second.identity = eve.identity;
  int changes = 0;
  ErrorCode end = ErrorCode::unspecified;
  while (end == ErrorCode::unspecified && changes < kTries) {
    const auto enlisted = partner.enlist(second, partner.token(partner.claims(second)));
    if (!enlisted) {
      end = enlisted.error().code;
      EXPECT_GT(enlisted.error().retry_after_ms, 0);
    } else {
      ++changes;
      EXPECT_TRUE(partner.end(partner.token(partner.claims(second)), enlisted->device_id));
    }
  }
  EXPECT_EQ(end, ErrorCode::rate_limited);
  EXPECT_LE(changes, most(world.config.quotas.changes));
  // The same service's other people come in.
  EXPECT_NE(partner.join("dora").client, nullptr);
}

TEST_F(Hostile, messages_without_end_are_refused_after_a_while) {
  world.acquaint(*alice, *eve.client);
  int accepted = 0;
  ErrorCode end = ErrorCode::unspecified;
  while (end == ErrorCode::unspecified && accepted < kTries) {
    end = send(*eve.client, *alice);
    ++accepted;
  }
  EXPECT_EQ(end, ErrorCode::rate_limited);
  EXPECT_LE(accepted, most(world.config.quotas.sends));
}

TEST_F(Hostile, one_time_keys_cannot_be_used_up_by_a_stranger) {
  int with_key = 0;
  for (int i = 0; i < kTries; ++i) {
    const auto got = bundles(*eve.client, *alice);
    if (!got.devices.empty() && got.devices[0].one_time_prekey) ++with_key;
  }
  EXPECT_EQ(with_key, 1);
  const auto for_bob = bundles(*bob.client, *alice);
  ASSERT_EQ(for_bob.devices.size(), 1u);
  EXPECT_TRUE(for_bob.devices[0].one_time_prekey);
}

TEST_F(Hostile, one_time_keys_cannot_be_used_up_by_somebody_accepted) {
  Person person;
  auto dora = world.sign_up("dora", &person);
  world.publish_keys(*dora, person.identity, 40, 100);
  opt_in(*dora);
  world.acquaint(*dora, *eve.client);
  int with_key = 0;
  for (int i = 0; i < kTries; ++i) {
    const auto got = bundles(*eve.client, *dora);
    if (!got.devices.empty() && got.devices[0].one_time_prekey) ++with_key;
  }
  EXPECT_EQ(with_key, static_cast<int>(kOneTimeKeysForFriends.burst));
  EXPECT_TRUE(dora->take<wc::PrekeysLow>().empty());
  const auto for_carol = bundles(*carol, *dora);
  ASSERT_EQ(for_carol.devices.size(), 1u);
  EXPECT_TRUE(for_carol.devices[0].one_time_prekey);
}

TEST_F(Hostile, asking_for_keys_without_end_keeps_nobody_else_from_them) {
  Phone refused = partner.join("mallory");
  alice->ask(wc::SetRelation{eve.client->address().account.to_bytes(), wc::Relation::blocked});
  auto dora = world.sign_up("dora");  // who did not open the door
  world.acquaint(*dora, *carol);
  constexpr int kMinutes = 20;
  for (int minute = 0; minute < kMinutes; ++minute) {
    // As fast as an account may ask: one who is blocked, and one for whom dora does not exist.
    for (int i = 0; i < 120; ++i) {
      bundles(*eve.client, *alice);
      EXPECT_EQ(
          failure_of(refused.client->ask(wc::FetchPrekeys{dora->address().account.to_bytes(), {}})),
          ErrorCode::unknown_account);
    }
    auto new_one = world.sign_up("person" + std::to_string(minute));
    EXPECT_EQ(bundles(*new_one, *alice).devices.size(), 1u) << "minute " << minute;
    EXPECT_EQ(bundles(*carol, *dora).devices.size(), 1u) << "minute " << minute;
    world.pass(seconds(59));
    for (Client* client : {alice.get(), carol.get(), bob.client.get(), eve.client.get(),
                           refused.client.get(), dora.get()}) {
      client->connect();
    }
  }
}

TEST_F(Hostile, many_askers_leave_sessions_possible) {
  std::vector<std::unique_ptr<Client>> crowd;
  world.config.quotas.key_fetches_of = {5, 0.001};
  world.crash();
  alice->connect();
  carol->connect();
  bob.client->connect();
  for (int i = 0; i < 12; ++i) {
    crowd.push_back(world.sign_up("person" + std::to_string(i)));
    const auto got = bundles(*crowd.back(), *alice);
    ASSERT_EQ(got.devices.size(), 1u) << i;
    EXPECT_TRUE(got.devices[0].signed_prekey);
    EXPECT_TRUE(got.devices[0].kyber_prekey);
  }
}

// ------------------------------------------------------- a service that means harm

class HostileService : public Hostile {
 protected:
  // Enlists new people until that is refused.
  Error enlist_people(int most, int& enlisted) {
    for (enlisted = 0; enlisted < most; ++enlisted) {
      Phone phone = partner.make_phone("crowd" + std::to_string(next_++));
      const auto answer = partner.enlist(phone, partner.token(partner.claims(phone)));
      if (!answer) return answer.error();
      last_ = *AccountId::from(answer->account_id);
    }
    return {ErrorCode::unspecified, "", 0};
  }
  // The hub's record of one who was deleted, read anew.
  ErrorCode look_up(const AccountId& id) {
    world.crash();
    for (Client* client : {alice.get(), carol.get(), bob.client.get()}) client->connect();
    return failure_of(alice->ask(wc::Lookup{wc::Lookup::AccountId{id.to_bytes()}}));
  }

  int next_ = 0;
  AccountId last_;
};

TEST_F(HostileService, cannot_enlist_people_faster_than_it_may_from_however_many_addresses) {
  Partner other{world, "other"};
  int enlisted = 0;
  const Error end = enlist_people(2 * kTries, enlisted);
  EXPECT_EQ(end.code, ErrorCode::rate_limited);
  EXPECT_GT(end.retry_after_ms, 0);
  EXPECT_LE(enlisted, most(world.config.quotas.service_enlistments));
  EXPECT_NE(other.join("dora").client, nullptr) << "another service has its own";
  // What is over its allowance leaves nothing behind: the token works later.
  Phone late = partner.make_phone("late");
  const std::string token = partner.token(partner.claims(late));
  EXPECT_FALSE(partner.enlist(late, token));
  world.pass(minutes(1));
  for (Client* client : {alice.get(), carol.get(), bob.client.get()}) client->connect();
  EXPECT_TRUE(partner.enlist(late, token));
}

TEST_F(HostileService, is_not_held_up_by_somebody_who_shows_one_token_for_ever) {
  Phone dora = partner.make_phone("dora");
  const std::string token = partner.token(partner.claims(dora));
  EXPECT_TRUE(partner.enlist(dora, token));
  for (int i = 0; i < 2 * kTries; ++i) {
    EXPECT_EQ(partner.enlist(dora, token).error().code, ErrorCode::token_replayed);
    EXPECT_EQ(partner.end(token).error().code, ErrorCode::token_replayed);
  }
  EXPECT_NE(partner.join("fritz").client, nullptr);
}

TEST_F(HostileService, has_a_ceiling_of_people_which_deletions_lower_also_across_a_restart) {
  world.config.max_people_of_service = 5;  // bob and eve are two of them
  world.crash();
  int enlisted = 0;
  Error end = enlist_people(10, enlisted);
  EXPECT_EQ(enlisted, 3);
  EXPECT_EQ(end.code, ErrorCode::limit_reached);
  EXPECT_NE(end.detail.find("5 people"), std::string::npos) << end.detail;
  world.crash();
  EXPECT_EQ(enlist_people(1, enlisted).code, ErrorCode::limit_reached);
  // Those who are here may have further devices.
  Phone second = partner.make_phone("eve");
  second.identity = eve.identity;
  EXPECT_TRUE(partner.enlist(second, partner.token(partner.claims(second))));
  EXPECT_TRUE(partner.end(partner.token(partner.claims(eve))));
  enlist_people(10, enlisted);
  EXPECT_EQ(enlisted, 1);
  for (Client* client : {alice.get(), carol.get(), bob.client.get()}) client->connect();
}

TEST_F(HostileService, cannot_fill_the_hub_with_what_is_left_of_deleted_people) {
  std::vector<AccountId> gone;
  const Bytes hers = eve.client->address().account.to_bytes();
  alice->ask(wc::SetRelation{hers, wc::Relation::blocked});
  EXPECT_TRUE(partner.end(partner.token(partner.claims(eve))));
  int churned = 0;
  ErrorCode end = ErrorCode::unspecified;
  while (end == ErrorCode::unspecified && churned < 2 * kTries) {
    Phone phone = partner.make_phone("again");
    const auto answer = partner.enlist(phone, partner.token(partner.claims(phone)));
    if (answer) {
      gone.push_back(*AccountId::from(answer->account_id));
      ++churned;
      EXPECT_TRUE(partner.end(partner.token(partner.claims(phone))));
    } else {
      end = answer.error().code;
    }
  }
  EXPECT_EQ(end, ErrorCode::rate_limited);
  EXPECT_EQ(look_up(gone.front()), ErrorCode::account_deleted);
  world.now = world.now + days(29);
  world.pass(minutes(1));
  bob = partner.join("bob2");
  world.acquaint(*alice, *bob.client);
  EXPECT_EQ(look_up(gone.front()), ErrorCode::account_deleted);
  world.now = world.now + days(3);
  for (int i = 0; i < 5; ++i) world.pass(minutes(1));
  bob = partner.join("bob3");
  EXPECT_EQ(look_up(gone.front()), ErrorCode::unknown_account);
  EXPECT_EQ(look_up(gone.back()), ErrorCode::unknown_account);
  EXPECT_EQ(look_up(*AccountId::from(hers)), ErrorCode::account_deleted) << "alice blocked her";
  world.acquaint(*alice, *bob.client);
}

// ------------------------------------------------------- floods of cheap frames

TEST_F(Hostile, a_batch_of_a_thousand_questions_is_not_answered_a_thousand_times) {
  const auto flood = [&](Client& who, auto body) {
    wc::ClientBatch batch;
    for (std::uint64_t i = 0; i < limits::kMaxFramesPerBatch; ++i) {
      wc::ClientFrame frame;
      frame.request_id = 1'000'000 + i;
      frame.body = body;
      batch.frames.push_back(std::move(frame));
    }
    who.line().frames.clear();
    who.post_bytes(wire::encode(batch));
    world.run();
    int refused = 0;
    for (const auto& frame : who.line().frames) {
      refused += failure_of(frame) == ErrorCode::rate_limited ? 1 : 0;
    }
    EXPECT_EQ(who.line().frames.size(), limits::kMaxFramesPerBatch);
    return static_cast<int>(limits::kMaxFramesPerBatch) - refused;
  };
  const int allowed = most(world.config.quotas.questions);
  auto dora = world.sign_up("dora");
  EXPECT_LE(flood(*dora, wc::GetThirdParty{}), allowed);
  EXPECT_EQ(flood(*dora, wc::ListDevices{}), 0) << "they share one allowance";
  EXPECT_EQ(flood(*dora, wc::Ping{}), 0);
  EXPECT_EQ(flood(*dora, std::monostate{}), 0) << "of another version, say";
  EXPECT_LE(flood(*eve.client, wc::ListDevices{}), allowed);
  auto fritz = world.sign_up("fritz");
  EXPECT_LE(flood(*fritz, wc::Lookup{wc::Lookup::Handle{"alice"}}),
            most(world.config.quotas.lookups));
  // Who keeps to it is answered again soon.
  world.pass(minutes(1));
  for (Client* client : {alice.get(), carol.get(), bob.client.get(), dora.get()}) {
    client->connect();
  }
  EXPECT_NE(body_of<wc::Pong>(dora->ask(wc::Ping{})), nullptr);
}

TEST_F(Hostile, typing_without_end_is_passed_on_for_a_while_only) {
  world.acquaint(*alice, *eve.client);
  const Bytes hers = alice->address().account.to_bytes();
  const auto conversation =
      conversation_between(eve.client->address().account, alice->address().account).to_bytes();
  alice->take<wc::TypingNotice>();
  for (int i = 0; i < kTries; ++i) eve.client->post(wc::Typing{hers, conversation, true});
  const auto passed = static_cast<int>(alice->take<wc::TypingNotice>().size());
  EXPECT_GT(passed, 0);
  EXPECT_LE(passed, most(world.config.quotas.typing));
}

TEST_F(Hostile, hellos_with_bad_tokens_are_limited_for_their_address) {
  eve.client->greet_with([&](ByteView nonce) { return partner.hello(eve, nonce, "forged"); });
  int looked_at = 0;
  for (int i = 0; i < kTries; ++i) {
    eve.client->disconnect();
    eve.client->open();
    if (eve.client->connected()) {
      eve.client->say_hello();
      world.run_now();
      EXPECT_EQ(eve.client->line().why, ErrorCode::bad_token);
      ++looked_at;
    } else {
      EXPECT_EQ(eve.client->line().why, ErrorCode::rate_limited);
    }
  }
  EXPECT_LE(looked_at, most(world.config.quotas.connects));
  EXPECT_EQ(world.engine->statistics().sessions, 3u);
}

TEST(HostileAddress, enlistments_are_limited_for_it) {
  World world;
  Partner partner{world};
  int limited = 0;
  int others = 0;
  for (int i = 0; i < 200; ++i) {
    ws::Enlist request;  // nothing of it has to be right
    request.provider_id = "nordlys";
    world.engine->enlist(std::move(request), AddressBucket{4}, world.now,
                         [&](const Result<ws::Enlisted>& answer) {
                           ASSERT_FALSE(answer);
                           const bool quota = answer.error().code == ErrorCode::rate_limited;
                           ++(quota ? limited : others);
                         });
    world.run_now();
  }
  EXPECT_EQ(others, static_cast<int>(world.config.quotas.enlistments.burst));
  EXPECT_EQ(limited, 200 - others);
  EXPECT_NE(partner.join("bob").client, nullptr) << "from another address";
}

// A point of small order looks like a key until it is used: clients refuse it then
// (lib/signal/session_failure_test.cc), and only its owner cannot be written to.
TEST_F(Hostile, keys_that_are_none_are_refused_and_change_nothing) {
  const auto good = world.make_keys(*eve.identity, 2, 100);
  const auto changed = [&](auto change) {
    wc::UploadPrekeys keys = good;
    change(keys);
    return upload(eve, std::move(keys));
  };
  const auto is_refusal = [](ErrorCode code) {
    return code == ErrorCode::invalid_key || code == ErrorCode::bad_signature ||
           code == ErrorCode::invalid_argument || code == ErrorCode::malformed;
  };
  EXPECT_TRUE(
      is_refusal(changed([](auto& keys) { keys.signed_prekey->public_key.assign(33, 0); })));
  EXPECT_TRUE(is_refusal(changed([](auto& keys) { keys.signed_prekey->public_key.resize(32); })));
  EXPECT_TRUE(is_refusal(changed([](auto& keys) { keys.signed_prekey->signature[5] ^= 1; })));
  EXPECT_TRUE(is_refusal(changed([](auto& keys) {
    keys.one_time_prekeys.at(0).public_key[0] = 7;  // another type of key
  })));
  EXPECT_TRUE(is_refusal(
      changed([](auto& keys) { keys.one_time_kyber_prekeys.at(0).public_key.resize(100); })));
  const auto still = bundles(*alice, *eve.client);
  ASSERT_EQ(still.devices.size(), 1u);
  EXPECT_NE(still.devices[0].signed_prekey->id, good.signed_prekey->id);
}

}  // namespace
}  // namespace parley::hub::testing
