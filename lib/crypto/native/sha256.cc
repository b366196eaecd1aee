// SHA-256 by OpenSSL, which uses the processor's SHA instructions where there are
// any: four times libsodium's speed. Through the functions that OpenSSL 3 calls
// deprecated: its newer interface allocates and looks up on every use, which costs a
// ratchet step five times what hashing does.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <new>

#include "lib/crypto/backend.h"

namespace parley::crypto::backend {
namespace {

SHA256_CTX* as_context(Sha256Memory& memory) {
  static_assert(sizeof(SHA256_CTX) <= sizeof(Sha256Memory) && alignof(SHA256_CTX) <= 16);
  return std::launder(reinterpret_cast<SHA256_CTX*>(memory.data()));
}

}  // namespace

// None of the three can fail.
void sha256_begin(Sha256Memory& state) { SHA256_Init(new (state.data()) SHA256_CTX); }

void sha256_update(Sha256Memory& state, ByteView data) {
  SHA256_Update(as_context(state), data.data(), data.size());
}

void sha256_finish(Sha256Memory& state, std::span<std::uint8_t, 32> digest) {
  SHA256_Final(digest.data(), as_context(state));
}

}  // namespace parley::crypto::backend
