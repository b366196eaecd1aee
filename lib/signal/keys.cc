#include "lib/signal/keys.h"

#include <algorithm>

#include "lib/base/limits.h"
#include "lib/signal/store_fields.h"
#include "lib/wire/wire.h"
#include "proto/signal_store.h"

namespace parley::signal {
namespace store = wire::signal_store;

namespace {

Result<Signature> load_signature(ByteView bytes) {
  if (bytes.size() != 64) return fail(ErrorCode::malformed, "a stored signature is missing");
  Signature signature;
  std::ranges::copy(bytes, signature.begin());
  return signature;
}

}  // namespace

LocalIdentity LocalIdentity::generate(RandomSource& random) {
  const auto id = 1 + random.below(limits::kMaxRegistrationId);
  return {KeyPair::generate(random), {static_cast<std::uint32_t>(id)}};
}

OneTimePreKey OneTimePreKey::generate(PreKeyId id, RandomSource& random) {
  return {id, KeyPair::generate(random)};
}

SecretBuffer OneTimePreKey::serialize() const {
  store::OneTimePrekey out;
  out.format = kStoreFormat;
  out.id = id.value;
  out.private_key = store_secret(key.private_key);
  return wire::encode_secret(out);
}

Result<OneTimePreKey> OneTimePreKey::parse(ByteView bytes) {
  PARLEY_TRY(in, wire::decode<store::OneTimePrekey>(bytes));
  PARLEY_CHECK(check_format(in.format));
  PARLEY_TRY(private_key, load_secret<32>(in.private_key));
  return OneTimePreKey{{in.id}, KeyPair::from_private(std::move(private_key))};
}

SignedPreKey SignedPreKey::generate(SignedPreKeyId id, const LocalIdentity& identity, Time now,
                                    RandomSource& random) {
  KeyPair key = KeyPair::generate(random);
  const auto signature = crypto::sign(identity.key.private_key, key.public_key.serialize(), random);
  return {id, std::move(key), signature, now};
}

SecretBuffer SignedPreKey::serialize() const {
  store::SignedPrekey out;
  out.format = kStoreFormat;
  out.id = id.value;
  out.private_key = store_secret(key.private_key);
  out.signature = to_bytes(signature);
  out.created_at_ms = created.ms;
  return wire::encode_secret(out);
}

Result<SignedPreKey> SignedPreKey::parse(ByteView bytes) {
  PARLEY_TRY(in, wire::decode<store::SignedPrekey>(bytes));
  PARLEY_CHECK(check_format(in.format));
  PARLEY_TRY(private_key, load_secret<32>(in.private_key));
  PARLEY_TRY(signature, load_signature(in.signature));
  return SignedPreKey{
      {in.id}, KeyPair::from_private(std::move(private_key)), signature, {in.created_at_ms}};
}

KyberPreKey KyberPreKey::generate(KyberPreKeyId id, bool last_resort, const LocalIdentity& identity,
                                  Time now, RandomSource& random) {
  KyberPreKey key{id, random.secret<64>(), {}, now, last_resort};
  key.signature = crypto::sign(identity.key.private_key, key.public_key(), random);
  return key;
}

crypto::KemKeyPair KyberPreKey::key_pair() const {
  return crypto::kem_from_seed(crypto::Kem::kyber1024_round3, seed);
}

Bytes KyberPreKey::public_key() const {
  Bytes typed{crypto::kKyber1024Type};
  append(typed, key_pair().public_key);
  return typed;
}

SecretBuffer KyberPreKey::serialize() const {
  store::KyberPrekey out;
  out.format = kStoreFormat;
  out.id = id.value;
  out.seed = store_secret(seed);
  out.signature = to_bytes(signature);
  out.created_at_ms = created.ms;
  out.last_resort = last_resort;
  return wire::encode_secret(out);
}

Result<KyberPreKey> KyberPreKey::parse(ByteView bytes) {
  PARLEY_TRY(in, wire::decode<store::KyberPrekey>(bytes));
  PARLEY_CHECK(check_format(in.format));
  PARLEY_TRY(seed, load_secret<64>(in.seed));
  PARLEY_TRY(signature, load_signature(in.signature));
  return KyberPreKey{{in.id}, std::move(seed), signature, {in.created_at_ms}, in.last_resort};
}

}  // namespace parley::signal
