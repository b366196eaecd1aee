// AES by BearSSL: its ct64 code is constant-time without AES instructions.
#include <bearssl_aead.h>
#include <bearssl_block.h>
#include <bearssl_hash.h>

#include "lib/base/secret.h"
#include "lib/crypto/backend.h"

namespace parley::crypto::backend {
namespace {

template <typename Keys>
void wipe_keys(Keys& keys) {
  wipe({reinterpret_cast<std::uint8_t*>(&keys), sizeof keys});
}

// Runs GCM over `data` in place and leaves the tag in `tag`.
void gcm(bool encrypt, ByteView key, ByteView nonce, ByteView aad, MutableByteView data,
         std::uint8_t tag[16]) {
  br_aes_ct64_ctr_keys keys;
  br_aes_ct64_ctr_init(&keys, key.data(), key.size());
  br_gcm_context context;
  br_gcm_init(&context, &keys.vtable, &br_ghash_ctmul64);
  br_gcm_reset(&context, nonce.data(), nonce.size());
  br_gcm_aad_inject(&context, aad.data(), aad.size());
  br_gcm_flip(&context);
  br_gcm_run(&context, encrypt ? 1 : 0, data.data(), data.size());
  br_gcm_get_tag(&context, tag);
  wipe_keys(context);
  wipe_keys(keys);
}

}  // namespace

void aes256_cbc_encrypt_blocks(ByteView key32, ByteView iv16, MutableByteView data) {
  br_aes_ct64_cbcenc_keys keys;
  br_aes_ct64_cbcenc_init(&keys, key32.data(), key32.size());
  ByteArray<16> iv;
  std::copy(iv16.begin(), iv16.end(), iv.begin());
  br_aes_ct64_cbcenc_run(&keys, iv.data(), data.data(), data.size());
  wipe_keys(keys);
}

void aes256_cbc_decrypt_blocks(ByteView key32, ByteView iv16, MutableByteView data) {
  br_aes_ct64_cbcdec_keys keys;
  br_aes_ct64_cbcdec_init(&keys, key32.data(), key32.size());
  ByteArray<16> iv;
  std::copy(iv16.begin(), iv16.end(), iv.begin());
  br_aes_ct64_cbcdec_run(&keys, iv.data(), data.data(), data.size());
  wipe_keys(keys);
}

void aes_gcm_encrypt(ByteView key, ByteView nonce12, ByteView aad, MutableByteView data,
                     std::span<std::uint8_t, 16> tag) {
  gcm(true, key, nonce12, aad, data, tag.data());
}

bool aes_gcm_decrypt(ByteView key, ByteView nonce12, ByteView aad, MutableByteView data,
                     std::span<const std::uint8_t, 16> tag) {
  ByteArray<16> computed;
  gcm(false, key, nonce12, aad, data, computed.data());
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < computed.size(); ++i) difference |= computed[i] ^ tag[i];
  return difference == 0;
}

}  // namespace parley::crypto::backend
