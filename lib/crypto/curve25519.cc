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

// 2^252 + 27742317777372353535851937790883648493, little-endian.
constexpr ByteArray<32> kGroupOrder = {
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
// The encoded Edwards point (0, 1).
constexpr ByteArray<32> kIdentity = {1};

// Compares with 2^255 - 19.
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
  ensure_sodium();
  if (!below_field_order(key.bytes)) return false;
  ByteArray<32> point;
  if (!backend::edwards_y_from_montgomery_u(key.bytes, point)) return false;
  // Either sign of x will do: a point and its negative have the same order. The
  // multiplication itself shows whether the order divides the group's prime order:
  // crypto_core_ed25519_is_valid_point alone accepted points of twice that order
  // before libsodium 1.0.21 (CVE-2025-69277).
  ByteArray<32> product{};  // stays zero, which encodes no point, where `point` is refused
  [[maybe_unused]] const int refused_or_identity =
      crypto_scalarmult_ed25519_noclamp(product.data(), kGroupOrder.data(), point.data());
  return product == kIdentity;
}

}  // namespace parley::crypto
