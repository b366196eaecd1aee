// Sessions: safety numbers, and a first message with everything its recipient needs to open it.
#include "lib/content/padding.h"
#include "lib/signal/fingerprint.h"
#include "lib/signal/test_device.h"
#include "proto/channel.h"
#include "tests/protocol/vectors.h"

namespace parley::vectors {
namespace {

namespace wc = wire::channel;
using signal::testing::BundleOptions;
using signal::testing::TestDevice;

constexpr std::uint64_t kAliceSeed = 1001;
constexpr std::uint64_t kBobSeed = 1002;

Json private_keys(const TestDevice& bob, const signal::PreKeyBundle& bundle) {
  const auto& signed_key = bob.prekeys.signed_.at(bundle.signed_prekey.id.value);
  const auto kyber = bob.prekeys.kyber.at(bundle.kyber_prekey->id.value).key_pair();
  Json json = Json::object();
  json.add("identity_private", bob.identity.key.private_key.view());
  json.add("signed_prekey_private", signed_key.key.private_key.view());
  if (bundle.one_time_prekey) {
    const auto& one_time = bob.prekeys.one_time.at(bundle.one_time_prekey->id.value);
    json.add("one_time_prekey_private", one_time.key.private_key.view());
  }
  Bytes secret{crypto::kKyber1024Type};
  append(secret, kyber.secret_key.view());
  json.add("kyber_prekey_secret", secret);
  return json;
}

Json bundle_of(const signal::PreKeyBundle& bundle) {
  Json json = Json::object();
  json.add("device_id", std::int64_t{1});
  json.add("registration_id", std::int64_t{bundle.registration_id.value});
  json.add("identity_key", bundle.identity_key.serialize());
  json.add("signed_prekey_id", std::int64_t{bundle.signed_prekey.id.value});
  json.add("signed_prekey", bundle.signed_prekey.key.serialize());
  json.add("signed_prekey_signature", bundle.signed_prekey.signature);
  if (bundle.one_time_prekey) {
    json.add("one_time_prekey_id", std::int64_t{bundle.one_time_prekey->id.value});
    json.add("one_time_prekey", bundle.one_time_prekey->key.serialize());
  }
  json.add("kyber_prekey_id", std::int64_t{bundle.kyber_prekey->id.value});
  json.add("kyber_prekey", bundle.kyber_prekey->key);
  json.add("kyber_prekey_signature", bundle.kyber_prekey->signature);
  return json;
}

Json send_of(const TestDevice& bob, const Bytes& ciphertext, const Greeting& said) {
  wc::DeviceCiphertext device;
  device.device_id = 1;
  device.registration_id = bob.identity.registration_id.value;
  device.type = wc::CiphertextType::prekey_signal;
  device.ciphertext = ciphertext;
  wc::Recipient recipient;
  recipient.account_id = kBob.to_bytes();
  recipient.devices.push_back(std::move(device));
  wc::Send send;
  send.send_id = to_bytes(drawn_first<16>("first send"));
  send.conversation_id = conversation().to_bytes();
  send.recipients.push_back(std::move(recipient));
  send.franking_tag = said.tag;
  wc::ClientBatch batch;
  batch.frames.emplace_back().request_id = 9;
  batch.frames.back().body = std::move(send);
  return Json::hex(wire::encode(batch));
}

// Two messages of one session: the second repeats what the first says of the session.
Json scenario(std::string_view name, BundleOptions options, std::uint64_t seed) {
  TestDevice alice(kAliceSeed + seed);
  TestDevice bob(kBobSeed + seed);
  const auto bundle = bob.bundle(options);
  Json json = Json::object();
  json.add("name", name).add("bundle", bundle_of(bundle));
  json.add("recipient", private_keys(bob, bundle));
  json.add("sender_identity_key", alice.identity.key.public_key.serialize());
  json.add("sender_registration_id", std::int64_t{alice.identity.registration_id.value});

  const Greeting said = greeting();
  const Bytes padded = content::pad(said.envelope);
  if (!alice.start(bundle)) std::exit(1);
  const auto first = must(alice.send(padded));
  const auto second = must(alice.send(padded));
  if (must(bob.receive(first)) != as_text(padded)) std::exit(1);
  if (must(bob.receive(second)) != as_text(padded)) std::exit(1);
  json.add("mimi_content", said.content).add("franking_key", said.franking_key);
  json.add("franking_tag", said.tag).add("envelope", said.envelope);
  json.add("plaintext", padded);
  json.add("first_message", first.bytes).add("second_message", second.bytes);
  json.add("send_id", drawn_first<16>("first send"));
  json.add("conversation_id", conversation().view());
  json.add("recipient_account_id", kBob.view());
  json.add("send_batch", send_of(bob, first.bytes, said));
  return json;
}

}  // namespace

Json safety_number() {
  const TestDevice alice(kAliceSeed);
  const TestDevice bob(kBobSeed);
  const std::string ours = alice_uri(), theirs = bob_uri();
  const signal::FingerprintParty a{as_bytes(ours), alice.identity.key.public_key};
  const signal::FingerprintParty b{as_bytes(theirs), bob.identity.key.public_key};
  const auto at_alice = signal::make_fingerprint(a, b);
  const auto at_bob = signal::make_fingerprint(b, a);
  Json json = Json::object();
  json.add("alice_uri", ours).add("alice_identity_key", a.identity_key.serialize());
  json.add("bob_uri", theirs).add("bob_identity_key", b.identity_key.serialize());
  json.add("digits", at_alice.digits).add("shown", signal::group_digits(at_bob.digits));
  json.add("scannable_of_alice", at_alice.scannable);
  json.add("scannable_of_bob", at_bob.scannable);
  return json;
}

Json prekey_message() {
  Json all = Json::array();
  all.push(scenario("with one-time keys", {}, 0));
  all.push(scenario("signed and last-resort keys only",
                    {.one_time = false, .kyber = true, .last_resort = true}, 10));
  Json json = Json::object();
  json.add("sender_account_id", kAlice.view()).add("recipient_account_id", kBob.view());
  json.add("scenarios", std::move(all));
  return json;
}

}  // namespace parley::vectors
