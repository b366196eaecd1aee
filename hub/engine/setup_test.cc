// Accounts, passwords, sessions, devices and linking, through the engine's front.
#include <gtest/gtest.h>

#include "hub/engine/world_for_tests.h"

namespace parley::hub::testing {
namespace {

constexpr RegistrationId kRegistration{77};

ErrorCode code_of(const auto& result) {
  return result ? ErrorCode::unspecified : result.error().code;
}

TEST(SignUp, refuses_what_is_not_acceptable) {
  World world;
  for (const std::string handle :
       {"ab", "Alice", "al ice", "al@ice", "aaaaaaaaaabbbbbbbbbbccccccccccddd"}) {
    EXPECT_EQ(code_of(world.try_sign_up(world.make_person(handle), kRegistration)),
              ErrorCode::invalid_argument)
        << handle;
  }
  const Person alice = world.make_person("alice");
  EXPECT_EQ(code_of(world.try_sign_up(alice, RegistrationId{0})), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(world.try_sign_up(alice, RegistrationId{16381})), ErrorCode::invalid_argument);
  world.passwords.full = true;
  const auto busy = world.try_sign_up(alice, kRegistration);
  EXPECT_EQ(code_of(busy), ErrorCode::overloaded);
  EXPECT_GT(busy.error().retry_after_ms, 0);
  world.passwords.full = false;
  EXPECT_EQ(code_of(world.try_sign_up(alice, kRegistration)), ErrorCode::unspecified);
  EXPECT_EQ(code_of(world.try_sign_up(alice, kRegistration)), ErrorCode::handle_taken);
}

TEST(SignUp, gives_a_handle_to_one_of_two_at_the_same_moment) {
  World world;
  int made = 0;
  int taken = 0;
  for (int i = 0; i < 2; ++i) {
    const Person person = world.make_person("alice");
    ws::SignUp request;
    request.handle = "alice";
    request.password = "long enough";
    request.device = ws::NewDevice{1, to_bytes(person.identity.public_key.serialize()), {}};
    world.engine->sign_up(std::move(request), AddressBucket{1}, world.now,
                          [&](Result<ws::Registered> result) { result ? ++made : ++taken; });
  }
  world.run();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(taken, 1);
}

TEST(SignUp, is_refused_where_registration_is_closed) {
  EngineConfig config;
  config.open_registration = false;
  World world(config);
  EXPECT_EQ(code_of(world.try_sign_up(world.make_person("alice"), kRegistration)),
            ErrorCode::not_allowed);
  EXPECT_FALSE(world.engine->hub_info().open_registration);
}

TEST(LogIn, does_not_tell_a_wrong_name_from_a_wrong_password) {
  World world;
  auto alice = world.sign_up("alice");
  const auto wrong = world.log_in("alice", "not the password");
  const auto unknown = world.log_in("nobody", "not the password");
  EXPECT_EQ(code_of(wrong), ErrorCode::wrong_credentials);
  EXPECT_EQ(wrong.error(), unknown.error());
  const auto granted = world.log_in("alice", "password of alice");
  ASSERT_TRUE(granted);
  EXPECT_EQ(granted->device_count, 1u);
  EXPECT_FALSE(granted->has_recovery);
}

TEST(LogIn, limits_tries_on_one_name_from_everywhere) {
  World world;
  auto alice = world.sign_up("alice");
  ErrorCode last = ErrorCode::unspecified;
  for (int i = 0; i < 11; ++i) last = code_of(world.log_in("alice", "guess"));
  EXPECT_EQ(last, ErrorCode::rate_limited);
}

TEST(AddDevice, needs_the_identity_and_a_token_that_works_once) {
  World world;
  Person person;
  auto alice = world.sign_up("alice", &person);
  const auto granted = world.log_in("alice", "password of alice");
  Person stranger = world.make_person("alice");
  stranger.account = person.account;
  EXPECT_EQ(code_of(world.try_add_device(stranger, granted->login_token, false, kRegistration)),
            ErrorCode::identity_mismatch);
  const auto second = world.try_add_device(person, granted->login_token, false, kRegistration);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->device_id, 2u);
  EXPECT_EQ(second->handle, "alice");
  EXPECT_EQ(code_of(world.try_add_device(person, granted->login_token, false, kRegistration)),
            ErrorCode::not_authenticated);
  const auto list = alice->take<wc::DeviceList>();
  ASSERT_FALSE(list.empty());
  EXPECT_EQ(list.back().devices.size(), 2u);
}

TEST(AddDevice, refuses_a_proof_by_another_key_and_a_late_token) {
  World world;
  Person person;
  auto alice = world.sign_up("alice", &person);
  const auto granted = world.log_in("alice", "password of alice");
  Person mixed{person.handle, world.make_person("x").identity.clone(), person.account};
  mixed.identity.public_key = person.identity.public_key;  // signs with another private key
  EXPECT_EQ(code_of(world.try_add_device(mixed, granted->login_token, false, kRegistration)),
            ErrorCode::bad_signature);
  world.pass(minutes(11));
  EXPECT_EQ(code_of(world.try_add_device(person, granted->login_token, false, kRegistration)),
            ErrorCode::session_expired);
}

TEST(AddDevice, stops_at_eight) {
  World world;
  Person person;
  auto alice = world.sign_up("alice", &person);
  for (int i = 0; i < 7; ++i) world.add_device(person, false);
  const auto granted = world.log_in("alice", "password of alice");
  EXPECT_EQ(code_of(world.try_add_device(person, granted->login_token, false, kRegistration)),
            ErrorCode::too_many_devices);
}

TEST(AddDevice, takes_the_place_of_devices_whose_session_expired) {
  World world;
  Person person;
  auto alice = world.sign_up("alice", &person);
  for (int i = 0; i < 7; ++i) world.add_device(person);
  world.pass(days(60));
  alice->connect();
  world.pass(days(91));
  EXPECT_EQ(world.log_in("alice", "password of alice")->device_count, 1u);
  auto fresh = world.add_device(person);
  EXPECT_EQ(fresh->address().device.value, 2u);
  EXPECT_EQ(body_of<wc::DeviceList>(fresh->ask(wc::ListDevices{}))->devices.size(), 2u);
}

TEST(AddDevice, with_a_reset_removes_the_others_and_changes_the_identity) {
  World world;
  Person person;
  auto alice = world.sign_up("alice", &person);
  alice->ask(wc::SetRecovery{Bytes{1, 2}});
  auto bob = world.sign_up("bobby");
  const auto granted = world.log_in("alice", "password of alice");
  EXPECT_TRUE(granted->has_recovery);
  Person fresh = world.make_person("alice");
  fresh.account = person.account;
  const auto reset = world.try_add_device(fresh, granted->login_token, true, kRegistration);
  ASSERT_TRUE(reset);
  EXPECT_EQ(reset->device_id, 2u);
  EXPECT_FALSE(alice->connected());
  EXPECT_EQ(alice->line().why, ErrorCode::not_authenticated);
  alice->connect();
  EXPECT_EQ(alice->line().why, ErrorCode::not_authenticated) << "its session is gone";
  const auto found = bob->ask(wc::Lookup{wc::Lookup::Handle{"alice"}});
  ASSERT_NE(body_of<wc::Account>(found), nullptr);
  EXPECT_EQ(body_of<wc::Account>(found)->identity_key,
            to_bytes(fresh.identity.public_key.serialize()));
}

TEST(Recovery, is_handed_out_for_a_login_token_only) {
  World world;
  auto alice = world.sign_up("alice");
  const auto fetch = [&](const SecretBuffer& token) {
    Result<ws::Recovery> result = fail(ErrorCode::internal);
    world.engine->fetch_recovery({token.clone()}, AddressBucket{5}, world.now,
                                 [&](Result<ws::Recovery> answer) { result = std::move(answer); });
    world.run();
    return result;
  };
  const auto granted = world.log_in("alice", "password of alice");
  EXPECT_EQ(code_of(fetch(granted->login_token)), ErrorCode::recovery_failed);
  alice->ask(wc::SetRecovery{Bytes{4, 5}});
  EXPECT_EQ(fetch(granted->login_token)->blob, (Bytes{4, 5}));
  EXPECT_EQ(code_of(fetch(SecretBuffer(32))), ErrorCode::not_authenticated);
}

TEST(Password, can_be_changed) {
  World world;
  auto alice = world.sign_up("alice");
  const auto change = [&](const std::string& old_password, const std::string& new_password) {
    Status result = fail(ErrorCode::internal);
    world.engine->change_password({"alice", old_password, new_password}, AddressBucket{5},
                                  world.now, [&](Status status) { result = status; });
    world.run();
    return result;
  };
  EXPECT_EQ(code_of(change("wrong one", "new password")), ErrorCode::wrong_credentials);
  EXPECT_EQ(code_of(change("password of alice", "short")), ErrorCode::invalid_argument);
  EXPECT_TRUE(change("password of alice", "new password"));
  EXPECT_EQ(code_of(world.log_in("alice", "password of alice")), ErrorCode::wrong_credentials);
  EXPECT_TRUE(world.log_in("alice", "new password"));
  EXPECT_TRUE(alice->connected()) << "devices that are signed in stay so";
}

TEST(DeleteAccount, wipes_everything_and_keeps_the_name_reserved) {
  World world;
  auto alice = world.sign_up("alice");
  auto bob = world.sign_up("bobby");
  bob->disconnect();
  alice->ask(world.make_send(*alice, {bob.get()}, "to be lost"));
  bob->connect();
  Status deleted = fail(ErrorCode::internal);
  world.engine->delete_account({"bobby", "password of bobby"}, AddressBucket{5}, world.now,
                               [&](Status status) { deleted = status; });
  world.run();
  EXPECT_TRUE(deleted);
  EXPECT_FALSE(bob->connected());
  EXPECT_EQ(bob->line().why, ErrorCode::account_deleted);
  EXPECT_EQ(failure_of(alice->ask(world.make_send(*alice, {bob.get()}, "again"))),
            ErrorCode::account_deleted);
  EXPECT_EQ(failure_of(alice->ask(wc::Lookup{wc::Lookup::Handle{"bobby"}})),
            ErrorCode::unknown_account);
  EXPECT_EQ(
      failure_of(alice->ask(wc::Lookup{wc::Lookup::AccountId{bob->address().account.to_bytes()}})),
      ErrorCode::account_deleted);
  EXPECT_EQ(code_of(world.try_sign_up(world.make_person("bobby"), kRegistration)),
            ErrorCode::handle_taken);
  EXPECT_EQ(code_of(world.log_in("bobby", "password of bobby")), ErrorCode::wrong_credentials);
}

// ------------------------------------------------------------------- sessions

TEST(Session, expires_after_90_days_without_use_and_slides_with_use) {
  World world;
  auto alice = world.sign_up("alice");
  for (int i = 0; i < 3; ++i) {
    alice->disconnect();
    world.pass(days(80));
    alice->connect();
    ASSERT_TRUE(alice->connected());
  }
  alice->disconnect();
  world.pass(days(91));
  alice->connect();
  EXPECT_EQ(alice->line().why, ErrorCode::session_expired);
}

TEST(Session, of_a_device_is_one_connection) {
  World world;
  auto alice = world.sign_up("alice");
  const ConnectionId first = alice->connection();
  alice->connect();
  EXPECT_TRUE(alice->connected());
  EXPECT_TRUE(world.net.lines[first].closed);
  EXPECT_EQ(world.net.lines[first].why, ErrorCode::session_replaced);
}

TEST(Hello, answers_with_what_the_hub_enforces) {
  World world;
  auto alice = world.sign_up("alice");
  alice->disconnect();
  alice->connect();
  const wc::Welcome* welcome = nullptr;
  ASSERT_NE(body_of<wc::Challenge>(alice->line().frames[0]), nullptr);
  for (const auto& frame : alice->line().frames) {
    if (const auto* found = body_of<wc::Welcome>(frame)) welcome = found;
  }
  ASSERT_NE(welcome, nullptr);
  EXPECT_EQ(welcome->handle, "alice");
  EXPECT_EQ(welcome->limits->max_devices, 8u);
  EXPECT_EQ(welcome->prekeys->one_time, 3u);
  EXPECT_EQ(welcome->devices->devices.size(), 1u);
  EXPECT_TRUE(welcome->devices->devices[0].online);
}

TEST(Hello, of_another_version_or_without_a_session_is_refused) {
  World world;
  auto alice = world.sign_up("alice");
  alice->disconnect();
  const auto refused = [&](wc::Hello hello) {
    alice->open();
    alice->post(std::move(hello));
    world.run();
    EXPECT_TRUE(alice->line().closed);
    return alice->line().why;
  };
  EXPECT_EQ(refused({2, "", {}}), ErrorCode::unsupported_version);
  EXPECT_EQ(refused({1, "", {}}), ErrorCode::not_authenticated);
  EXPECT_EQ(refused({1, "", wc::SessionCredential{SecretBuffer(32)}}),
            ErrorCode::not_authenticated);
}

TEST(Hello, waits_for_the_store_and_is_turned_away_when_too_many_do) {
  EngineConfig config;
  config.max_joining = 1;
  World world(config);
  auto alice = world.sign_up("alice");
  auto bob = world.sign_up("bobby");
  alice->disconnect();
  bob->disconnect();
  alice->open();
  alice->say_hello();
  bob->open();
  bob->say_hello();
  EXPECT_EQ(bob->line().why, ErrorCode::overloaded);
  world.now = world.now + seconds(20);
  world.engine->tick(world.now);
  EXPECT_FALSE(alice->line().closed) << "the wait is not its fault";
  world.run();
  EXPECT_NE(body_of<wc::Pong>(alice->ask(wc::Ping{})), nullptr);
  bob->connect();
  EXPECT_TRUE(bob->connected());
}

TEST(Connection, without_a_hello_or_a_sign_of_life_is_ended) {
  World world;
  auto alice = world.sign_up("alice");
  alice->disconnect();
  alice->open();
  world.pass(seconds(9));
  EXPECT_FALSE(alice->line().closed);
  world.pass(seconds(2));
  EXPECT_TRUE(alice->line().closed);
  alice->connect();
  world.pass(seconds(130));
  EXPECT_TRUE(alice->connected());
  EXPECT_NE(body_of<wc::Pong>(alice->ask(wc::Ping{})), nullptr);
  world.pass(seconds(130));
  EXPECT_TRUE(alice->connected());
  world.pass(seconds(130));
  EXPECT_FALSE(alice->connected());
}

// ------------------------------------------------------------------- devices

TEST(Devices, see_each_other_come_and_go) {
  World world;
  Person person;
  auto first = world.sign_up("alice", &person);
  auto second = world.add_device(person);
  auto list = first->take<wc::DeviceList>();
  ASSERT_FALSE(list.empty());
  ASSERT_EQ(list.back().devices.size(), 2u);
  EXPECT_TRUE(list.back().devices[1].online);
  second->disconnect();
  list = first->take<wc::DeviceList>();
  ASSERT_FALSE(list.empty());
  EXPECT_FALSE(list.back().devices[1].online);
  EXPECT_EQ(list.back().devices[1].last_seen_ms % days(1).ms, 0);
  EXPECT_NE(body_of<wc::DeviceList>(first->ask(wc::ListDevices{})), nullptr);
}

TEST(Devices, are_renamed_and_removed) {
  World world;
  Person person;
  auto first = world.sign_up("alice", &person);
  auto second = world.add_device(person);
  EXPECT_NE(body_of<wc::Done>(first->ask(wc::RenameDevice{2, Bytes{9}})), nullptr);
  EXPECT_EQ(second->take<wc::DeviceList>().back().devices[1].name, Bytes{9});
  EXPECT_EQ(failure_of(first->ask(wc::RenameDevice{5, {}})), ErrorCode::not_found);
  EXPECT_EQ(failure_of(first->ask(wc::RemoveDevice{5})), ErrorCode::not_found);
  EXPECT_NE(body_of<wc::Done>(first->ask(wc::RemoveDevice{2})), nullptr);
  EXPECT_FALSE(second->connected());
  EXPECT_EQ(second->line().why, ErrorCode::not_authenticated);
  EXPECT_EQ(body_of<wc::DeviceList>(first->ask(wc::ListDevices{}))->devices.size(), 1u);
  const auto itself = first->post(wc::RemoveDevice{1});
  world.run();
  EXPECT_TRUE(first->take_answer(itself));
  EXPECT_FALSE(first->connected());
}

// ------------------------------------------------------------------- linking

class Link : public ::testing::Test {
 protected:
  void SetUp() override {
    alice = world.sign_up("alice", &person);
    world.engine->open_link({}, AddressBucket{5}, world.now,
                            [&](Result<ws::LinkOpened> answer) { opened = std::move(*answer); });
    world.run();
  }
  void poll() {
    result.reset();
    world.engine->poll_link({opened.poll_token.clone()}, AddressBucket{5}, world.now,
                            [&](Result<ws::LinkResult> answer) { result = std::move(answer); });
    world.run();
  }

