// AES by OpenSSL, which uses the processor's AES instructions. One context for
// each thread and mode: setting a key is cheap, allocating a context is not.
#include <openssl/evp.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <memory>

#include "lib/crypto/backend.h"

namespace parley::crypto::backend {
namespace {

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Free>;

// Algorithms are looked up once; a look-up costs more than encrypting a message.
const EVP_CIPHER* fetch(const char* name) {
  const EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
  if (cipher == nullptr) std::abort();
  return cipher;
}

EVP_CIPHER_CTX* thread_context() {
  thread_local const Context context(EVP_CIPHER_CTX_new());
  if (context == nullptr) std::abort();
  return context.get();
}

// Our arguments are checked by the caller: a failure is a defect or lack of memory.
void must(int ok) {
  if (ok != 1) std::abort();
}

// OpenSSL counts in int: feeds long data in pieces, whole blocks each.
void update(EVP_CIPHER_CTX* context, MutableByteView data) {
  constexpr std::size_t kPieceBytes = std::size_t{1} << 30;
  while (!data.empty()) {
    const std::size_t take = std::min(kPieceBytes, data.size());
    int written = 0;
    must(EVP_CipherUpdate(context, data.data(), &written, data.data(), static_cast<int>(take)));
    data = data.subspan(take);
  }
}

// Keys do not outlive the call.
struct Session {
  EVP_CIPHER_CTX* context = thread_context();
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { EVP_CIPHER_CTX_reset(context); }
};

void cbc(bool encrypt, ByteView key, ByteView iv, MutableByteView data) {
  static const EVP_CIPHER* cipher = fetch("AES-256-CBC");
  assert(data.size() % 16 == 0);
  const Session session;
  must(
      EVP_CipherInit_ex2(session.context, cipher, key.data(), iv.data(), encrypt ? 1 : 0, nullptr));
  must(EVP_CIPHER_CTX_set_padding(session.context, 0));
  update(session.context, data);
}

void gcm_begin(const Session& session, bool encrypt, ByteView key, ByteView nonce, ByteView aad,
               MutableByteView data) {
  static const EVP_CIPHER* gcm128 = fetch("AES-128-GCM");
  static const EVP_CIPHER* gcm256 = fetch("AES-256-GCM");
  int written = 0;
  must(EVP_CipherInit_ex2(session.context, key.size() == 16 ? gcm128 : gcm256, key.data(),
                          nonce.data(), encrypt ? 1 : 0, nullptr));
  if (!aad.empty()) {
    must(EVP_CipherUpdate(session.context, nullptr, &written, aad.data(),
                          static_cast<int>(aad.size())));
  }
  update(session.context, data);
}

}  // namespace

void aes256_cbc_encrypt_blocks(ByteView key32, ByteView iv16, MutableByteView data) {
  cbc(true, key32, iv16, data);
}

void aes256_cbc_decrypt_blocks(ByteView key32, ByteView iv16, MutableByteView data) {
  cbc(false, key32, iv16, data);
}

void aes_gcm_encrypt(ByteView key, ByteView nonce12, ByteView aad, MutableByteView data,
                     std::span<std::uint8_t, 16> tag) {
  const Session session;
  gcm_begin(session, true, key, nonce12, aad, data);
  int written = 0;
  must(EVP_CipherFinal_ex(session.context, tag.data(), &written));
  must(EVP_CIPHER_CTX_ctrl(session.context, EVP_CTRL_AEAD_GET_TAG, 16, tag.data()));
}

bool aes_gcm_decrypt(ByteView key, ByteView nonce12, ByteView aad, MutableByteView data,
                     std::span<const std::uint8_t, 16> tag) {
  const Session session;
  gcm_begin(session, false, key, nonce12, aad, data);
  ByteArray<16> expected;
  std::copy(tag.begin(), tag.end(), expected.begin());
  must(EVP_CIPHER_CTX_ctrl(session.context, EVP_CTRL_AEAD_SET_TAG, 16, expected.data()));
  int written = 0;
  ByteArray<16> nothing;
  return EVP_CipherFinal_ex(session.context, nothing.data(), &written) == 1;
}

}  // namespace parley::crypto::backend
