// Key encapsulation: Kyber-1024 as submitted to round 3 (what libsignal's PQXDH
// speaks) and ML-KEM-768/-1024 of FIPS 203. All three run on PQClean's portable C.
// On the wire keys and ciphertexts carry a type byte in front. Constant time in
// secrets; decapsulation never fails on a well-sized ciphertext (implicit
// rejection). Callable from any thread.
//
// The trap between them: round 3 hashes the randomness before use and derives the
// shared secret as SHAKE256(K-bar || H(ct)); FIPS 203 does neither.
#pragma once

#include "lib/base/bytes.h"
#include "lib/base/random.h"
#include "lib/base/result.h"
#include "lib/base/secret.h"

namespace parley::crypto {

inline constexpr std::uint8_t kKyber1024Type = 0x08;
inline constexpr std::uint8_t kMlKem1024Type = 0x0a;

enum class Kem { kyber1024_round3, ml_kem_768, ml_kem_1024 };

struct KemSizes {
  std::size_t public_key, secret_key, ciphertext;  // bytes, without a type byte
};
KemSizes kem_sizes(Kem kem);
inline constexpr std::size_t kKemSharedSecretBytes = 32;

struct KemKeyPair {
  Bytes public_key;         // raw, without a type byte
  SecretBuffer secret_key;  // raw
};

struct KemEncapsulation {
  Bytes ciphertext;  // raw
  Secret<32> shared_secret;
};

KemKeyPair kem_generate(Kem kem, RandomSource& random);
// From the 64 bytes d || z, for known-answer tests and stored seeds.
KemKeyPair kem_from_seed(Kem kem, const Secret<64>& seed);
// ErrorCode::invalid_key for a wrong size or (ML-KEM) a key that fails the modulus check.
Result<KemEncapsulation> kem_encapsulate(Kem kem, ByteView public_key, RandomSource& random);
// Derandomised: `m` is the 32 bytes the scheme draws.
Result<KemEncapsulation> kem_encapsulate_with(Kem kem, ByteView public_key, const Secret<32>& m);
// ErrorCode::invalid_key for wrong sizes; a wrong ciphertext gives an unrelated secret.
Result<Secret<32>> kem_decapsulate(Kem kem, const SecretBuffer& secret_key, ByteView ciphertext);

}  // namespace parley::crypto
