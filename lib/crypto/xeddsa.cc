// XEdDSA, in libsignal's variation: see curve25519.h.
#include <algorithm>
#include <array>
#include <cstring>

#include "lib/crypto/backend.h"
#include "lib/crypto/curve25519.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/sodium.h"

namespace parley::crypto {
namespace {

constexpr std::uint8_t kSignBit = 0x80;

// SHA-512 over pieces, reduced modulo the group order.
Secret<32> hash_to_scalar(std::initializer_list<ByteView> pieces) {
  crypto_hash_sha512_state state;
  crypto_hash_sha512_init(&state);
  for (const ByteView piece : pieces) crypto_hash_sha512_update(&state, piece.data(), piece.size());
  Secret<64> digest;
  crypto_hash_sha512_final(&state, digest.mutable_view().data());
  sodium_memzero(&state, sizeof state);
  Secret<32> scalar;
  crypto_core_ed25519_scalar_reduce(scalar.mutable_view().data(), digest.view().data());
  return scalar;
}

// The clamped X25519 scalar modulo the group order: the same point, and a form that
// scalar arithmetic takes. Clamps again, so that a key that came from elsewhere signs
// for the public key that agreement shows.
Secret<32> reduce(const PrivateKey& key) {
  Secret<64> wide;
  const auto bytes = wide.mutable_view();
  std::copy(key.view().begin(), key.view().end(), bytes.begin());
  bytes[0] &= 0xf8;
  bytes[31] = static_cast<std::uint8_t>((bytes[31] & 0x7f) | 0x40);
  Secret<32> scalar;
  crypto_core_ed25519_scalar_reduce(scalar.mutable_view().data(), wide.view().data());
  return scalar;
}

ByteArray<32> base_multiple(const Secret<32>& scalar) {
  ByteArray<32> point{};
  // Fails for zero only, which neither a clamped key nor a hash gives.
  [[maybe_unused]] const int failed =
      crypto_scalarmult_ed25519_base_noclamp(point.data(), scalar.view().data());
  return point;
}

// "hash1" of the specification: 2^256 - 2, little-endian, in front.
constexpr ByteArray<32> nonce_prefix() {
  ByteArray<32> prefix{};
  prefix.fill(0xff);
  prefix[0] = 0xfe;
  return prefix;
}

}  // namespace

Signature sign(const PrivateKey& key, ByteView message, RandomSource& random) {
  ensure_sodium();
  static constexpr ByteArray<32> kNoncePrefix = nonce_prefix();
  const Secret<32> a = reduce(key);
  const ByteArray<32> public_point = base_multiple(a);
  const Secret<64> fresh = random.secret<64>();

  const Secret<32> r = hash_to_scalar({kNoncePrefix, key.view(), message, fresh.view()});
  const ByteArray<32> big_r = base_multiple(r);
  const Secret<32> h = hash_to_scalar({big_r, public_point, message});
  Secret<32> product;
  crypto_core_ed25519_scalar_mul(product.mutable_view().data(), h.view().data(), a.view().data());

  Signature signature;
  std::copy(big_r.begin(), big_r.end(), signature.begin());
  crypto_core_ed25519_scalar_add(signature.data() + 32, product.view().data(), r.view().data());
  // s is below 2^253; its top bit is free to carry the sign of the public point.
  signature[63] |= public_point[31] & kSignBit;
  return signature;
}

Status verify(const PublicKey& key, ByteView message, ByteView signature) {
  ensure_sodium();
  if (signature.size() != sizeof(Signature)) return fail(ErrorCode::bad_signature, "length");
  ByteArray<32> point;
  if (!backend::edwards_y_from_montgomery_u(key.bytes, point)) {
    return fail(ErrorCode::bad_signature, "key has no Edwards form");
  }
  point[31] |= signature[63] & kSignBit;
  // libsodium also refuses what libsignal lets pass: keys and R of small order and an
  // s that is not reduced. No honest signer makes those.
  Signature plain;
  std::copy(signature.begin(), signature.end(), plain.begin());
  plain[63] &= static_cast<std::uint8_t>(~kSignBit);
  if (crypto_sign_verify_detached(plain.data(), message.data(), message.size(), point.data()) !=
      0) {
    return fail(ErrorCode::bad_signature, "does not verify");
  }
  return {};
}

}  // namespace parley::crypto
