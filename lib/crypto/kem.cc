#include "lib/crypto/kem.h"

#include <array>
#include <cstdlib>

#include "lib/crypto/hash.h"
#include "lib/crypto/kyber1024_round3.h"

// PQClean's functions with explicit randomness. Declared here because the headers that
// declare them define the same macros for both parameter sets, with other values.
extern "C" {
int PQCLEAN_MLKEM768_CLEAN_crypto_kem_keypair_derand(uint8_t*, uint8_t*, const uint8_t*);
int PQCLEAN_MLKEM768_CLEAN_crypto_kem_enc_derand(uint8_t*, uint8_t*, const uint8_t*,
                                                 const uint8_t*);
int PQCLEAN_MLKEM768_CLEAN_crypto_kem_dec(uint8_t*, const uint8_t*, const uint8_t*);
int PQCLEAN_MLKEM1024_CLEAN_crypto_kem_keypair_derand(uint8_t*, uint8_t*, const uint8_t*);
int PQCLEAN_MLKEM1024_CLEAN_crypto_kem_enc_derand(uint8_t*, uint8_t*, const uint8_t*,
                                                  const uint8_t*);
int PQCLEAN_MLKEM1024_CLEAN_crypto_kem_dec(uint8_t*, const uint8_t*, const uint8_t*);

// PQClean's other functions draw their own randomness. Nobody calls them: all
// randomness comes from the caller's RandomSource.
int PQCLEAN_randombytes(uint8_t*, size_t) { std::abort(); }
}

namespace parley::crypto {
namespace {

constexpr std::size_t kSymmetricBytes = 32;

// FIPS 203, section 7.2: every coefficient of the encoded key must be below q.
bool coefficients_are_reduced(ByteView public_key) {
  constexpr unsigned kModulus = 3329;
  const ByteView polynomials = public_key.first(public_key.size() - kSymmetricBytes);
  for (std::size_t i = 0; i + 2 < polynomials.size(); i += 3) {
    const unsigned first = polynomials[i] | ((polynomials[i + 1] & 0x0fu) << 8);
    const unsigned second = (polynomials[i + 1] >> 4) | (unsigned{polynomials[i + 2]} << 4);
    if (first >= kModulus || second >= kModulus) return false;
  }
  return true;
}

// FIPS 203, section 7.3: the secret key carries the hash of its public key.
bool carries_hash_of_public_key(Kem kem, ByteView secret_key) {
  const std::size_t public_bytes = kem_sizes(kem).public_key;
  const ByteView tail = secret_key.last(public_bytes + 2 * kSymmetricBytes);
  return constant_time_equal(sha3_256(tail.first(public_bytes)),
                             tail.subspan(public_bytes, kSymmetricBytes));
}

// PQClean leaves keys and noise in its stack frames; they are overwritten when this
// goes out of scope. The deepest of its functions needs about 24 KiB.
struct WipeStack {
  WipeStack() = default;
  WipeStack(const WipeStack&) = delete;
  WipeStack& operator=(const WipeStack&) = delete;
  ~WipeStack() { overwrite(); }

 private:
  [[gnu::noinline]] static void overwrite() {
    std::array<std::uint8_t, 32 * 1024> frames;
    wipe(frames);
  }
};

}  // namespace

KemSizes kem_sizes(Kem kem) {
  if (kem == Kem::ml_kem_768) return {1184, 2400, 1088};
  return {1568, 3168, 1568};
}

KemKeyPair kem_from_seed(Kem kem, const Secret<64>& seed) {
  const WipeStack wipe_stack;
  const KemSizes sizes = kem_sizes(kem);
  KemKeyPair pair{Bytes(sizes.public_key), SecretBuffer(sizes.secret_key)};
  std::uint8_t* public_key = pair.public_key.data();
  std::uint8_t* secret_key = pair.secret_key.mutable_view().data();
  switch (kem) {
    case Kem::kyber1024_round3:
      parley_kyber1024_keypair(public_key, secret_key, seed.view().data());
      break;
    case Kem::ml_kem_768:
      PQCLEAN_MLKEM768_CLEAN_crypto_kem_keypair_derand(public_key, secret_key, seed.view().data());
      break;
    case Kem::ml_kem_1024:
      PQCLEAN_MLKEM1024_CLEAN_crypto_kem_keypair_derand(public_key, secret_key, seed.view().data());
      break;
  }
  return pair;
}

KemKeyPair kem_generate(Kem kem, RandomSource& random) {
  return kem_from_seed(kem, random.secret<64>());
}

Result<KemEncapsulation> kem_encapsulate(Kem kem, ByteView public_key, RandomSource& random) {
  return kem_encapsulate_with(kem, public_key, random.secret<32>());
}

Result<KemEncapsulation> kem_encapsulate_with(Kem kem, ByteView public_key, const Secret<32>& m) {
  const KemSizes sizes = kem_sizes(kem);
  if (public_key.size() != sizes.public_key) {
    return fail(ErrorCode::invalid_key, "KEM public key has a wrong length");
  }
  // Round 3 asked for no such check, and a peer's library makes none.
  if (kem != Kem::kyber1024_round3 && !coefficients_are_reduced(public_key)) {
    return fail(ErrorCode::invalid_key, "KEM public key is not reduced");
  }
  const WipeStack wipe_stack;
  KemEncapsulation out{Bytes(sizes.ciphertext), {}};
  std::uint8_t* ciphertext = out.ciphertext.data();
  std::uint8_t* shared = out.shared_secret.mutable_view().data();
  switch (kem) {
    case Kem::kyber1024_round3:
      parley_kyber1024_encapsulate(ciphertext, shared, public_key.data(), m.view().data());
      break;
    case Kem::ml_kem_768:
      PQCLEAN_MLKEM768_CLEAN_crypto_kem_enc_derand(ciphertext, shared, public_key.data(),
                                                   m.view().data());
      break;
    case Kem::ml_kem_1024:
      PQCLEAN_MLKEM1024_CLEAN_crypto_kem_enc_derand(ciphertext, shared, public_key.data(),
                                                    m.view().data());
      break;
  }
  return out;
}

Result<Secret<32>> kem_decapsulate(Kem kem, const SecretBuffer& secret_key, ByteView ciphertext) {
  const KemSizes sizes = kem_sizes(kem);
  if (secret_key.size() != sizes.secret_key) {
    return fail(ErrorCode::invalid_key, "KEM secret key has a wrong length");
  }
  if (ciphertext.size() != sizes.ciphertext) {
    return fail(ErrorCode::invalid_key, "KEM ciphertext has a wrong length");
  }
  if (kem != Kem::kyber1024_round3 && !carries_hash_of_public_key(kem, secret_key.view())) {
    return fail(ErrorCode::invalid_key, "KEM secret key is damaged");
  }
  const WipeStack wipe_stack;
  Secret<32> shared;
  std::uint8_t* out = shared.mutable_view().data();
  switch (kem) {
    case Kem::kyber1024_round3:
      parley_kyber1024_decapsulate(out, ciphertext.data(), secret_key.view().data());
      break;
    case Kem::ml_kem_768:
      PQCLEAN_MLKEM768_CLEAN_crypto_kem_dec(out, ciphertext.data(), secret_key.view().data());
      break;
    case Kem::ml_kem_1024:
      PQCLEAN_MLKEM1024_CLEAN_crypto_kem_dec(out, ciphertext.data(), secret_key.view().data());
      break;
  }
  return shared;
}

}  // namespace parley::crypto
