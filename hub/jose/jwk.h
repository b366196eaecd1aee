// A service's public keys as it publishes them (RFC 7517, JSON Web Key Set): which may check
// a token, and by which algorithm. The key says what algorithm it is for, never the token:
//
//   kty RSA, 2048 to 4096 bits    RS256
//   kty EC, crv P-256             ES256
//   kty OKP, crv Ed25519          EdDSA (RFC 8037)
//
// Everything else in a set is left out with the reason remembered, so that a set may hold
// keys for other purposes and a service's engineer learns why one does not work.
//
// Plain values; free functions; any thread; nothing throws.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"

namespace parley::jose {

// A set has a few keys of at most some hundred bytes each.
inline constexpr std::size_t kMaxSetBytes = 64 * 1024;
inline constexpr std::size_t kMaxKeys = 32;
inline constexpr std::size_t kMaxKeyIdBytes = 256;
inline constexpr std::size_t kMinRsaBits = 2048;
// Larger ones only make the hub work.
inline constexpr std::size_t kMaxRsaBits = 4096;

enum class KeyType : std::uint8_t { rsa, ec_p256, ed25519 };

struct PublicJwk {
  std::string id;  // kid
  KeyType type = KeyType::rsa;
  // RSA: n and e, big-endian without leading zeros. EC: x and y, 32 bytes each.
  // OKP: x, 32 bytes.
  Bytes first;
  Bytes second;

  // "RS256", "ES256", "EdDSA"
  std::string_view algorithm() const;
  // RFC 7638, base64url without padding.
  std::string thumbprint() const;
};

class KeySet {
 public:
  // ErrorCode::bad_token where the text is no set at all, or over a limit.
  static Result<KeySet> parse(std::string_view text);

  // Null: no such key, or one that cannot be used; why_not() tells.
  const PublicJwk* find(std::string_view id) const;
  // Empty where the set says nothing about this id.
  std::string why_not(std::string_view id) const;
  std::size_t size() const { return keys_.size(); }

 private:
  struct Unusable {
    std::string id;
    std::string reason;
  };
  void add(PublicJwk key);

  std::vector<PublicJwk> keys_;
  std::vector<Unusable> unusable_;
};

// The RFC 7638 thumbprint of an Ed25519 key as an OKP JWK, as raw SHA-256.
ByteArray<32> ed25519_thumbprint(const ByteArray<32>& public_key);

}  // namespace parley::jose
