// How long the cryptography of one message, one handshake and one login takes.
//   cmake --preset release -DPARLEY_BENCH=ON && ninja -C build/release parley_crypto_bench
//   build/release/bin/parley_crypto_bench
#include <benchmark/benchmark.h>

#include "lib/crypto/cipher.h"
#include "lib/crypto/curve25519.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/kem.h"
#include "lib/crypto/password.h"
#include "lib/crypto/system_random.h"

namespace parley::crypto {
namespace {

const Bytes kKey(32, 1), kNonce(24, 2);

std::size_t size_of(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void sha256_of(benchmark::State& state) {
  const Bytes data(size_of(state), 3);
  for (auto _ : state) benchmark::DoNotOptimize(sha256(data));
  count_bytes(state);
}
BENCHMARK(sha256_of)->Arg(64)->Arg(4096)->Arg(1 << 20);

void hmac_step_of_the_ratchet(benchmark::State& state) {
  const ByteArray<1> one = {1};
  for (auto _ : state) benchmark::DoNotOptimize(hmac_sha256(kKey, one));
}
BENCHMARK(hmac_step_of_the_ratchet);

void hkdf_80_bytes(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(hkdf_sha256(kKey, {}, as_bytes("WhisperMessageKeys"), 80));
  }
}
BENCHMARK(hkdf_80_bytes);

void sha3_256_of_a_kyber_key(benchmark::State& state) {
  const Bytes data(1568, 3);
  for (auto _ : state) benchmark::DoNotOptimize(sha3_256(data));
}
BENCHMARK(sha3_256_of_a_kyber_key);

void aes256_cbc_seal(benchmark::State& state) {
  const Bytes data(size_of(state), 3);
  const ByteView iv = ByteView(kNonce).first(16);
  for (auto _ : state) benchmark::DoNotOptimize(aes256_cbc_encrypt(kKey, iv, data));
  count_bytes(state);
}
BENCHMARK(aes256_cbc_seal)->Arg(256)->Arg(1024)->Arg(65536);

void aes256_cbc_open(benchmark::State& state) {
  const ByteView iv = ByteView(kNonce).first(16);
  const Bytes sealed = aes256_cbc_encrypt(kKey, iv, Bytes(size_of(state), 3));
  for (auto _ : state) benchmark::DoNotOptimize(aes256_cbc_decrypt(kKey, iv, sealed));
  count_bytes(state);
}
BENCHMARK(aes256_cbc_open)->Arg(256)->Arg(1024)->Arg(65536);

void aes256_gcm_seal(benchmark::State& state) {
  const Bytes data(size_of(state), 3);
  const ByteView nonce = ByteView(kNonce).first(12);
  for (auto _ : state) benchmark::DoNotOptimize(aes_gcm_encrypt(kKey, nonce, {}, data));
  count_bytes(state);
}
BENCHMARK(aes256_gcm_seal)->Arg(256)->Arg(65536);

void xchacha20_poly1305_seal(benchmark::State& state) {
  const Bytes data(size_of(state), 3);
  for (auto _ : state) benchmark::DoNotOptimize(xchacha20_poly1305_encrypt(kKey, kNonce, {}, data));
  count_bytes(state);
}
BENCHMARK(xchacha20_poly1305_seal)->Arg(256)->Arg(65536);

void x25519_generate(benchmark::State& state) {
  SystemRandom random;
  for (auto _ : state) benchmark::DoNotOptimize(KeyPair::generate(random));
}
BENCHMARK(x25519_generate);

void x25519_agree(benchmark::State& state) {
  SystemRandom random;
  const KeyPair ours = KeyPair::generate(random), theirs = KeyPair::generate(random);
  for (auto _ : state) benchmark::DoNotOptimize(agree(ours.private_key, theirs.public_key));
}
BENCHMARK(x25519_agree);

void base_key_check(benchmark::State& state) {
  SystemRandom random;
  const PublicKey key = KeyPair::generate(random).public_key;
  for (auto _ : state) benchmark::DoNotOptimize(is_canonical_and_torsion_free(key));
}
BENCHMARK(base_key_check);

void xeddsa_sign(benchmark::State& state) {
  SystemRandom random;
  const KeyPair pair = KeyPair::generate(random);
  const Bytes message(33, 5);
  for (auto _ : state) benchmark::DoNotOptimize(sign(pair.private_key, message, random));
}
BENCHMARK(xeddsa_sign);

void xeddsa_verify(benchmark::State& state) {
  SystemRandom random;
  const KeyPair pair = KeyPair::generate(random);
  const Bytes message(33, 5);
  const Signature signature = sign(pair.private_key, message, random);
  for (auto _ : state) benchmark::DoNotOptimize(verify(pair.public_key, message, signature));
}
BENCHMARK(xeddsa_verify);

void kem_keys(benchmark::State& state) {
  SystemRandom random;
  const Kem kem = static_cast<Kem>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(kem_generate(kem, random));
}
void kem_seal(benchmark::State& state) {
  SystemRandom random;
  const Kem kem = static_cast<Kem>(state.range(0));
  const KemKeyPair pair = kem_generate(kem, random);
  for (auto _ : state) benchmark::DoNotOptimize(kem_encapsulate(kem, pair.public_key, random));
}
void kem_open(benchmark::State& state) {
  SystemRandom random;
  const Kem kem = static_cast<Kem>(state.range(0));
  const KemKeyPair pair = kem_generate(kem, random);
  const auto sent = kem_encapsulate(kem, pair.public_key, random);
  for (auto _ : state) {
    benchmark::DoNotOptimize(kem_decapsulate(kem, pair.secret_key, sent->ciphertext));
  }
}
// 0: Kyber-1024 of round 3, 1: ML-KEM-768, 2: ML-KEM-1024.
BENCHMARK(kem_keys)->DenseRange(0, 2);
BENCHMARK(kem_seal)->DenseRange(0, 2);
BENCHMARK(kem_open)->DenseRange(0, 2);

void password_hash_interactive(benchmark::State& state) {
  SystemRandom random;
  for (auto _ : state) {
    benchmark::DoNotOptimize(hash_password("correct horse", kInteractiveCost, random));
  }
}
BENCHMARK(password_hash_interactive)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace parley::crypto

BENCHMARK_MAIN();
