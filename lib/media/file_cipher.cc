#include "lib/media/file_cipher.h"

#include <algorithm>
#include <bit>

#include "lib/crypto/cipher.h"

namespace parley::media {
namespace {

constexpr std::uint64_t kSmallest = 1024;

unsigned floor_log2(std::uint64_t value) {
  return static_cast<unsigned>(std::bit_width(value)) - 1;
}

bool is_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

// Cuts the padding off what came out of the AEAD.
Result<SecretBuffer> without_padding(SecretBuffer plain, std::size_t file_bytes) {
  if (plain.size() < file_bytes || !is_zero(plain.view().subspan(file_bytes))) {
    return fail(ErrorCode::malformed, "the padding is not zero");
  }
  plain.truncate(file_bytes);
  return plain;
}

}  // namespace

std::uint64_t padded_size(std::uint64_t size) {
  if (size <= kSmallest) return kSmallest;
  const unsigned exponent = floor_log2(size);
  const unsigned zero_bits = exponent - floor_log2(exponent) - 1;
  const std::uint64_t mask = (std::uint64_t{1} << zero_bits) - 1;
  return (size + mask) & ~mask;
}

std::uint64_t sealed_size(std::uint64_t size) {
  const std::uint64_t padded = padded_size(size);
  return padded + (padded + kChunkBytes - 1) / kChunkBytes * kTagBytes;
}

Result<FileCipher> FileCipher::make(ByteView key, ByteView nonce, ByteView aad,
                                    std::uint64_t size) {
  if (key.size() != kKeyBytes || nonce.size() != kNonceBytes) {
    return fail(ErrorCode::invalid_argument, "a file's key or nonce has another length");
  }
  if (size > kMaxFileBytes) return fail(ErrorCode::too_large, "a file is at most 2 GiB");
  return FileCipher(SecretBuffer(key), nonce, aad, size);
}

FileCipher::FileCipher(SecretBuffer key, ByteView nonce, ByteView aad, std::uint64_t size)
    : key_(std::move(key)), aad_(to_bytes(aad)), size_(size), padded_(padded_size(size)) {
  std::copy(nonce.begin(), nonce.end(), nonce_.begin());
}

std::uint32_t FileCipher::chunk_count() const {
  return static_cast<std::uint32_t>((padded_ + kChunkBytes - 1) / kChunkBytes);
}

std::size_t FileCipher::plain_bytes(std::uint32_t index) const {
  const std::uint64_t start = index * kChunkBytes;
  return start >= padded_ ? 0 : static_cast<std::size_t>(std::min(kChunkBytes, padded_ - start));
}

std::size_t FileCipher::file_bytes(std::uint32_t index) const {
  const std::uint64_t start = index * kChunkBytes;
  return start >= size_ ? 0 : static_cast<std::size_t>(std::min(kChunkBytes, size_ - start));
}

std::size_t FileCipher::sealed_bytes(std::uint32_t index) const {
  return plain_bytes(index) + kTagBytes;
}

ByteArray<12> FileCipher::nonce_of(std::uint32_t index) const {
  ByteArray<12> nonce{};
  std::copy(nonce_.begin(), nonce_.end(), nonce.begin());
  for (std::size_t i = 0; i < 4; ++i) {
    nonce[kNonceBytes + i] = static_cast<std::uint8_t>(index >> (24 - 8 * i));
  }
  nonce[11] = index + 1 == chunk_count() ? 1 : 0;
  return nonce;
}

Result<Bytes> FileCipher::seal(std::uint32_t index, ByteView file) const {
  if (index >= chunk_count() || file.size() != file_bytes(index)) {
    return fail(ErrorCode::invalid_argument, "not the chunk's bytes");
  }
  SecretBuffer plain(plain_bytes(index));
  std::copy(file.begin(), file.end(), plain.mutable_view().begin());
  return crypto::aes_gcm_encrypt(key_.view(), nonce_of(index), aad_, plain.view());
}

Result<SecretBuffer> FileCipher::open(std::uint32_t index, ByteView sealed) const {
  if (index >= chunk_count() || sealed.size() != sealed_bytes(index)) {
    return fail(ErrorCode::malformed, "a chunk has another length");
  }
  auto plain = crypto::aes_gcm_decrypt(key_.view(), nonce_of(index), aad_, sealed);
  if (!plain) return fail(ErrorCode::malformed, "a chunk's tag does not fit");
  return without_padding(*std::move(plain), file_bytes(index));
}

Result<SecretBuffer> open_one_piece(ByteView key, ByteView nonce, ByteView aad, std::uint64_t size,
                                    ByteView sealed) {
  if (key.size() != 16 || nonce.size() != 12) {
    return fail(ErrorCode::invalid_argument, "a file's key or nonce has another length");
  }
  if (size > kMaxOnePieceBytes || sealed.size() > kMaxOnePieceBytes + kTagBytes) {
    return fail(ErrorCode::too_large, "a file in one piece is at most 64 MiB");
  }
  auto plain = crypto::aes_gcm_decrypt(key, nonce, aad, sealed);
  if (!plain) return fail(ErrorCode::malformed, "the tag does not fit");
  return without_padding(*std::move(plain), static_cast<std::size_t>(size));
}

}  // namespace parley::media
