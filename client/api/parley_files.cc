#include "client/api/parley_files.h"

#include <algorithm>
#include <new>
#include <utility>

#include "lib/crypto/hash.h"
#include "lib/media/file_cipher.h"

#ifdef __wasm__
#define PARLEY_EXPORT(name) __attribute__((export_name(#name)))
#else
#define PARLEY_EXPORT(name) __attribute__((visibility("default")))
#endif

namespace media = parley::media;

struct parley_hash {
  parley::crypto::Sha256 state;
};

struct parley_file_cipher {
  media::FileCipher cipher;
};

namespace {

int32_t number_of(parley::ErrorCode code) { return static_cast<int32_t>(code); }

constexpr std::size_t kOnePieceKeyBytes = 16;
constexpr std::size_t kOnePieceNonceBytes = 12;

}  // namespace

extern "C" {

PARLEY_EXPORT(parley_hash_new) parley_hash* parley_hash_new(void) {
  return new (std::nothrow) parley_hash;
}

PARLEY_EXPORT(parley_hash_update)
void parley_hash_update(parley_hash* hash, const uint8_t* data, size_t size) {
  hash->state.update({data, size});
}

PARLEY_EXPORT(parley_hash_finish) void parley_hash_finish(parley_hash* hash, uint8_t* digest) {
  const auto done = hash->state.finish();
  std::copy(done.begin(), done.end(), digest);
  delete hash;
}

PARLEY_EXPORT(parley_hash_free) void parley_hash_free(parley_hash* hash) { delete hash; }

PARLEY_EXPORT(parley_file_cipher_new)
parley_file_cipher* parley_file_cipher_new(const uint8_t* key, const uint8_t* nonce,
                                           const uint8_t* aad, size_t aad_size, double file_size) {
  if (!(file_size >= 0) || file_size > static_cast<double>(media::kMaxFileBytes)) return nullptr;
  auto made = media::FileCipher::make({key, media::kKeyBytes}, {nonce, media::kNonceBytes},
                                      {aad, aad_size}, static_cast<std::uint64_t>(file_size));
  if (!made) return nullptr;
  return new (std::nothrow) parley_file_cipher{*std::move(made)};
}

PARLEY_EXPORT(parley_file_cipher_chunks)
uint32_t parley_file_cipher_chunks(const parley_file_cipher* cipher) {
  return cipher->cipher.chunk_count();
}

PARLEY_EXPORT(parley_file_cipher_file_bytes)
uint32_t parley_file_cipher_file_bytes(const parley_file_cipher* cipher, uint32_t index) {
  if (index >= cipher->cipher.chunk_count()) return 0;
  return static_cast<uint32_t>(cipher->cipher.file_bytes(index));
}

PARLEY_EXPORT(parley_file_cipher_sealed_bytes)
uint32_t parley_file_cipher_sealed_bytes(const parley_file_cipher* cipher, uint32_t index) {
  if (index >= cipher->cipher.chunk_count()) return 0;
  return static_cast<uint32_t>(cipher->cipher.sealed_bytes(index));
}

PARLEY_EXPORT(parley_file_cipher_seal)
int32_t parley_file_cipher_seal(const parley_file_cipher* cipher, uint32_t index,
                                const uint8_t* file, size_t file_size, uint8_t* sealed) {
  const auto done = cipher->cipher.seal(index, {file, file_size});
  if (!done) return number_of(done.error().code);
  std::copy(done->begin(), done->end(), sealed);
  return 0;
}

PARLEY_EXPORT(parley_file_cipher_open)
int32_t parley_file_cipher_open(const parley_file_cipher* cipher, uint32_t index,
                                const uint8_t* sealed, size_t sealed_size, uint8_t* file) {
  const auto done = cipher->cipher.open(index, {sealed, sealed_size});
  if (!done) return number_of(done.error().code);
  const parley::ByteView opened = done->view();
  std::copy(opened.begin(), opened.end(), file);
  return 0;
}

PARLEY_EXPORT(parley_file_cipher_free) void parley_file_cipher_free(parley_file_cipher* cipher) {
  delete cipher;
}

PARLEY_EXPORT(parley_open_one_piece)
int32_t parley_open_one_piece(const uint8_t* key, const uint8_t* nonce, const uint8_t* aad,
                              size_t aad_size, const uint8_t* sealed, size_t sealed_size,
                              uint8_t* file, size_t file_size) {
  const auto done = media::open_one_piece({key, kOnePieceKeyBytes}, {nonce, kOnePieceNonceBytes},
                                          {aad, aad_size}, file_size, {sealed, sealed_size});
  if (!done) return number_of(done.error().code);
  const parley::ByteView opened = done->view();
  std::copy(opened.begin(), opened.end(), file);
  return 0;
}

}  // extern "C"
