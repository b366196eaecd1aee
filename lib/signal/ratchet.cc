#include "lib/signal/ratchet.h"

#include <cassert>

#include "lib/crypto/hash.h"

namespace parley::signal {

RootStep split_root(const SecretBuffer& derived) {
  assert(derived.size() >= 64);
  return {RootKey(derived.view().first<32>()),
          ChainKey{ChainSecret(derived.view().subspan<32, 32>()), 0}};
}

Result<RootStep> step_root(const RootKey& root, const PrivateKey& ours, const PublicKey& theirs) {
  PARLEY_TRY(shared, crypto::agree(ours, theirs));
  return split_root(
      crypto::hkdf_sha256(shared.view(), root.view(), as_bytes("WhisperRatchet"), 64));
}

MessageKeys::MessageKeys(const MessageSeed& seed)
    : bytes_(crypto::hkdf_sha256(seed.view(), {}, as_bytes("WhisperMessageKeys"), 80)) {}

}  // namespace parley::signal
