// Names, tokens, hellos and retry requests.
#include "hub/engine/conversation.h"
#include "lib/base/encoding.h"
#include "lib/crypto/ed25519.h"
#include "proto/channel.h"
#include "proto/e2e.h"
#include "tests/protocol/vectors.h"

namespace parley::vectors {
namespace {

namespace wc = wire::channel;

crypto::Ed25519KeyPair ed25519(std::string_view what) {
  return crypto::Ed25519KeyPair::from_seed(Secret<32>(drawn(what)));
}

ByteArray<4> u32be(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

constexpr std::uint32_t kRegistration = 4711;

Json pair_of(const AccountId& a, const AccountId& b) {
  const ConversationId id = content::conversation_id(a, b);
  // The hub's own computation must be the same.
  if (id != hub::conversation_between(b, a)) std::exit(1);
  Json json = Json::object();
  json.add("a", a.view()).add("b", b.view()).add("a_text", a.text()).add("b_text", b.text());
  json.add("conversation_id", id.view()).add("conversation_text", id.text());
  json.add("room_uri", content::room_uri(kHub, id));
  json.add("sender_uri_a", content::sender_uri(kHub, a));
  json.add("sender_uri_b", content::sender_uri(kHub, b));
  return json;
}

std::string jwk_of(const crypto::Ed25519KeyPair& key) {
  return R"({"crv":"Ed25519","kty":"OKP","x":")" + base64url_encode(key.public_key) + "\"}";
}

}  // namespace

Json ids() {
  AccountId low, high;
  high.bytes.fill(0xff);
  Json pairs = Json::array();
  pairs.push(pair_of(kAlice, kBob));
  // As bytes the first sorts before the second, as text it comes behind.
  pairs.push(pair_of(low, high));
  pairs.push(pair_of(kBob, kBob));
  Json json = Json::object();
  json.add("hub_id", kHub.view()).add("hub_id_text", kHub.text());
  json.add("pairs", std::move(pairs));
  return json;
}

Json token() {
  const auto provider_key = ed25519("provider key");
  const auto device_key = ed25519("device authentication key");
  const std::string jwk = jwk_of(device_key);
  const std::string thumbprint = base64url_encode(crypto::sha256(as_bytes(jwk)));
  const std::string header = R"({"alg":"EdDSA","kid":"2026-11","typ":"JWT"})";
  const std::string claims = R"({"iss":"nordlys","aud":")" + kHub.text() +
                             R"(","sub":"bob","iat":)" + std::to_string(kNow_s) + R"(,"exp":)" +
                             std::to_string(kNow_s + 86'400) +
                             R"(,"jti":"8f0b7c1e","cnf":{"jkt":")" + thumbprint + "\"}}";
  const std::string signed_part =
      base64url_encode(as_bytes(header)) + '.' + base64url_encode(as_bytes(claims));
  const auto signature = crypto::sign_ed25519(provider_key, as_bytes(signed_part));
  Json json = Json::object();
  json.add("provider_id", kProvider);
  json.add("provider_key_seed", provider_key.seed.view());
  json.add("provider_key_public", provider_key.public_key);
  json.add(
      "provider_jwks_text",
      R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"2026-11","use":"sig","alg":"EdDSA","x":")" +
          base64url_encode(provider_key.public_key) + "\"}]}");
  json.add("device_auth_key_seed", device_key.seed.view());
  json.add("device_auth_key", device_key.public_key);
  json.add("device_jwk_text", jwk).add("thumbprint_base64url", thumbprint);
  json.add("header_text", header).add("claims_text", claims);
  json.add("jwt", signed_part + '.' + base64url_encode(signature));
  return json;
}

Json hello() {
  const auto key = ed25519("device authentication key");
  const auto nonce = drawn("nonce");
  Bytes input = to_bytes(as_bytes("parley-hello-1"));
  append(input, nonce);
  append(input, kHub.view());
  append(input, u32be(kRegistration));
  const auto signature = crypto::sign_ed25519(key, input);

  wc::ServerBatch challenge;
  challenge.frames.emplace_back().body = wc::Challenge{kHub.to_bytes(), to_bytes(nonce), {1}};
  wc::ProviderCredential credential;
  credential.provider_id = kProvider;
  const std::string short_token = "header.claims.signature";
  credential.token = SecretBuffer(as_bytes(short_token));
  credential.account_id = kBob.to_bytes();
  credential.device_id = 1;
  credential.signature = to_bytes(signature);
  wc::Hello hello;
  hello.version = 1;
  hello.software = "nordlys/1.0";
  hello.credential = std::move(credential);
  wc::ClientBatch batch;
  batch.frames.emplace_back().request_id = 1;
  batch.frames.back().body = std::move(hello);

  Json json = Json::object();
  json.add("device_auth_key_seed", key.seed.view()).add("device_auth_key", key.public_key);
  json.add("nonce", nonce).add("hub_id", kHub.view());
  json.add("registration_id", std::int64_t{kRegistration});
  json.add("signed_bytes", input).add("signature", signature);
  json.add("challenge_batch", wire::encode(challenge));
  json.add("token_in_batch_text", short_token).add("account_id", kBob.view());
  json.add("device_id", std::int64_t{1});
  json.add("hello_batch", wire::encode_secret(batch).view());
  return json;
}

Json retry_request() {
  wire::e2e::RetryRequest request;
  request.send_id = to_bytes(drawn_first<16>("lost send"));
  request.accepted_at_us = kNow_s * 1'000'000 + 42;
  request.attempt = 1;
  request.session_unknown = true;
  wc::DeviceCiphertext device;
  device.device_id = 2;
  device.registration_id = kRegistration;
  device.type = wc::CiphertextType::retry_request;
  device.ciphertext = wire::encode(request);
  wc::Recipient recipient;
  recipient.account_id = kAlice.to_bytes();
  recipient.devices.push_back(device);
  recipient.only_these_devices = true;
  wc::Send send;
  send.send_id = to_bytes(drawn_first<16>("retry send"));
  send.conversation_id = conversation().to_bytes();
  send.recipients.push_back(std::move(recipient));
  wc::ClientBatch batch;
  batch.frames.emplace_back().request_id = 7;
  batch.frames.back().body = send;

  Json json = Json::object();
  json.add("send_id", request.send_id);
  json.add("accepted_at_us", request.accepted_at_us);
  json.add("attempt", std::int64_t{1}).add("session_unknown", Json::boolean(true));
  json.add("retry_request", device.ciphertext);
  json.add("to_account_id", kAlice.view()).add("to_device_id", std::int64_t{2});
  json.add("to_registration_id", std::int64_t{kRegistration});
  json.add("own_send_id", send.send_id).add("conversation_id", send.conversation_id);
  json.add("send_batch", wire::encode(batch));
  return json;
}

}  // namespace parley::vectors
