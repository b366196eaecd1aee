#include "lib/crypto/system_random.h"

#include <cstring>

#include "lib/crypto/sodium.h"

namespace parley::crypto {

void SystemRandom::fill(MutableByteView out) {
  ensure_sodium();
  // libsodium itself ends the process when the system has no randomness.
  randombytes_buf(out.data(), out.size());
}

SeededRandom::SeededRandom(std::uint64_t seed) { std::memcpy(key_.data(), &seed, sizeof seed); }

void SeededRandom::fill(MutableByteView out) {
  static_assert(crypto_stream_chacha20_NONCEBYTES == sizeof block_);
  ByteArray<sizeof block_> nonce;
  std::memcpy(nonce.data(), &block_, sizeof block_);
  ++block_;
  crypto_stream_chacha20(out.data(), out.size(), nonce.data(), key_.data());
}

}  // namespace parley::crypto