  World world;
  Person person;
  std::unique_ptr<Client> alice;
  ws::LinkOpened opened;
  std::optional<Result<ws::LinkResult>> result;
};

TEST_F(Link, hands_the_envelope_to_who_opened_the_slot_and_lets_it_in) {
  poll();
  EXPECT_FALSE(result) << "waits";
  EXPECT_NE(body_of<wc::Done>(alice->ask(wc::ApproveLink{opened.slot, Bytes{1, 2, 3}})), nullptr);
  ASSERT_TRUE(result && *result);
  EXPECT_TRUE((*result)->ready);
  EXPECT_EQ((*result)->envelope, (Bytes{1, 2, 3}));
  EXPECT_EQ((*result)->account_id, person.account.to_bytes());
  const SecretBuffer token = (*result)->login_token.clone();
  poll();  // as if the answer had been lost
  EXPECT_TRUE(equal((*result)->login_token.view(), token.view()));
  EXPECT_TRUE(world.try_add_device(person, token, false, kRegistration));
  poll();
  EXPECT_FALSE(world.try_add_device(person, (*result)->login_token, false, kRegistration))
      << "one device only";
}

TEST_F(Link, says_that_nothing_came_after_25_seconds_and_expires_after_ten_minutes) {
  poll();
  world.pass(seconds(24));
  EXPECT_FALSE(result);
  world.pass(seconds(2));
  ASSERT_TRUE(result && *result);
  EXPECT_FALSE((*result)->ready);
  world.pass(minutes(10));
  poll();
  EXPECT_EQ(code_of(*result), ErrorCode::link_expired);
  alice->connect();
  EXPECT_EQ(failure_of(alice->ask(wc::ApproveLink{opened.slot, Bytes{1}})),
            ErrorCode::link_expired);
}

TEST_F(Link, is_answered_once) {
  alice->ask(wc::ApproveLink{opened.slot, Bytes{1}});
  EXPECT_NE(body_of<wc::Done>(alice->ask(wc::ApproveLink{opened.slot, Bytes{1}})), nullptr)
      << "the same again";
  auto bob = world.sign_up("bobby");
  EXPECT_EQ(failure_of(bob->ask(wc::ApproveLink{opened.slot, Bytes{2}})), ErrorCode::link_expired);
  EXPECT_EQ(failure_of(bob->ask(wc::ApproveLink{Bytes(16, 0), Bytes{2}})), ErrorCode::link_expired);
}

}  // namespace
}  // namespace parley::hub::testing
