#include "hub/engine/partner_for_tests.h"

#include <gtest/gtest.h>

namespace parley::hub::testing {

Partner::Partner(World& the_world, std::string the_id) : world(the_world), id(std::move(the_id)) {
  EXPECT_TRUE(put(record()));
}

ProviderRecord Partner::record() const {
  ProviderRecord provider;
  provider.id = id;
  provider.display_name = "Nordlys";
  provider.jwks_url = "https://" + id + ".example/keys";
  provider.push_url = "https://" + id + ".example/push";
  provider.features = {wc::Feature::reply, wc::Feature::retry_receipt};
  provider.state = wc::ProviderState::live;
  return provider;
}

Status Partner::put(ProviderRecord provider) {
  Status result = fail(ErrorCode::internal, "no answer");
  world.engine->put_provider(std::move(provider), world.now,
                             [&](Status status) { result = std::move(status); });
  world.run();
  return result;
}

Status Partner::set_state(wc::ProviderState state, const std::string& reason) {
  Status result = fail(ErrorCode::internal, "no answer");
  world.engine->set_provider_state(id, state, reason, world.now,
                                   [&](Status status) { result = std::move(status); });
  world.run();
  return result;
}

Phone Partner::make_phone(const std::string& name) {
  Phone phone;
  phone.name = name;
  phone.identity = std::make_shared<const crypto::KeyPair>(crypto::KeyPair::generate(world.random));
  phone.auth = crypto::Ed25519KeyPair::generate(world.random);
  phone.registration = RegistrationId{static_cast<std::uint32_t>(1 + world.random.below(16380))};
  return phone;
}

TokenClaims Partner::claims(const Phone& phone) {
  TokenClaims claims;
  claims.issuer = id;
  claims.audience = HubId::from(world.engine->hub_info().hub_id)->text();
  claims.subject = phone.name;
  claims.token_id = "jti-" + std::to_string(++tokens_);
  claims.issued = world.now;
  claims.expires = world.now + hours(24);
  claims.key_thumbprint = thumbprint_of(phone.auth.public_key);
  return claims;
}

std::string Partner::token(const Result<TokenClaims>& claims) {
  const std::string text = "token " + std::to_string(++tokens_);
  world.tokens.known.insert_or_assign(text, claims);
  return text;
}

Result<ws::Enlisted> Partner::enlist(Phone& phone, const std::string& token, bool reset) {
  ws::Enlist request;
  request.provider_id = id;
  request.token = SecretBuffer(as_bytes(token));
  request.device =
      ws::NewDevice{phone.registration.value, to_bytes(phone.identity->public_key.serialize()), {}};
  request.device_auth_key = to_bytes(phone.auth.public_key);
  request.reset_identity = reset;
  Result<ws::Enlisted> result = fail(ErrorCode::internal, "no answer");
  world.engine->enlist(std::move(request), AddressBucket{world.random.next_u64()}, world.now,
                       [&](Result<ws::Enlisted> answer) { result = std::move(answer); });
  world.run();
  return result;
}

Result<ws::EnlistmentEnded> Partner::end(const std::string& token, std::uint32_t device) {
  ws::EndEnlistment request;
  request.provider_id = id;
  request.token = SecretBuffer(as_bytes(token));
  request.device_id = device;
  Result<ws::EnlistmentEnded> result = fail(ErrorCode::internal, "no answer");
  world.engine->end_enlistment(
      std::move(request), AddressBucket{world.random.next_u64()}, world.now,
      [&](Result<ws::EnlistmentEnded> answer) { result = std::move(answer); });
  world.run();
  return result;
}

wc::Hello Partner::hello(const Phone& phone, ByteView nonce, const std::string& token) const {
  const HubId hub = *HubId::from(world.engine->hub_info().hub_id);
  ByteArray<32> exact{};
  std::copy(nonce.begin(), nonce.end(), exact.begin());
  wc::ProviderCredential credential;
  credential.provider_id = id;
  credential.token = SecretBuffer(as_bytes(token));
  credential.account_id = phone.client->address().account.to_bytes();
  credential.device_id = phone.client->address().device.value;
  credential.signature =
      to_bytes(crypto::sign_ed25519(phone.auth, hello_bytes(exact, hub, phone.registration)));
  wc::Hello hello;
  hello.version = 1;
  hello.credential = std::move(credential);
  return hello;
}

void Partner::enter(Phone& phone) {
  const auto enlisted = enlist(phone, token(claims(phone)));
  ASSERT_TRUE(enlisted) << enlisted.error().detail;
  phone.client = std::make_unique<Client>(
      world, DeviceAddress{*AccountId::from(enlisted->account_id), DeviceId{enlisted->device_id}},
      phone.registration, SecretBuffer());
  const std::string pass = token(claims(phone));
  // By value: the phone may be moved.
  const DeviceAddress address = phone.client->address();
  auto copy = std::make_shared<Phone>();
  copy->registration = phone.registration;
  copy->auth = crypto::Ed25519KeyPair::from_seed(phone.auth.seed.clone());
  copy->client = std::make_unique<Client>(world, address, phone.registration, SecretBuffer());
  phone.client->greet_with(
      [this, copy, pass](ByteView nonce) { return hello(*copy, nonce, pass); });
  phone.client->connect();
  world.publish_keys(*phone.client, *phone.identity);
}

Phone Partner::join(const std::string& name) {
  Phone phone = make_phone(name);
  enter(phone);
  return phone;
}

wc::ServerFrame opt_in(Client& client, bool reachable, std::vector<std::string> providers) {
  return client.ask(wc::SetThirdParty{true, std::move(providers), reachable});
}

}  // namespace parley::hub::testing
