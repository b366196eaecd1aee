// Passwords: hashing for the hub's accounts, and keys from passphrases for
// encrypted exports. Argon2id (RFC 9106) by libsodium. Slow and memory-hungry on
// purpose: the caller bounds how many run at a time.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/random.h"
#include "lib/base/result.h"
#include "lib/base/secret.h"

namespace parley::crypto {

struct PasswordCost {
  std::uint64_t operations;
  std::uint64_t memory_bytes;
};
inline constexpr PasswordCost kInteractiveCost{2, 64ull * 1024 * 1024};
inline constexpr PasswordCost kBackupCost{3, 256ull * 1024 * 1024};

// The encoded form ("$argon2id$v=19$..."), which carries salt and cost.
Result<std::string> hash_password(std::string_view password, PasswordCost cost,
                                  RandomSource& random);
bool verify_password(std::string_view encoded, std::string_view password);

// A 32-byte key from a passphrase; salt 16 bytes.
Result<Secret<32>> key_from_passphrase(std::string_view passphrase, ByteView salt16,
                                       PasswordCost cost);

}  // namespace parley::crypto
