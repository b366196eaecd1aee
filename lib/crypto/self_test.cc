#include "lib/crypto/self_test.h"

#include "lib/base/encoding.h"
#include "lib/crypto/cipher.h"
#include "lib/crypto/curve25519.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/kem.h"
#include "lib/crypto/password.h"
#include "lib/crypto/system_random.h"

namespace parley::crypto {
namespace {

// Lengths around the block sizes of the hashes and ciphers.
constexpr std::size_t kLengths[] = {0, 1, 15, 16, 17, 55, 56, 63, 64, 65, 127, 128, 135, 136, 500};

class Transcript {
 public:
  void add(ByteView bytes) { hash_.update(bytes); }
  void add(bool flag) { hash_.update(ByteArray<1>{static_cast<std::uint8_t>(flag ? 1 : 0)}); }
  void add(const Result<SecretBuffer>& result) {
    add(result.has_value());
    if (result) add(result->view());
  }
  void add(const Result<Secret<32>>& result) {
    add(result.has_value());
    if (result) add(result->view());
  }
  std::string finish() { return hex_encode(hash_.finish()); }

 private:
  Sha256 hash_;
};

Bytes draw(RandomSource& random, std::size_t size) {
  Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

void add_hashes(Transcript& transcript, RandomSource& random) {
  for (const std::size_t size : kLengths) {
    const Bytes data = draw(random, size);
    const Bytes key = draw(random, size);
    transcript.add(sha256(data));
    transcript.add(sha512(data));
    transcript.add(hmac_sha256(key, data));
    transcript.add(hkdf_sha256(data, key, as_bytes("info"), 80).view());
    transcript.add(sha3_256(data));
    transcript.add(sha3_512(data));
    Bytes squeezed(size + 1);
    shake256(data, squeezed);
    transcript.add(squeezed);
  }
}

void add_ciphers(Transcript& transcript, RandomSource& random) {
  for (const std::size_t size : kLengths) {
    const Bytes key = draw(random, 32), nonce = draw(random, 24), data = draw(random, size);
    const ByteView key16 = ByteView(key).first(16), nonce12 = ByteView(nonce).first(12);
    const ByteView iv = ByteView(nonce).first(16);

    const Bytes cbc = aes256_cbc_encrypt(key, iv, data);
    transcript.add(cbc);
    transcript.add(aes256_cbc_decrypt(key, iv, cbc));
    transcript.add(aes256_cbc_decrypt(key, iv, data));

    for (const ByteView gcm_key : {ByteView(key), key16}) {
      Bytes gcm = aes_gcm_encrypt(gcm_key, nonce12, iv, data);
      transcript.add(gcm);
      transcript.add(aes_gcm_decrypt(gcm_key, nonce12, iv, gcm));
      gcm.front() ^= 1;
      transcript.add(aes_gcm_decrypt(gcm_key, nonce12, iv, gcm));
    }
    Bytes xchacha = xchacha20_poly1305_encrypt(key, nonce, iv, data);
    transcript.add(xchacha);
    transcript.add(xchacha20_poly1305_decrypt(key, nonce, iv, xchacha));
    xchacha.back() ^= 1;
    transcript.add(xchacha20_poly1305_decrypt(key, nonce, iv, xchacha));
  }
}

void add_curve(Transcript& transcript, RandomSource& random) {
  KeyPair previous = KeyPair::generate(random);
  for (const std::size_t size : kLengths) {
    KeyPair pair = KeyPair::generate(random);
    transcript.add(pair.public_key.serialize());
    transcript.add(agree(pair.private_key, previous.public_key));
    transcript.add(is_canonical_and_torsion_free(pair.public_key));
    // Half of all numbers are points of the curve, an eighth of those torsion-free.
    const PublicKey any{random.array<32>()};
    transcript.add(is_canonical_and_torsion_free(any));
    transcript.add(agree(pair.private_key, any));

    const Bytes message = draw(random, size);
    Signature signature = sign(pair.private_key, message, random);
    transcript.add(signature);
    transcript.add(verify(pair.public_key, message, signature).has_value());
    signature[size % signature.size()] ^= 1;
    transcript.add(verify(pair.public_key, message, signature).has_value());
    transcript.add(verify(any, message, signature).has_value());
    previous = std::move(pair);
  }
  transcript.add(agree(previous.private_key, PublicKey{}));
}

void add_kems(Transcript& transcript, RandomSource& random) {
  for (const Kem kem : {Kem::kyber1024_round3, Kem::ml_kem_768, Kem::ml_kem_1024}) {
    const KemKeyPair pair = kem_generate(kem, random);
    transcript.add(pair.public_key);
    transcript.add(pair.secret_key.view());
    auto sent = kem_encapsulate(kem, pair.public_key, random);
    transcript.add(sent.has_value());
    if (!sent) continue;
    transcript.add(sent->ciphertext);
    transcript.add(sent->shared_secret.view());
    transcript.add(kem_decapsulate(kem, pair.secret_key, sent->ciphertext));
    sent->ciphertext[7] ^= 1;
    transcript.add(kem_decapsulate(kem, pair.secret_key, sent->ciphertext));
  }
}

void add_passwords(Transcript& transcript, RandomSource& random) {
  constexpr PasswordCost kCheap{2, 256 * 1024};
  const auto encoded = hash_password("password", kCheap, random);
  transcript.add(encoded.has_value());
  if (!encoded) return;
  transcript.add(as_bytes(*encoded));
  transcript.add(verify_password(*encoded, "password"));
  transcript.add(verify_password(*encoded, "passwore"));
  transcript.add(key_from_passphrase("passphrase", random.array<16>(), kCheap));
}

}  // namespace

std::string self_test_digest() {
  SeededRandom random(20261123);
  Transcript transcript;
  add_hashes(transcript, random);
  add_ciphers(transcript, random);
  add_curve(transcript, random);
  add_kems(transcript, random);
  add_passwords(transcript, random);
  return transcript.finish();
}

}  // namespace parley::crypto
