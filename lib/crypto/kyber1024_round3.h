/* Kyber-1024 of round 3 as bare functions; kem.h is the interface to use.
 * Sizes: public key 1568, secret key 3168, ciphertext 1568, shared secret 32. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* seed = d || z, 32 bytes each. */
void parley_kyber1024_keypair(uint8_t* public_key, uint8_t* secret_key, const uint8_t seed[64]);
void parley_kyber1024_encapsulate(uint8_t* ciphertext, uint8_t shared[32],
                                  const uint8_t* public_key, const uint8_t randomness[32]);
void parley_kyber1024_decapsulate(uint8_t shared[32], const uint8_t* ciphertext,
                                  const uint8_t* secret_key);

#ifdef __cplusplus
}
#endif
