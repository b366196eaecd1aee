// Curve25519 as the Signal Protocol uses it: X25519 agreement, and XEdDSA
// signatures by the same Montgomery keys. On the wire a public key is a type byte
// 0x05 and 32 bytes. Pure functions, callable from any thread.
//
// Sources: RFC 7748; Signal, "The XEdDSA and VXEdDSA Signature Schemes", in
// libsignal's variation: the Edwards sign bit travels in the top bit of the
// signature's last byte and the private key is not negated.
#pragma once

#include <compare>

#include "lib/base/bytes.h"
#include "lib/base/random.h"
#include "lib/base/result.h"
#include "lib/base/secret.h"

namespace parley::crypto {

inline constexpr std::uint8_t kCurve25519Type = 0x05;

struct PublicKey {
  ByteArray<32> bytes{};

  // 0x05 and the key.
  ByteArray<33> serialize() const;
  // ErrorCode::invalid_key for another type byte or length.
  static Result<PublicKey> parse(ByteView serialized);

  friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
};

using PrivateKey = Secret<32>;  // clamped when it is made

struct KeyPair {
  PublicKey public_key;
  PrivateKey private_key;

  static KeyPair generate(RandomSource& random);
  static KeyPair from_private(PrivateKey private_key);
  KeyPair clone() const { return {public_key, private_key.clone()}; }
};

// ErrorCode::invalid_key where the shared secret would be all zeros.
Result<Secret<32>> agree(const PrivateKey& ours, const PublicKey& theirs);

// What PQXDH's responder asks of the initiator's base key (libsignal). False for a u-coordinate >=
// 2^255 - 19 or with the top bit set, and for points with a component outside the prime-order
// subgroup (also the small-order ones).
bool is_canonical_and_torsion_free(const PublicKey& key);

using Signature = ByteArray<64>;

Signature sign(const PrivateKey& key, ByteView message, RandomSource& random);
// ErrorCode::bad_signature. Stricter than libsignal, which accepts small-order keys and
// an s that is not reduced: here a signature cannot be changed into another valid one.
Status verify(const PublicKey& key, ByteView message, ByteView signature);

}  // namespace parley::crypto
