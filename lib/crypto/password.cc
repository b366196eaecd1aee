#include "lib/crypto/password.h"

#include <array>
#include <cstring>

#include "lib/base/encoding.h"
#include "lib/crypto/sodium.h"

namespace parley::crypto {

namespace {

constexpr std::size_t kHashBytes = 32;

std::string unpadded_base64(ByteView bytes) {
  std::string text = base64_encode(bytes);
  text.resize(text.find_last_not_of('=') + 1);
  return text;
}

// ErrorCode::overloaded where there is not enough memory.
Status argon2id(std::string_view password, ByteView salt16, PasswordCost cost,
                std::span<std::uint8_t, kHashBytes> out) {
  ensure_sodium();
  if (crypto_pwhash(out.data(), out.size(), password.data(), password.size(), salt16.data(),
                    cost.operations, cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(ErrorCode::overloaded, "not enough memory for Argon2id");
  }
  return {};
}

}  // namespace

// Encoded here rather than by libsodium, which would draw the salt itself.
Result<std::string> hash_password(std::string_view password, PasswordCost cost,
                                  RandomSource& random) {
  const auto salt = random.array<crypto_pwhash_SALTBYTES>();
  Secret<kHashBytes> hash;
  PARLEY_CHECK(argon2id(password, salt, cost, hash.mutable_view()));
  return "$argon2id$v=19$m=" + std::to_string(cost.memory_bytes / 1024) +
         ",t=" + std::to_string(cost.operations) + ",p=1$" + unpadded_base64(salt) + "$" +
         unpadded_base64(hash.view());
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
  if (salt16.size() != crypto_pwhash_SALTBYTES) {
    return fail(ErrorCode::malformed, "salt is not 16 bytes");
  }
  Secret<32> key;
  PARLEY_CHECK(argon2id(passphrase, salt16, cost, key.mutable_view()));
  return key;
}

}  // namespace parley::crypto
