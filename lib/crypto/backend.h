// The part of lib/crypto that differs between platforms. native/ implements it on
// OpenSSL, wasm/ on BearSSL and libsodium's sources. For use inside lib/crypto.
#pragma once

#include "lib/base/bytes.h"

namespace parley::crypto::backend {

// SHA-256 in memory of the caller's, who wipes it. Either library's state fits.
using Sha256Memory = ByteArray<128>;
void sha256_begin(Sha256Memory& state);
void sha256_update(Sha256Memory& state, ByteView data);
void sha256_finish(Sha256Memory& state, std::span<std::uint8_t, 32> digest);

// AES-CBC without padding. `data` is a multiple of 16 bytes, worked on in place.
void aes256_cbc_encrypt_blocks(ByteView key32, ByteView iv16, MutableByteView data);
void aes256_cbc_decrypt_blocks(ByteView key32, ByteView iv16, MutableByteView data);

// AES-GCM in place; key of 16 or 32 bytes.
void aes_gcm_encrypt(ByteView key, ByteView nonce12, ByteView aad, MutableByteView data,
                     std::span<std::uint8_t, 16> tag);
// False where the tag does not fit; `data` is then unspecified.
[[nodiscard]] bool aes_gcm_decrypt(ByteView key, ByteView nonce12, ByteView aad,
                                   MutableByteView data, std::span<const std::uint8_t, 16> tag);

// The y-coordinate on the Edwards curve of a Montgomery u-coordinate:
// y = (u - 1) / (u + 1) mod 2^255 - 19, little-endian; the top bit of `u` is
// ignored. False for u = -1, which has none. For public values: not constant-time.
[[nodiscard]] bool edwards_y_from_montgomery_u(std::span<const std::uint8_t, 32> u,
                                               std::span<std::uint8_t, 32> y);

}  // namespace parley::crypto::backend
