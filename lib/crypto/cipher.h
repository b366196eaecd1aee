// Symmetric encryption: AES-256-CBC with PKCS#7 (the Signal Protocol's), AES-GCM
// (attachments, OMEMO) and XChaCha20-Poly1305 (everything of Parley's own that is
// encrypted at rest). Pure functions, callable from any thread.
#pragma once

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/base/secret.h"

namespace parley::crypto {

Bytes aes256_cbc_encrypt(ByteView key32, ByteView iv16, ByteView plaintext);
// ErrorCode::decryption_failed for a bad length or padding. Call it only on data
// whose MAC was verified: the padding check is not constant-time in its effect.
Result<SecretBuffer> aes256_cbc_decrypt(ByteView key32, ByteView iv16, ByteView ciphertext);

// Key of 16 or 32 bytes, nonce 12 bytes; the 16-byte tag is appended.
Bytes aes_gcm_encrypt(ByteView key, ByteView nonce12, ByteView aad, ByteView plaintext);
Result<SecretBuffer> aes_gcm_decrypt(ByteView key, ByteView nonce12, ByteView aad, ByteView sealed);

// Key 32 bytes, nonce 24 bytes; the 16-byte tag is appended.
Bytes xchacha20_poly1305_encrypt(ByteView key32, ByteView nonce24, ByteView aad,
                                 ByteView plaintext);
Result<SecretBuffer> xchacha20_poly1305_decrypt(ByteView key32, ByteView nonce24, ByteView aad,
                                                ByteView sealed);

}  // namespace parley::crypto
