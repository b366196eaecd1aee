// A file's bytes between two devices: padded, cut into chunks, encrypted, and checked on
// arrival (docs/protocol/media.md#2). One chunk at a time, in any order, so that memory
// stays bounded by a chunk and a broken transfer goes on where it ended.
//
// A chunk's nonce follows from its place: whoever seals must never seal two different
// files, or two versions of one, under the same key and nonce. The caller makes sure of it
// (client/runtime/file_digest.h).
//
// Pure values, no I/O; the same code runs in a browser. Errors: invalid_argument and
// too_large for what the caller or the sender named; malformed for bytes that are not
// what was sent.
#pragma once

#include <cstdint>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/base/secret.h"

namespace parley::media {

inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{2} * 1024 * 1024 * 1024;
inline constexpr std::uint64_t kChunkBytes = 1024 * 1024;
inline constexpr std::uint64_t kTagBytes = 16;
inline constexpr std::uint64_t kSealedChunkBytes = kChunkBytes + kTagBytes;
// Of encAlg 1, which is decrypted in one piece: what is accepted from others.
inline constexpr std::uint64_t kMaxOnePieceBytes = 64 * 1024 * 1024;
inline constexpr std::size_t kKeyBytes = 32;
inline constexpr std::size_t kNonceBytes = 7;

// What a file of `size` bytes is filled up to: Padmé, at least 1,024 bytes.
std::uint64_t padded_size(std::uint64_t size);
// Bytes of ciphertext for a file of `size` bytes (encAlg 0xFF01).
std::uint64_t sealed_size(std::uint64_t size);

class FileCipher {
 public:
  // Key 32 bytes, nonce 7 bytes; `size` is the file's, before padding.
  static Result<FileCipher> make(ByteView key, ByteView nonce, ByteView aad, std::uint64_t size);

  std::uint64_t size() const { return size_; }
  std::uint32_t chunk_count() const;
  // Of chunk `index`: how many bytes of the file it holds (0: only padding), and how many
  // bytes of ciphertext it is.
  std::size_t file_bytes(std::uint32_t index) const;
  std::size_t sealed_bytes(std::uint32_t index) const;

  // `file` is exactly the chunk's bytes of the file.
  Result<Bytes> seal(std::uint32_t index, ByteView file) const;
  // The chunk's bytes of the file; the padding is checked and gone.
  Result<SecretBuffer> open(std::uint32_t index, ByteView sealed) const;

 private:
  FileCipher(SecretBuffer key, ByteView nonce, ByteView aad, std::uint64_t size);
  std::size_t plain_bytes(std::uint32_t index) const;
  ByteArray<12> nonce_of(std::uint32_t index) const;

  SecretBuffer key_;
  ByteArray<kNonceBytes> nonce_{};
  Bytes aad_;
  std::uint64_t size_;
  std::uint64_t padded_;
};

// encAlg 1: AES-128-GCM over the whole file, with or without padding. Key 16 bytes, nonce 12.
Result<SecretBuffer> open_one_piece(ByteView key, ByteView nonce, ByteView aad, std::uint64_t size,
                                    ByteView sealed);

}  // namespace parley::media
