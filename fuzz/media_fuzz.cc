// A received file's bytes and what its message names: key, nonce, size. Properties: opening
// ends without a crash and gives as many bytes as were named; what is sealed opens to the
// same bytes, in any order, and not with a bit changed; sizes never overflow.
//
// Input: 1 byte (odd: in one piece), key 32, nonce 7, size 4 (big-endian), ciphertext.
#include <algorithm>

#include "fuzz/check.h"
#include "lib/media/file_cipher.h"

namespace {

using namespace parley;  // NOLINT: a fuzz target

constexpr std::size_t kHead = 1 + media::kKeyBytes + media::kNonceBytes + 4;
constexpr std::size_t kOnePieceKey = 16;
constexpr std::size_t kOnePieceNonce = 12;

std::uint64_t number(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

void check_sizes(std::uint64_t size) {
  if (size > media::kMaxFileBytes) return;
  const std::uint64_t padded = media::padded_size(size);
  PARLEY_FUZZ_CHECK(padded >= size && padded >= 1024);
  // Padmé adds less than an eighth.
  PARLEY_FUZZ_CHECK(padded <= std::max<std::uint64_t>(1024, size + size / 8));
  PARLEY_FUZZ_CHECK(media::padded_size(padded) == padded);
  PARLEY_FUZZ_CHECK(media::sealed_size(size) > padded);
}

void check_one_piece(ByteView key, std::uint64_t size, ByteView sealed) {
  const auto plain =
      media::open_one_piece(key.first(kOnePieceKey), key.last(kOnePieceNonce), {}, size, sealed);
  if (plain) PARLEY_FUZZ_CHECK(plain->size() == size);
}

void check_opening(const media::FileCipher& cipher, ByteView sealed) {
  for (std::uint32_t index = 0; index < cipher.chunk_count() && !sealed.empty(); ++index) {
    const ByteView chunk = sealed.first(std::min(sealed.size(), cipher.sealed_bytes(index)));
    const auto plain = cipher.open(index, chunk);
    if (plain) {
      PARLEY_FUZZ_CHECK(plain->size() == cipher.file_bytes(index));
      const auto again = cipher.seal(index, plain->view());
      PARLEY_FUZZ_CHECK(again && equal(*again, chunk));
    }
    sealed = sealed.subspan(chunk.size());
  }
}

void check_round_trip(ByteView key, ByteView nonce, ByteView file) {
  const auto cipher = media::FileCipher::make(key, nonce, {}, file.size());
  PARLEY_FUZZ_CHECK(cipher && cipher->chunk_count() == 1);
  auto sealed = cipher->seal(0, file);
  PARLEY_FUZZ_CHECK(sealed && sealed->size() == media::sealed_size(file.size()));
  const auto opened = cipher->open(0, *sealed);
  PARLEY_FUZZ_CHECK(opened && equal(opened->view(), file));
  (*sealed)[file.size() / 2] ^= 1;
  PARLEY_FUZZ_CHECK(!cipher->open(0, *sealed));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView input(data, size);
  if (input.size() < kHead) return 0;
  const ByteView key = input.subspan(1, media::kKeyBytes);
  const ByteView nonce = input.subspan(1 + media::kKeyBytes, media::kNonceBytes);
  const std::uint64_t named = number(input.subspan(kHead - 4, 4));
  const ByteView sealed = input.subspan(kHead);
  check_sizes(named);
  if (input[0] % 2 != 0) {
    check_one_piece(key, named, sealed);
  } else {
    const auto cipher = media::FileCipher::make(key, nonce, {}, named);
    PARLEY_FUZZ_CHECK(cipher.has_value() == (named <= media::kMaxFileBytes));
    if (cipher) check_opening(*cipher, sealed);
  }
  check_round_trip(key, nonce,
                   sealed.first(std::min(sealed.size(), std::size_t{media::kChunkBytes} / 2)));
  return 0;
}
