// How people of another service come in, connect, and leave.
#include <gtest/gtest.h>

#include "hub/engine/partner_for_tests.h"
#include "lib/base/encoding.h"

namespace parley::hub::testing {
namespace {

template <typename T>
ErrorCode code_of(const Result<T>& result) {
  return result ? ErrorCode::unspecified : result.error().code;
}

class Enlisting : public ::testing::Test {
 protected:
  ErrorCode try_claims(const TokenClaims& claims) {
    Phone phone = partner.make_phone("bob");
    TokenClaims fitting = claims;
    if (fitting.key_thumbprint == ByteArray<32>{}) {
      fitting.key_thumbprint = thumbprint_of(phone.auth.public_key);
    }
    return code_of(partner.enlist(phone, partner.token(fitting)));
  }
  // Good claims whose thumbprint is filled in by try_claims.
  TokenClaims good() {
    TokenClaims claims = partner.claims(partner.make_phone("bob"));
    claims.key_thumbprint = {};
    return claims;
  }
  ErrorCode why_closed(Client& client) {
    return client.connected() ? ErrorCode::unspecified : client.line().why;
  }

  World world;
  Partner partner{world};
};

TEST_F(Enlisting, gives_an_account_that_is_named_after_the_service) {
  Phone bob = partner.make_phone("bob");
  const auto enlisted = partner.enlist(bob, partner.token(partner.claims(bob)));
  ASSERT_TRUE(enlisted);
  EXPECT_EQ(enlisted->handle, "bob@nordlys");
  EXPECT_EQ(enlisted->device_id, 1u);
  EXPECT_EQ(enlisted->hub_id, world.engine->hub_info().hub_id);
}

TEST_F(Enlisting, takes_a_token_once_also_across_a_restart) {
  Phone bob = partner.make_phone("bob");
  const TokenClaims claims = partner.claims(bob);
  const std::string token = partner.token(claims);
  EXPECT_TRUE(partner.enlist(bob, token));
  EXPECT_EQ(code_of(partner.enlist(bob, token)), ErrorCode::token_replayed);
  // The same jti in another token is the same token.
  TokenClaims again = claims;
  again.expires = again.expires - hours(1);
  EXPECT_EQ(code_of(partner.enlist(bob, partner.token(again))), ErrorCode::token_replayed);
  world.crash();
  EXPECT_EQ(code_of(partner.enlist(bob, token)), ErrorCode::token_replayed);
  EXPECT_EQ(code_of(partner.end(token)), ErrorCode::token_replayed);
}

TEST_F(Enlisting, remembers_a_used_token_longer_than_it_lives) {
  Phone bob = partner.make_phone("bob");
  const std::string token = partner.token(partner.claims(bob));
  EXPECT_TRUE(partner.enlist(bob, token));
  for (int i = 0; i < 24 * 6; ++i) world.pass(minutes(10));
  EXPECT_EQ(code_of(partner.enlist(bob, token)), ErrorCode::token_replayed) << "within the skew";
  world.pass(minutes(2));
  EXPECT_EQ(code_of(partner.enlist(bob, token)), ErrorCode::bad_token) << "it is over";
}

TEST_F(Enlisting, refuses_claims_that_do_not_count_here) {
  const auto with = [&](auto change) {
    TokenClaims claims = good();
    change(claims);
    return try_claims(claims);
  };
  EXPECT_EQ(with([](TokenClaims&) {}), ErrorCode::unspecified);
  EXPECT_EQ(with([](TokenClaims& c) { c.issuer = "other"; }), ErrorCode::bad_token);
  EXPECT_EQ(with([](TokenClaims& c) { c.audience = "another hub"; }), ErrorCode::bad_token);
  EXPECT_EQ(with([](TokenClaims& c) { c.token_id.clear(); }), ErrorCode::bad_token);
  EXPECT_EQ(with([](TokenClaims& c) { c.token_id.assign(129, 'x'); }), ErrorCode::bad_token);
  EXPECT_EQ(with([&](TokenClaims& c) { c.issued = world.now + seconds(61); }),
            ErrorCode::bad_token);
  EXPECT_EQ(with([&](TokenClaims& c) { c.expires = c.issued; }), ErrorCode::bad_token);
  EXPECT_EQ(with([&](TokenClaims& c) { c.expires = c.issued + hours(24) + milliseconds(1); }),
            ErrorCode::bad_token);
  EXPECT_EQ(with([&](TokenClaims& c) {
              c.issued = world.now - hours(2);
              c.expires = world.now - seconds(60);
            }),
            ErrorCode::bad_token);
  EXPECT_EQ(with([&](TokenClaims& c) { c.issued = Time{-1}; }), ErrorCode::bad_token);
  EXPECT_EQ(with([&](TokenClaims& c) { c.expires = Time{INT64_MAX}; }), ErrorCode::bad_token);
  EXPECT_EQ(with([](TokenClaims& c) { c.key_thumbprint[0] ^= 1; }), ErrorCode::bad_token);
  EXPECT_EQ(with([](TokenClaims& c) { c.subject = "B O B"; }), ErrorCode::invalid_argument);
  EXPECT_EQ(with([](TokenClaims& c) { c.subject.assign(96, 'b'); }), ErrorCode::invalid_argument);
}

TEST_F(Enlisting, forgives_a_minute_of_skew) {
  TokenClaims early = good();
  early.issued = world.now + seconds(60);
  EXPECT_EQ(try_claims(early), ErrorCode::unspecified);
  TokenClaims late = good();
  late.issued = world.now - hours(1);
  late.expires = world.now - milliseconds(59'999);
  EXPECT_EQ(try_claims(late), ErrorCode::identity_mismatch) << "it counts; bob has another key";
}

TEST_F(Enlisting, is_open_while_the_service_is) {
  Phone bob = partner.make_phone("bob");
  EXPECT_TRUE(partner.set_state(wc::ProviderState::suspended, "Spam."));
  const auto shut = partner.enlist(bob, partner.token(partner.claims(bob)));
  EXPECT_EQ(code_of(shut), ErrorCode::provider_suspended);
  EXPECT_EQ(shut.error().detail, "Spam.");
  EXPECT_TRUE(partner.set_state(wc::ProviderState::applied));
  EXPECT_EQ(code_of(partner.enlist(bob, partner.token(partner.claims(bob)))),
            ErrorCode::provider_suspended);
  ProviderRecord sandbox = partner.record();
  sandbox.state = wc::ProviderState::sandbox;
  sandbox.sandbox_accounts = {"bob@nordlys", "alice"};
  EXPECT_TRUE(partner.put(sandbox));
  EXPECT_TRUE(partner.enlist(bob, partner.token(partner.claims(bob))));
  Phone eve = partner.make_phone("eve");
  EXPECT_EQ(code_of(partner.enlist(eve, partner.token(partner.claims(eve)))),
            ErrorCode::provider_suspended);
}

TEST_F(Enlisting, of_an_unknown_service_or_while_its_keys_cannot_be_had) {
  Phone bob = partner.make_phone("bob");
  const auto unreachable = Error{ErrorCode::provider_unreachable, "", 1000};
  EXPECT_EQ(code_of(partner.enlist(bob, partner.token(fail(unreachable)))),
            ErrorCode::provider_unreachable);
  const std::string token = partner.token(partner.claims(bob));
  partner.id = "nobody";
  EXPECT_EQ(code_of(partner.enlist(bob, token)), ErrorCode::unknown_provider);
}

TEST_F(Enlisting, refuses_keys_that_are_none) {
  Phone bob = partner.make_phone("bob");
  bob.auth.public_key = {};  // of small order
  EXPECT_EQ(code_of(partner.enlist(bob, partner.token(partner.claims(bob)))),
            ErrorCode::invalid_key);
  // An identity key of low order: agreements with it would hold no secret. RFC 7748, section 6.1,
  // and the points of https://cr.yp.to/ecdh.html#validate.
  for (const char* low : {"0000000000000000000000000000000000000000000000000000000000000000",
                          "0100000000000000000000000000000000000000000000000000000000000000",
                          "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                          "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    Phone eve = partner.make_phone("eve");
    ws::Enlist request;
    request.provider_id = "nordlys";
    request.token = SecretBuffer(as_bytes(partner.token(partner.claims(eve))));
    Bytes key{0x05};
    append(key, *hex_decode(low));
    request.device = ws::NewDevice{eve.registration.value, key, {}};
    request.device_auth_key = to_bytes(eve.auth.public_key);
    ErrorCode code = ErrorCode::unspecified;
    world.engine->enlist(std::move(request), AddressBucket{1}, world.now,
                         [&](const Result<ws::Enlisted>& answer) { code = code_of(answer); });
    world.run();
    EXPECT_EQ(code, ErrorCode::invalid_key) << low;
  }
}

TEST_F(Enlisting, adds_devices_of_one_identity_and_notices_another) {
  Phone first = partner.join("bob");
  Phone second = partner.make_phone("bob");
  const auto mismatch = partner.enlist(second, partner.token(partner.claims(second)));
  EXPECT_EQ(code_of(mismatch), ErrorCode::identity_mismatch);
  second.identity = first.identity;
  const auto added = partner.enlist(second, partner.token(partner.claims(second)));
  ASSERT_TRUE(added);
  EXPECT_EQ(added->device_id, 2u);
  EXPECT_EQ(added->account_id, first.client->address().account.to_bytes());
  // A reset: the others go, with a word.
  Phone fresh = partner.make_phone("bob");
  const auto reset = partner.enlist(fresh, partner.token(partner.claims(fresh)), true);
  ASSERT_TRUE(reset);
  EXPECT_EQ(reset->account_id, added->account_id);
  EXPECT_EQ(why_closed(*first.client), ErrorCode::not_enlisted);
}

TEST_F(Enlisting, again_with_the_same_keys_replaces_the_device) {
  Phone bob = partner.join("bob");
  const auto again = partner.enlist(bob, partner.token(partner.claims(bob)));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->account_id, bob.client->address().account.to_bytes());
  Phone other = partner.make_phone("bob");
  other.identity = bob.identity;
  const auto more = partner.enlist(other, partner.token(partner.claims(other)));
  ASSERT_TRUE(more);
  EXPECT_LE(more->device_id, 2u) << "there was one device, not two";
  EXPECT_NE(more->device_id, again->device_id);
}

TEST_F(Enlisting, ends_at_eight_devices) {
  Phone first = partner.join("bob");
  for (int i = 0; i < 7; ++i) {
    Phone next = partner.make_phone("bob");
    next.identity = first.identity;
    EXPECT_TRUE(partner.enlist(next, partner.token(partner.claims(next))));
  }
  Phone ninth = partner.make_phone("bob");
  ninth.identity = first.identity;
  EXPECT_EQ(code_of(partner.enlist(ninth, partner.token(partner.claims(ninth)))),
            ErrorCode::too_many_devices);
}

TEST_F(Enlisting, lapses_after_thirty_days_of_silence_and_comes_back_as_the_same_account) {
  Phone bob = partner.join("bob");
  bob.client->disconnect();
  world.now = world.now + days(31);
  world.pass(milliseconds(1));
  const AccountId account = bob.client->address().account;
  const std::string token = partner.token(partner.claims(bob));
  bob.client->greet_with([&](ByteView nonce) { return partner.hello(bob, nonce, token); });
  bob.client->connect();
  EXPECT_EQ(why_closed(*bob.client), ErrorCode::not_enlisted);
  partner.enter(bob);
  EXPECT_TRUE(bob.client->connected());
  EXPECT_EQ(bob.client->address().account, account);
}

TEST_F(Enlisting, after_a_silence_with_another_identity_is_an_identity_change) {
  auto alice = world.sign_up("alice");
  opt_in(*alice);
  Phone bob = partner.join("bob");
  const AccountId account = bob.client->address().account;
  world.acquaint(*alice, *bob.client);
  bob.client->disconnect();
  world.now = world.now + days(31);
  world.pass(milliseconds(1));
  alice->connect();
  Phone other = partner.make_phone("bob");
  EXPECT_EQ(code_of(partner.enlist(other, partner.token(partner.claims(other)))),
            ErrorCode::identity_mismatch);
  const auto back = partner.enlist(other, partner.token(partner.claims(other)), true);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->account_id, account.to_bytes());
  const auto found = alice->ask(wc::Lookup{wc::Lookup::AccountId{account.to_bytes()}});
  ASSERT_NE(body_of<wc::Account>(found), nullptr);
  EXPECT_EQ(body_of<wc::Account>(found)->identity_key,
            to_bytes(other.identity->public_key.serialize()));
  // What he was allowed before he still is: it is the same account.
  partner.enter(other);
  other.client->ask(world.make_send(*other.client, {alice.get()}, "hello"));
  const auto delivered = alice->take<wc::Deliver>();
  ASSERT_EQ(delivered.size(), 1u);
  EXPECT_FALSE(delivered[0].request);
}

TEST_F(Enlisting, does_not_lapse_while_the_service_is_suspended) {
  Phone bob = partner.join("bob");
  bob.client->disconnect();
  EXPECT_TRUE(partner.set_state(wc::ProviderState::suspended, "x"));
  world.now = world.now + days(60);
  world.pass(milliseconds(1));
  EXPECT_TRUE(partner.set_state(wc::ProviderState::live));
  const std::string token = partner.token(partner.claims(bob));
  bob.client->greet_with([&](ByteView nonce) { return partner.hello(bob, nonce, token); });
  bob.client->connect();
  EXPECT_TRUE(bob.client->connected()) << static_cast<int>(why_closed(*bob.client));
}

TEST_F(Enlisting, ends_with_everything_and_the_name_is_somebody_new) {
  auto alice = world.sign_up("alice");
  opt_in(*alice);
  Phone bob = partner.join("bob");
  const AccountId old = bob.client->address().account;
  alice->ask(wc::SetRelation{old.to_bytes(), wc::Relation::accepted});
  const auto ended = partner.end(partner.token(partner.claims(bob)));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->devices_removed, 1u);
  EXPECT_TRUE(ended->account_removed);
  EXPECT_EQ(why_closed(*bob.client), ErrorCode::account_deleted);
  EXPECT_EQ(failure_of(alice->ask(wc::Lookup{wc::Lookup::AccountId{old.to_bytes()}})),
            ErrorCode::account_deleted);
  EXPECT_EQ(failure_of(alice->ask(wc::Lookup{wc::Lookup::Handle{"bob@nordlys"}})),
            ErrorCode::unknown_account);
  EXPECT_EQ(code_of(partner.end(partner.token(partner.claims(bob)))), ErrorCode::not_enlisted);
  // Somebody else gets the name.
  Phone next = partner.join("bob");
  EXPECT_NE(next.client->address().account, old);
  const auto send = world.make_send(*next.client, {alice.get()}, "hello");
  next.client->ask(send);
  const auto delivered = alice->take<wc::Deliver>();
  ASSERT_EQ(delivered.size(), 1u);
  EXPECT_TRUE(delivered[0].request) << "it inherits no acceptance";
}

TEST_F(Enlisting, of_one_device_ends_alone_and_during_a_suspension_too) {
  Phone first = partner.join("bob");
  Phone second = partner.make_phone("bob");
  second.identity = first.identity;
  partner.enter(second);
  EXPECT_TRUE(partner.set_state(wc::ProviderState::suspended, "x"));
  const auto one = partner.end(partner.token(partner.claims(first)), 2);
  ASSERT_TRUE(one);
  EXPECT_FALSE(one->account_removed);
  EXPECT_EQ(code_of(partner.end(partner.token(partner.claims(first)), 2)), ErrorCode::not_enlisted);
  const auto all = partner.end(partner.token(partner.claims(first)));
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->account_removed);
}

