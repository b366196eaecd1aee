#include "lib/crypto/ed25519.h"

#include "lib/crypto/sodium.h"

namespace parley::crypto {
namespace {

// libsodium's form of a private key: the seed and the public key.
Secret<64> expanded(const Secret<32>& seed, Ed25519PublicKey& public_key) {
  ensure_sodium();
  Secret<64> key;
  crypto_sign_ed25519_seed_keypair(public_key.data(), key.mutable_view().data(),
                                   seed.view().data());
  return key;
}

}  // namespace

Ed25519KeyPair Ed25519KeyPair::generate(RandomSource& random) {
  return from_seed(random.secret<32>());
}

Ed25519KeyPair Ed25519KeyPair::from_seed(Secret<32> seed) {
  Ed25519KeyPair pair;
  expanded(seed, pair.public_key);
  pair.seed = std::move(seed);
  return pair;
}

Ed25519Signature sign_ed25519(const Ed25519KeyPair& key, ByteView message) {
  Ed25519PublicKey public_key;
  const Secret<64> secret = expanded(key.seed, public_key);
  Ed25519Signature signature;
  crypto_sign_ed25519_detached(signature.data(), nullptr, message.data(), message.size(),
                               secret.view().data());
  return signature;
}

bool is_valid_key(const Ed25519PublicKey& key) {
  ensure_sodium();
  return crypto_core_ed25519_is_valid_point(key.data()) == 1;
}

Status verify_ed25519(const Ed25519PublicKey& key, ByteView message, ByteView signature) {
  ensure_sodium();
  if (signature.size() != crypto_sign_ed25519_BYTES ||
      crypto_sign_ed25519_verify_detached(signature.data(), message.data(), message.size(),
                                          key.data()) != 0) {
    return fail(ErrorCode::bad_signature, "the Ed25519 signature does not fit");
  }
  return {};
}

}  // namespace parley::crypto
