/* Kyber-1024 as submitted to NIST's round 3, on PQClean's ML-KEM-1024.
 *
 * FIPS 203 changed three things: key generation hashes the seed together with the
 * dimension (round 3: the seed alone), encapsulation uses the randomness directly
 * (round 3: its hash), and the shared secret is used directly (round 3:
 * SHAKE256(K-bar || H(ct))). The first is inside PQClean's indcpa.c, which is
 * therefore compiled a second time here, under other names, with a hash that
 * leaves the dimension out. The other two are functions below.
 *
 * Source: CRYSTALS-Kyber, algorithm specifications, version 3.02, section 1. */
#include "lib/crypto/kyber1024_round3.h"

#include <string.h>

#include "symmetric.h"
#include "verify.h"

#undef hash_g
/* Called once by indcpa.c, for key generation, with the seed and the dimension. */
#define hash_g(OUT, IN, INBYTES) sha3_512(OUT, IN, (INBYTES) - 1)
#define PQCLEAN_MLKEM1024_CLEAN_gen_matrix parley_kyber1024_gen_matrix
#define PQCLEAN_MLKEM1024_CLEAN_indcpa_keypair_derand parley_kyber1024_indcpa_keypair
#define PQCLEAN_MLKEM1024_CLEAN_indcpa_enc parley_kyber1024_indcpa_enc
#define PQCLEAN_MLKEM1024_CLEAN_indcpa_dec parley_kyber1024_indcpa_dec
/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "indcpa.c"

enum { kHalf = KYBER_SYMBYTES };

static void wipe(void* memory, size_t size) {
  memset(memory, 0, size);
  __asm__ __volatile__("" : : "r"(memory) : "memory");
}

void parley_kyber1024_keypair(uint8_t* public_key, uint8_t* secret_key, const uint8_t seed[64]) {
  parley_kyber1024_indcpa_keypair(public_key, secret_key, seed);
  memcpy(secret_key + KYBER_INDCPA_SECRETKEYBYTES, public_key, KYBER_PUBLICKEYBYTES);
  hash_h(secret_key + KYBER_SECRETKEYBYTES - 2 * kHalf, public_key, KYBER_PUBLICKEYBYTES);
  memcpy(secret_key + KYBER_SECRETKEYBYTES - kHalf, seed + kHalf, kHalf);
}

/* SHAKE256(prefix || H(ciphertext)). */
static void derive(uint8_t shared[32], const uint8_t prefix[32], const uint8_t* ciphertext) {
  uint8_t input[2 * kHalf];
  memcpy(input, prefix, kHalf);
  hash_h(input + kHalf, ciphertext, KYBER_CIPHERTEXTBYTES);
  shake256(shared, KYBER_SSBYTES, input, sizeof input);
  wipe(input, sizeof input);
}

void parley_kyber1024_encapsulate(uint8_t* ciphertext, uint8_t shared[32],
                                  const uint8_t* public_key, const uint8_t randomness[32]) {
  uint8_t message_and_key_hash[2 * kHalf];
  uint8_t key_and_coins[2 * kHalf];
  hash_h(message_and_key_hash, randomness, kHalf);
  hash_h(message_and_key_hash + kHalf, public_key, KYBER_PUBLICKEYBYTES);
  sha3_512(key_and_coins, message_and_key_hash, sizeof message_and_key_hash);
  parley_kyber1024_indcpa_enc(ciphertext, message_and_key_hash, public_key, key_and_coins + kHalf);
  derive(shared, key_and_coins, ciphertext);
  wipe(message_and_key_hash, sizeof message_and_key_hash);
  wipe(key_and_coins, sizeof key_and_coins);
}

void parley_kyber1024_decapsulate(uint8_t shared[32], const uint8_t* ciphertext,
                                  const uint8_t* secret_key) {
  uint8_t message_and_key_hash[2 * kHalf];
  uint8_t key_and_coins[2 * kHalf];
  uint8_t expected[KYBER_CIPHERTEXTBYTES];
  const uint8_t* public_key = secret_key + KYBER_INDCPA_SECRETKEYBYTES;
  const uint8_t* rejection_key = secret_key + KYBER_SECRETKEYBYTES - kHalf;

  parley_kyber1024_indcpa_dec(message_and_key_hash, ciphertext, secret_key);
  memcpy(message_and_key_hash + kHalf, secret_key + KYBER_SECRETKEYBYTES - 2 * kHalf, kHalf);
  sha3_512(key_and_coins, message_and_key_hash, sizeof message_and_key_hash);
  parley_kyber1024_indcpa_enc(expected, message_and_key_hash, public_key, key_and_coins + kHalf);

  /* Both without a branch: which of the two secrets results must not show. */
  const int differs = PQCLEAN_MLKEM1024_CLEAN_verify(ciphertext, expected, KYBER_CIPHERTEXTBYTES);
  PQCLEAN_MLKEM1024_CLEAN_cmov(key_and_coins, rejection_key, kHalf, (uint8_t)differs);
  derive(shared, key_and_coins, ciphertext);
  wipe(message_and_key_hash, sizeof message_and_key_hash);
  wipe(key_and_coins, sizeof key_and_coins);
  wipe(expected, sizeof expected);
}
