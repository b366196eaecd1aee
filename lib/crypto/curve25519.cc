#include "lib/crypto/curve25519.h"

#include <algorithm>

#include "lib/crypto/backend.h"
#include "lib/crypto/sodium.h"

namespace parley::crypto {
namespace {

void clamp(std::span<std::uint8_t, 32> scalar) {
  scalar[0] &= 0xf8;
  scalar[31] &= 0x7f;
  scalar[31] |= 0x40;
}

// 2^255 - 19, little-endian.
bool below_field_order(const ByteArray<32>& value) {
  ByteArray<32> order;
  order.fill(0xff);
  order[0] = 0xed;
  order[31] = 0x7f;
  return std::lexicographical_compare(value.rbegin(), value.rend(), order.rbegin(), order.rend());
}

}  // namespace

ByteArray<33> PublicKey::serialize() const {
  ByteArray<33> out;
  out[0] = kCurve25519Type;
  std::copy(bytes.begin(), bytes.end(), out.begin() + 1);
  return out;
}

Result<PublicKey> PublicKey::parse(ByteView serialized) {
  if (serialized.size() != 33) return fail(ErrorCode::invalid_key, "public key is not 33 bytes");
  if (serialized[0] != kCurve25519Type) return fail(ErrorCode::invalid_key, "not a Curve25519 key");
  PublicKey key;
  std::copy(serialized.begin() + 1, serialized.end(), key.bytes.begin());
  return key;
}

KeyPair KeyPair::generate(RandomSource& random) { return from_private(random.secret<32>()); }

KeyPair KeyPair::from_private(PrivateKey private_key) {
  ensure_sodium();
  clamp(private_key.mutable_view());
  PublicKey public_key;
  crypto_scalarmult_curve25519_base(public_key.bytes.data(), private_key.view().data());
  return {public_key, std::move(private_key)};
}

Result<Secret<32>> agree(const PrivateKey& ours, const PublicKey& theirs) {
  ensure_sodium();
  Secret<32> shared;
  // libsodium reports an all-zero result, which is what a point of small order gives.
  if (crypto_scalarmult_curve25519(shared.mutable_view().data(), ours.view().data(),
                                   theirs.bytes.data()) != 0) {
    return fail(ErrorCode::invalid_key, "key agreement gave zero");
  }
  return shared;
}

bool is_canonical_and_torsion_free(const PublicKey& key) {
  if (!below_field_order(key.bytes)) return false;
  ByteArray<32> point;
  if (!backend::edwards_y_from_montgomery_u(key.bytes, point)) return false;
  // Either sign of x will do: a point and its negative have the same order. Rejects
  // points on the twist, of small order, and outside the prime-order subgroup.
  return crypto_core_ed25519_is_valid_point(point.data()) == 1;
}

}  // namespace parley::crypto
