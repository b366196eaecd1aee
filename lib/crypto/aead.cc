#include <algorithm>
#include <cassert>

#include "lib/crypto/backend.h"
#include "lib/crypto/cipher.h"
#include "lib/crypto/sodium.h"

namespace parley::crypto {
namespace {

constexpr std::size_t kBlockBytes = 16;
constexpr std::size_t kTagBytes = 16;

}  // namespace

Bytes aes256_cbc_encrypt(ByteView key32, ByteView iv16, ByteView plaintext) {
  assert(key32.size() == 32 && iv16.size() == kBlockBytes);
  const std::size_t padding = kBlockBytes - plaintext.size() % kBlockBytes;
  Bytes data;
  data.reserve(plaintext.size() + padding);
  append(data, plaintext);
  data.insert(data.end(), padding, static_cast<std::uint8_t>(padding));
  backend::aes256_cbc_encrypt_blocks(key32, iv16, data);
  return data;
}

Result<SecretBuffer> aes256_cbc_decrypt(ByteView key32, ByteView iv16, ByteView ciphertext) {
  assert(key32.size() == 32 && iv16.size() == kBlockBytes);
  if (ciphertext.empty() || ciphertext.size() % kBlockBytes != 0) {
    return fail(ErrorCode::decryption_failed, "not a whole number of blocks");
  }
  SecretBuffer data(ciphertext);
  backend::aes256_cbc_decrypt_blocks(key32, iv16, data.mutable_view());
  const ByteView plain = data.view();
  const std::size_t padding = plain.back();
  if (padding == 0 || padding > kBlockBytes) return fail(ErrorCode::decryption_failed, "padding");
  const ByteView tail = plain.last(padding);
  const bool uniform = std::all_of(tail.begin(), tail.end(), [&](auto b) { return b == padding; });
  if (!uniform) return fail(ErrorCode::decryption_failed, "padding");
  data.truncate(plain.size() - padding);
  return data;
}

Bytes aes_gcm_encrypt(ByteView key, ByteView nonce12, ByteView aad, ByteView plaintext) {
  assert((key.size() == 16 || key.size() == 32) && nonce12.size() == 12);
  Bytes sealed(plaintext.size() + kTagBytes);
  std::copy(plaintext.begin(), plaintext.end(), sealed.begin());
  const MutableByteView all(sealed);
  backend::aes_gcm_encrypt(key, nonce12, aad, all.first(plaintext.size()), all.last<kTagBytes>());
  return sealed;
}

Result<SecretBuffer> aes_gcm_decrypt(ByteView key, ByteView nonce12, ByteView aad,
                                     ByteView sealed) {
  assert((key.size() == 16 || key.size() == 32) && nonce12.size() == 12);
  if (sealed.size() < kTagBytes) return fail(ErrorCode::decryption_failed, "shorter than its tag");
  SecretBuffer data(sealed.first(sealed.size() - kTagBytes));
  if (!backend::aes_gcm_decrypt(key, nonce12, aad, data.mutable_view(), sealed.last<kTagBytes>())) {
    return fail(ErrorCode::decryption_failed, "tag");
  }
  return data;
}

Bytes xchacha20_poly1305_encrypt(ByteView key32, ByteView nonce24, ByteView aad,
                                 ByteView plaintext) {
  assert(key32.size() == 32 && nonce24.size() == 24);
  ensure_sodium();
  Bytes sealed(plaintext.size() + kTagBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data(), nullptr, plaintext.data(),
                                             plaintext.size(), aad.data(), aad.size(), nullptr,
                                             nonce24.data(), key32.data());
  return sealed;
}

Result<SecretBuffer> xchacha20_poly1305_decrypt(ByteView key32, ByteView nonce24, ByteView aad,
                                                ByteView sealed) {
  assert(key32.size() == 32 && nonce24.size() == 24);
  ensure_sodium();
  if (sealed.size() < kTagBytes) return fail(ErrorCode::decryption_failed, "shorter than its tag");
  SecretBuffer data(sealed.size() - kTagBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(data.mutable_view().data(), nullptr, nullptr,
                                                 sealed.data(), sealed.size(), aad.data(),
                                                 aad.size(), nonce24.data(), key32.data()) != 0) {
    return fail(ErrorCode::decryption_failed, "tag");
  }
  return data;
}

}  // namespace parley::crypto
