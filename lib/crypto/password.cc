#include "lib/crypto/password.h"

#include <array>
#include <cstring>

#include "lib/crypto/sodium.h"

namespace parley::crypto {

Result<std::string> hash_password(std::string_view password, PasswordCost cost,
                                  RandomSource& /*libsodium draws the salt itself*/) {
  ensure_sodium();
  std::array<char, crypto_pwhash_STRBYTES> encoded{};
  if (crypto_pwhash_str_alg(encoded.data(), password.data(), password.size(), cost.operations,
                            cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(ErrorCode::overloaded, "not enough memory to hash a password");
  }
  return std::string(encoded.data());
}

bool verify_password(std::string_view encoded, std::string_view password) {
  ensure_sodium();
  std::array<char, crypto_pwhash_STRBYTES> terminated{};
  if (encoded.size() >= terminated.size()) return false;
  std::memcpy(terminated.data(), encoded.data(), encoded.size());
  return crypto_pwhash_str_verify(terminated.data(), password.data(), password.size()) == 0;
}

Result<Secret<32>> key_from_passphrase(std::string_view passphrase, ByteView salt16,
                                       PasswordCost cost) {
  ensure_sodium();
  if (salt16.size() != crypto_pwhash_SALTBYTES) {
    return fail(ErrorCode::malformed, "salt is not 16 bytes");
  }
  Secret<32> key;
  if (crypto_pwhash(key.mutable_view().data(), key.size(), passphrase.data(), passphrase.size(),
                    salt16.data(), cost.operations, cost.memory_bytes,
                    crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(ErrorCode::overloaded, "not enough memory to derive a key");
  }
  return key;
}

}  // namespace parley::crypto