TEST_F(Enlisting, of_many_at_once_for_one_name_makes_one_account) {
  std::vector<Phone> phones;
  std::set<Bytes> accounts;
  int answers = 0;
  for (int i = 0; i < 5; ++i) phones.push_back(partner.make_phone("bob"));
  for (int i = 1; i < 5; ++i) phones[i].identity = phones[0].identity;
  for (Phone& phone : phones) {
    ws::Enlist request;
    request.provider_id = "nordlys";
    request.token = SecretBuffer(as_bytes(partner.token(partner.claims(phone))));
    request.device = ws::NewDevice{
        phone.registration.value, to_bytes(phone.identity->public_key.serialize()), {}};
    request.device_auth_key = to_bytes(phone.auth.public_key);
    world.engine->enlist(std::move(request), AddressBucket{1}, world.now,
                         [&](Result<ws::Enlisted> answer) {
                           ASSERT_TRUE(answer) << answer.error().detail;
                           accounts.insert(answer->account_id);
                           ++answers;
                         });
  }
  for (int i = 0; i < 20; ++i) world.run();
  EXPECT_EQ(answers, 5);
  EXPECT_EQ(accounts.size(), 1u);
}

TEST_F(Enlisting, waits_bounded_for_a_service_that_does_not_answer) {
  world.tokens.silent = true;
  int refused = 0;
  for (int i = 0; i < 70; ++i) {
    Phone bob = partner.make_phone("bob");
    ws::Enlist request;
    request.provider_id = "nordlys";
    request.token = SecretBuffer(as_bytes(partner.token(partner.claims(bob))));
    request.device =
        ws::NewDevice{bob.registration.value, to_bytes(bob.identity->public_key.serialize()), {}};
    request.device_auth_key = to_bytes(bob.auth.public_key);
    world.engine->enlist(std::move(request), AddressBucket{static_cast<std::uint64_t>(i)},
                         world.now, [&](Result<ws::Enlisted> answer) {
                           refused += code_of(answer) == ErrorCode::overloaded ? 1 : 0;
                         });
  }
  EXPECT_EQ(refused, 6);
  auto alice = world.sign_up("alice");
  EXPECT_TRUE(alice->connected()) << "nobody else is held up";
}

