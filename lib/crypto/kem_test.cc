#include "lib/crypto/kem.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <string>

#include "lib/crypto/hash.h"
#include "lib/crypto/hex_for_tests.h"
#include "lib/crypto/nist_drbg_for_tests.h"
#include "lib/crypto/system_random.h"

namespace parley::crypto {
namespace {

constexpr Kem kAll[] = {Kem::kyber1024_round3, Kem::ml_kem_768, Kem::ml_kem_1024};

std::string upper_hex(ByteView bytes) {
  std::string text = hex_encode(bytes);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

// One entry of a NIST known-answer file, worked out from its seed.
std::string known_answer_entry(Kem kem, int count, const ByteArray<48>& seed) {
  NistDrbg random(seed);
  Secret<64> key_seed;
  if (kem == Kem::kyber1024_round3) {  // its reference code draws two pieces
    random.fill(key_seed.mutable_view().first<32>());
    random.fill(key_seed.mutable_view().last<32>());
  } else {
    random.fill(key_seed.mutable_view());
  }
  const KemKeyPair pair = kem_from_seed(kem, key_seed);
  const auto sent = kem_encapsulate(kem, pair.public_key, random);
  const auto received = kem_decapsulate(kem, pair.secret_key, sent->ciphertext);
  EXPECT_TRUE(equal(received->view(), sent->shared_secret.view()));
  return "count = " + std::to_string(count) + "\nseed = " + upper_hex(seed) +
         "\npk = " + upper_hex(pair.public_key) + "\nsk = " + upper_hex(pair.secret_key.view()) +
         "\nct = " + upper_hex(sent->ciphertext) +
         "\nss = " + upper_hex(sent->shared_secret.view()) + "\n";
}

NistDrbg seeds_of_the_files() {
  ByteArray<48> entropy;
  for (std::size_t i = 0; i < entropy.size(); ++i) entropy[i] = static_cast<std::uint8_t>(i);
  return NistDrbg(entropy);
}

// NIST round 3, CRYSTALS-Kyber, PQCkemKAT_3168.rsp: all 100 entries, by the file's hash.
TEST(Kyber1024Round3, ReproducesTheKnownAnswerFileOfRound3) {
  NistDrbg seeds = seeds_of_the_files();
  std::string file = "# Kyber1024\n\n";
  for (int count = 0; count < 100; ++count) {
    file += known_answer_entry(Kem::kyber1024_round3, count, seeds.array<48>()) + "\n";
  }
  EXPECT_EQ(hex_encode(sha256(as_bytes(file))),
            "89248f2f33f7f4f7051729111f3049c409a933ec904aedadf035f30fa5646cd5");
}

// The first entry of that file, its shared secret spelt out.
TEST(Kyber1024Round3, GivesTheFirstKnownSharedSecret) {
  NistDrbg seeds = seeds_of_the_files();
  const std::string entry = known_answer_entry(Kem::kyber1024_round3, 0, seeds.array<48>());
  EXPECT_NE(entry.find("seed = 061550234D158C5EC95595FE04EF7A25767F2E24CC2BC479D09D86DC9ABCFDE7"),
            std::string::npos);
  EXPECT_NE(entry.find("ss = B10F7394926AD3B49C5D62D5AEB531D5757538BCC0DA9E550D438F1B61BD7419"),
            std::string::npos);
}

// PQClean and mlkem-native, META.yml, nistkat-sha256: the first entry of the known-answer
// file for the final standard.
TEST(MlKem, ReproducesTheFirstEntriesOfItsKnownAnswerFiles) {
  const auto first_entry_hash = [](Kem kem) {
    NistDrbg seeds = seeds_of_the_files();
    return hex_encode(sha256(as_bytes(known_answer_entry(kem, 0, seeds.array<48>()))));
  };
  EXPECT_EQ(first_entry_hash(Kem::ml_kem_768),
            "5352539586b6c3df58be6158a6250aeff402bd73060b0a3de68850ac074c17c3");
  EXPECT_EQ(first_entry_hash(Kem::ml_kem_1024),
            "f580d851e5fb27e6876e5e203fa18be4cdbfd49e05d48fec3d3992c8f43a13e6");
}

// NIST ACVP, ML-KEM-keyGen-FIPS203, case 75, in the version for the standard's draft, whose
// key generation was still round 3's. The hash of the public key speaks for all of it.
TEST(Kyber1024Round3, GeneratesAKeyOfNistAcvp) {
  const std::string d = "45ceb2cd352b88e26e6dfd495674975c5624ddfd65083b154d26c2d4913c1f88";
  const std::string z = "e1c1ccf06600413c2a78c44db422392e3339c1811f946512be18cd7668b25a32";
  const std::string hash = "0430406dcf9c58fa139fa9014541986efab6acd7eb052a95a85b59eae4a6c761";
  const KemKeyPair pair = kem_from_seed(Kem::kyber1024_round3, hex_secret<64>(d + z));
  EXPECT_EQ(hex_encode(pair.secret_key.view().last(64)), hash + z);
  EXPECT_EQ(hex_encode(sha3_256(pair.public_key)), hash);
}

// By OpenSSL, so that it does not share Keccak with what is tested.
Bytes shake128(ByteView data, std::size_t size) {
  Bytes out(size);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestInit_ex(context, EVP_shake128(), nullptr);
  EVP_DigestUpdate(context, data.data(), data.size());
  EVP_DigestFinalXOF(context, out.data(), out.size());
  EVP_MD_CTX_free(context);
  return out;
}

// Random ciphertexts too, so that implicit rejection is covered: the procedure of
// TestAccumulated in Go's crypto/mlkem. A SHAKE-128 stream gives seeds, messages and
// random ciphertexts; a second one hashes every result.
std::string accumulate(Kem kem, std::size_t rounds) {
  const std::size_t per_round = 64 + 32 + kem_sizes(kem).ciphertext;
  const Bytes stream = shake128({}, rounds * per_round);
  Bytes results;
  for (std::size_t i = 0; i < rounds; ++i) {
    const ByteView drawn = ByteView(stream).subspan(i * per_round, per_round);
    const KemKeyPair pair = kem_from_seed(kem, Secret<64>(drawn.first<64>()));
    const Secret<32> message(drawn.subspan(64).first<32>());
    const auto sent = kem_encapsulate_with(kem, pair.public_key, message);
    const auto received = kem_decapsulate(kem, pair.secret_key, sent->ciphertext);
    EXPECT_TRUE(equal(received->view(), sent->shared_secret.view()));
    const auto rejected = kem_decapsulate(kem, pair.secret_key, drawn.subspan(96));
    append(results, pair.public_key);
    append(results, sent->ciphertext);
    append(results, sent->shared_secret.view());
    append(results, rejected->view());
  }
  return hex_encode(shake128(results, 32));
}

// 768: the value that Go's test states. 1024: a value on which PQClean, kyber-py, Go's
// crypto/mlkem and Cloudflare's CIRCL agree.
TEST(MlKem, ReproducesTheAccumulatedVectors) {
  EXPECT_EQ(accumulate(Kem::ml_kem_768, 100),
            "1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415");
  EXPECT_EQ(accumulate(Kem::ml_kem_1024, 100),
            "800018fec3e2723f73f1d657fe239b4d5d8782efaade297e8cd448e54cc2ac00");
}

TEST(Kem, AgreesOnASecretAndHasTheStatedSizes) {
  SeededRandom random(1);
  for (const Kem kem : kAll) {
    const KemKeyPair pair = kem_generate(kem, random);
    const KemSizes sizes = kem_sizes(kem);
    EXPECT_EQ(pair.public_key.size(), sizes.public_key);
    EXPECT_EQ(pair.secret_key.size(), sizes.secret_key);
    const auto sent = kem_encapsulate(kem, pair.public_key, random);
    ASSERT_TRUE(sent.has_value());
    EXPECT_EQ(sent->ciphertext.size(), sizes.ciphertext);
    const auto received = kem_decapsulate(kem, pair.secret_key, sent->ciphertext);
    ASSERT_TRUE(received.has_value());
    EXPECT_TRUE(equal(received->view(), sent->shared_secret.view()));
  }
}

TEST(Kem, GivesAnUnrelatedButStableSecretForAChangedCiphertext) {
  SeededRandom random(2);
  for (const Kem kem : kAll) {
    const KemKeyPair pair = kem_generate(kem, random);
    const auto sent = kem_encapsulate(kem, pair.public_key, random);
    for (std::size_t i = 0; i < sent->ciphertext.size(); i += 97) {
      Bytes changed = sent->ciphertext;
      changed[i] ^= 1;
      const auto first = kem_decapsulate(kem, pair.secret_key, changed);
      const auto again = kem_decapsulate(kem, pair.secret_key, changed);
      ASSERT_TRUE(first.has_value() && again.has_value());
      EXPECT_FALSE(equal(first->view(), sent->shared_secret.view())) << i;
      EXPECT_TRUE(equal(first->view(), again->view())) << i;
    }
  }
}

// Kyber 3.02, algorithm 9, line 10: the secret of a refused ciphertext is KDF(z || H(c)).
TEST(Kyber1024Round3, DerivesTheSecretOfARefusedCiphertextFromItsRejectionKey) {
  SeededRandom random(6);
  const KemKeyPair pair = kem_generate(Kem::kyber1024_round3, random);
  Bytes ciphertext(kem_sizes(Kem::kyber1024_round3).ciphertext);
  random.fill(ciphertext);
  Bytes input = to_bytes(pair.secret_key.view().last(32));
  append(input, sha3_256(ciphertext));
  ByteArray<32> expected;
  shake256(input, expected);
  const auto refused = kem_decapsulate(Kem::kyber1024_round3, pair.secret_key, ciphertext);
  EXPECT_TRUE(equal(refused->view(), expected));
}

// Same seed, same lattice code: only the three differences between the schemes.
TEST(Kem, Round3AndTheFinalStandardDiffer) {
  SeededRandom random(3);
  const Secret<64> seed = random.secret<64>();
  const Secret<32> message = random.secret<32>();
  const KemKeyPair round3 = kem_from_seed(Kem::kyber1024_round3, seed);
  const KemKeyPair final_standard = kem_from_seed(Kem::ml_kem_1024, seed);
  EXPECT_NE(round3.public_key, final_standard.public_key);
  const auto a = kem_encapsulate_with(Kem::kyber1024_round3, round3.public_key, message);
  const auto b = kem_encapsulate_with(Kem::ml_kem_1024, round3.public_key, message);
  EXPECT_NE(a->ciphertext, b->ciphertext);
  EXPECT_FALSE(equal(a->shared_secret.view(), b->shared_secret.view()));
}

TEST(Kem, RefusesWrongSizes) {
  SeededRandom random(4);
  for (const Kem kem : kAll) {
    const KemKeyPair pair = kem_generate(kem, random);
    const auto sent = kem_encapsulate(kem, pair.public_key, random);
    const auto code_of = [](const auto& result) {
      return result ? ErrorCode{} : result.error().code;
    };
    for (const int change : {-1, +1}) {
      Bytes key = pair.public_key;
      key.resize(key.size() + static_cast<std::size_t>(change));
      EXPECT_EQ(code_of(kem_encapsulate(kem, key, random)), ErrorCode::invalid_key);
      Bytes ciphertext = sent->ciphertext;
      ciphertext.resize(ciphertext.size() + static_cast<std::size_t>(change));
      EXPECT_EQ(code_of(kem_decapsulate(kem, pair.secret_key, ciphertext)), ErrorCode::invalid_key);
      const SecretBuffer secret(pair.secret_key.size() + static_cast<std::size_t>(change));
      EXPECT_EQ(code_of(kem_decapsulate(kem, secret, sent->ciphertext)), ErrorCode::invalid_key);
    }
    EXPECT_FALSE(kem_encapsulate(kem, {}, random).has_value());
  }
}

// FIPS 203, sections 7.2 and 7.3.
TEST(MlKem, RefusesUnreducedPublicKeysAndDamagedSecretKeys) {
  SeededRandom random(5);
  for (const Kem kem : {Kem::ml_kem_768, Kem::ml_kem_1024}) {
    const KemKeyPair pair = kem_generate(kem, random);
    const auto sent = kem_encapsulate(kem, pair.public_key, random);
    for (std::size_t i = 0; i + 32 < pair.public_key.size(); i += 3) {
      // 3329, the modulus itself, as the first or the second coefficient of three bytes.
      Bytes first = pair.public_key;
      first[i] = 0x01;
      first[i + 1] = static_cast<std::uint8_t>((first[i + 1] & 0xf0) | 0x0d);
      EXPECT_FALSE(kem_encapsulate(kem, first, random).has_value()) << i;
      Bytes second = pair.public_key;
      second[i + 1] = static_cast<std::uint8_t>((second[i + 1] & 0x0f) | 0x10);
      second[i + 2] = 0xd0;
      EXPECT_FALSE(kem_encapsulate(kem, second, random).has_value()) << i;
    }
    SecretBuffer damaged = pair.secret_key.clone();
    damaged.mutable_view()[damaged.size() - 33] ^= 1;  // the hash of the public key
    EXPECT_FALSE(kem_decapsulate(kem, damaged, sent->ciphertext).has_value());
  }
}

}  // namespace
}  // namespace parley::crypto
