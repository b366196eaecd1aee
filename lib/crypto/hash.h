// Hashes, MACs and key derivation. Thin over vetted libraries: libsodium and PQClean's
// Keccak, natively OpenSSL for SHA-256. Pure functions, callable from any thread.
#pragma once

#include <cstddef>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"

namespace parley::crypto {

using Sha256Digest = ByteArray<32>;
using Sha512Digest = ByteArray<64>;

Sha256Digest sha256(ByteView data);
Sha512Digest sha512(ByteView data);

// SHA-256 over pieces, for data that does not lie in one buffer.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  Sha256& update(ByteView data);
  // Ends the computation; call once.
  Sha256Digest finish();

 private:
  // Large enough for any backend's state; checked where it is used.
  alignas(16) ByteArray<128> state_;
};

// RFC 2104 with SHA-256; any key length.
Sha256Digest hmac_sha256(ByteView key, ByteView data);
// The same over several pieces, as if they were joined.
Sha256Digest hmac_sha256(ByteView key, std::span<const ByteView> pieces);

// RFC 5869 with SHA-256. An empty salt means 32 zero bytes, as the RFC says.
// `size` at most 8160 bytes.
SecretBuffer hkdf_sha256(ByteView input_key, ByteView salt, ByteView info, std::size_t size);

// FIPS 202.
Sha256Digest sha3_256(ByteView data);
Sha512Digest sha3_512(ByteView data);
void shake256(ByteView data, MutableByteView out);

// Compares without revealing where the difference is. Lengths are public.
bool constant_time_equal(ByteView a, ByteView b);

}  // namespace parley::crypto
