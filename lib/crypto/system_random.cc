#include "lib/crypto/system_random.h"

#include <cstdlib>
#include <cstring>

#include "lib/crypto/sodium.h"

#if defined(__wasi__)
#include <wasi/api.h>
#endif

namespace parley::crypto {

void SystemRandom::fill(MutableByteView out) {
  if (out.empty()) return;  // the libraries' functions declare their arguments non-null
#if defined(__wasi__)
  // Every draw asks the host. libsodium would stretch one draw for the instance's whole life
  // (wasi-libc's arc4random), and a host that fails later would go unnoticed.
  if (__wasi_random_get(out.data(), out.size()) != 0) std::abort();
#else
  ensure_sodium();
  // libsodium itself ends the process when the system has no randomness.
  randombytes_buf(out.data(), out.size());
#endif
}

SeededRandom::SeededRandom(std::uint64_t seed) { std::memcpy(key_.data(), &seed, sizeof seed); }

void SeededRandom::fill(MutableByteView out) {
  static_assert(crypto_stream_chacha20_NONCEBYTES == sizeof block_);
  ByteArray<sizeof block_> nonce;
  std::memcpy(nonce.data(), &block_, sizeof block_);
  ++block_;
  if (out.empty()) return;
  crypto_stream_chacha20(out.data(), out.size(), nonce.data(), key_.data());
}

}  // namespace parley::crypto
