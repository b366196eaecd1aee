// Ed25519 (RFC 8032) as others use it: tokens of services and the devices they enlist. The
// Signal Protocol's own signatures are XEdDSA (curve25519.h). Pure functions, callable from
// any thread.
#pragma once

#include "lib/base/bytes.h"
#include "lib/base/random.h"
#include "lib/base/result.h"
#include "lib/base/secret.h"

namespace parley::crypto {

using Ed25519PublicKey = ByteArray<32>;
using Ed25519Signature = ByteArray<64>;

struct Ed25519KeyPair {
  Ed25519PublicKey public_key{};
  // RFC 8032's private key: the 32 bytes that everything else is derived from.
  Secret<32> seed;

  static Ed25519KeyPair generate(RandomSource& random);
  static Ed25519KeyPair from_seed(Secret<32> seed);
};

Ed25519Signature sign_ed25519(const Ed25519KeyPair& key, ByteView message);

// A point of the main group in its one form: what a key pair can have.
bool is_valid_key(const Ed25519PublicKey& key);

// ErrorCode::bad_signature; also for keys of small order and for an s that is not reduced
// (both would let one signature stand for several messages or forms).
Status verify_ed25519(const Ed25519PublicKey& key, ByteView message, ByteView signature);

}  // namespace parley::crypto
