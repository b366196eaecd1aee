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

TEST_F(Hostile, one_time_keys_used_up_by_somebody_accepted_leave_sessions_possible) {
  world.acquaint(*alice, *eve.client);
  for (int i = 0; i < kTries; ++i) bundles(*eve.client, *alice);
  EXPECT_FALSE(alice->take<wc::PrekeysLow>().empty()) << "she makes new ones";
  const auto for_bob = bundles(*bob.client, *alice);
  ASSERT_EQ(for_bob.devices.size(), 1u);
  EXPECT_TRUE(for_bob.devices[0].signed_prekey);
  EXPECT_TRUE(for_bob.devices[0].kyber_prekey);
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
