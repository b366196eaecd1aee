// SHA-256 by libsodium.
#include <sodium.h>

#include <new>

#include "lib/crypto/backend.h"

namespace parley::crypto::backend {
namespace {

using State = crypto_hash_sha256_state;

State* as_state(Sha256Memory& memory) {
  static_assert(sizeof(State) <= sizeof(Sha256Memory) && alignof(State) <= 16);
  return std::launder(reinterpret_cast<State*>(memory.data()));
}

}  // namespace

void sha256_begin(Sha256Memory& state) { crypto_hash_sha256_init(new (state.data()) State); }

void sha256_update(Sha256Memory& state, ByteView data) {
  crypto_hash_sha256_update(as_state(state), data.data(), data.size());
}

void sha256_finish(Sha256Memory& state, std::span<std::uint8_t, 32> digest) {
  crypto_hash_sha256_final(as_state(state), digest.data());
}

}  // namespace parley::crypto::backend
