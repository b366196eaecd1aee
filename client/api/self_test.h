// Known-answer checks that a build carries with it: whether this binary, on this machine or
// in this browser, computes what every other Parley computes. The answers are the same
// natively and in WebAssembly. Deterministic except for the check of the randomness.
#pragma once

#include <cstdint>

namespace parley::client {

// The numbers are stable: they are what a user reports.
enum class SelfTestFailure : std::uint32_t {
  none = 0,
  randomness = 1,    // two draws are equal
  hashes = 2,        // SHA-256, HMAC, HKDF, SHA-3
  ciphers = 3,       // AES-CBC, AES-GCM, XChaCha20-Poly1305
  agreement = 4,     // X25519
  signatures = 5,    // XEdDSA
  kem = 6,           // Kyber-1024 round 3, ML-KEM
  codec = 7,         // protobuf
  content = 8,       // MIMI content and its ids
  session = 9,       // two devices talk
  fingerprint = 10,  // safety number
};

SelfTestFailure run_self_test();

}  // namespace parley::client