class PartnerHellos : public Enlisting {
 protected:
  // How a hello ends whose parts were changed.
  ErrorCode say(Phone& phone, std::function<void(wc::ProviderCredential&)> change,
                const std::string& token) {
    phone.client->disconnect();
    phone.client->greet_with([&](ByteView nonce) {
      wc::Hello hello = partner.hello(phone, nonce, token);
      change(std::get<wc::ProviderCredential>(hello.credential));
      return hello;
    });
    phone.client->connect();
    return why_closed(*phone.client);
  }

  Phone bob = partner.join("bob");
};

TEST_F(PartnerHellos, are_welcomed_with_a_token_as_often_as_it_lives) {
  const std::string token = partner.token(partner.claims(bob));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(say(bob, [](auto&) {}, token), ErrorCode::unspecified);
    world.pass(hours(7));
  }
  const auto welcomes = bob.client->take<wc::Welcome>();
  world.pass(hours(7));
  EXPECT_EQ(say(bob, [](auto&) {}, token), ErrorCode::bad_token);
}

TEST_F(PartnerHellos, are_refused_where_anything_does_not_fit) {
  Phone eve = partner.join("eve");
  const std::string token = partner.token(partner.claims(bob));
  EXPECT_EQ(say(bob, [](auto& c) { c.signature[0] ^= 1; }, token), ErrorCode::bad_signature);
  EXPECT_EQ(say(bob, [](auto& c) { c.device_id = 7; }, token), ErrorCode::not_enlisted);
  EXPECT_EQ(
      say(bob, [](auto& c) { c.provider_id = "nobody"; }, token), ErrorCode::unknown_provider);
  const Bytes hers = eve.client->address().account.to_bytes();
  EXPECT_EQ(say(
                bob, [&](auto& c) { c.account_id = hers; }, token),
            ErrorCode::bad_token)
      << "bob's token is not eve's";
  EXPECT_EQ(say(bob, [](auto&) {}, partner.token(partner.claims(eve))), ErrorCode::bad_token);
  auto alice = world.sign_up("alice");
  const Bytes native = alice->address().account.to_bytes();
  EXPECT_EQ(say(bob, [&](auto& c) { c.account_id = native; }, token), ErrorCode::not_enlisted);
  EXPECT_EQ(say(bob, [](auto&) {}, token), ErrorCode::unspecified);
}

TEST_F(PartnerHellos, of_another_version_are_refused_before_their_token_is_looked_at) {
  const std::string token = partner.token(partner.claims(bob));
  for (const std::uint32_t version : {0u, 2u, 77u}) {
    bob.client->disconnect();
    bob.client->greet_with([&](ByteView nonce) {
      wc::Hello hello = partner.hello(bob, nonce, token);
      hello.version = version;
      return hello;
    });
    bob.client->connect();
    EXPECT_EQ(why_closed(*bob.client), ErrorCode::unsupported_version) << version;
    EXPECT_EQ(failure_of(bob.client->line().frames.back()), ErrorCode::unsupported_version);
  }
  EXPECT_EQ(say(bob, [](auto&) {}, token), ErrorCode::unspecified);
}

TEST_F(PartnerHellos, sign_the_nonce_of_their_own_connection) {
  const std::string token = partner.token(partner.claims(bob));
  Bytes old_signature;
  EXPECT_EQ(say(bob, [&](auto& c) { old_signature = c.signature; }, token), ErrorCode::unspecified);
  EXPECT_EQ(
      say(bob, [&](auto& c) { c.signature = old_signature; }, token), ErrorCode::bad_signature);
}

}  // namespace
}  // namespace parley::hub::testing
