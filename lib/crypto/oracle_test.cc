// lib/crypto against independent implementations, in both directions where there are
// two: JavaScript libraries and Signal's own, which tests/oracles/crypto.mjs runs.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "lib/crypto/cipher.h"
#include "lib/crypto/curve25519.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/hex_for_tests.h"
#include "lib/crypto/kem.h"
#include "lib/crypto/password.h"
#include "lib/crypto/system_random.h"

namespace parley::crypto {
namespace {

const char* const kNode = ".deps/node/bin/node";
const char* const kScript = "tests/oracles/crypto.mjs";

// A batch of questions to one implementation.
class Oracle {
 public:
  Oracle(std::string name, const std::string& package_folder) : name_(std::move(name)) {
    available_ = std::filesystem::exists(kNode) &&
                 std::filesystem::exists(".deps/npm/" + package_folder + "/node_modules");
  }
  bool available() const { return available_; }

  void ask(const std::string& request, std::initializer_list<ByteView> arguments) {
    questions_ += request;
    for (const ByteView argument : arguments) {
      questions_ += ' ' + (argument.empty() ? "-" : hex_encode(argument));
    }
    questions_ += '\n';
  }

  // One answer for each question: byte strings. Empty where the oracle failed.
  std::vector<std::vector<Bytes>> answers() {
    const auto file = std::filesystem::temp_directory_path() /
                      ("parley-oracle-" + std::to_string(getpid()) + "-" + name_);
    std::ofstream(file) << questions_;
    const std::string command =
        std::string(kNode) + " " + kScript + " " + name_ + " < " + file.string();
    std::vector<std::vector<Bytes>> all;
    if (FILE* pipe = popen(command.c_str(), "r")) {
      std::string line;
      for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) {
        if (c != '\n') {
          line.push_back(static_cast<char>(c));
        } else {
          all.push_back(parse(line));
          line.clear();
        }
      }
      EXPECT_EQ(pclose(pipe), 0);
    }
    std::filesystem::remove(file);
    return all;
  }

 private:
  static std::vector<Bytes> parse(const std::string& line) {
    EXPECT_FALSE(line.starts_with("error")) << line;
    std::vector<Bytes> values;
    for (std::size_t at = 0; at < line.size();) {
      const std::size_t end = std::min(line.find(' ', at), line.size());
      const std::string word = line.substr(at, end - at);
      const auto bytes = hex_decode(word == "-" ? "" : word);
      values.push_back(bytes ? *bytes : Bytes{});
      at = end + 1;
    }
    return values;
  }

  std::string name_;
  std::string questions_;
  bool available_ = false;
};

#define PARLEY_NEED(oracle)                                                        \
  if (!(oracle).available()) {                                                     \
    GTEST_SKIP() << "needs packages that are not installed: tools/bootstrap test"; \
  }

Bytes draw(RandomSource& random, std::size_t size) {
  Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

void expect_answers(Oracle& oracle, const std::vector<std::vector<Bytes>>& expected) {
  const auto answers = oracle.answers();
  ASSERT_EQ(answers.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(answers[i], expected[i]) << i;
}

TEST(NobleOracle, ComputesTheSameHashesKeysAndCiphertexts) {
  Oracle noble("noble", "oracles");
  PARLEY_NEED(noble);
  SystemRandom random;
  std::vector<std::vector<Bytes>> expected;
  const auto expect = [&](ByteView bytes) { expected.push_back({to_bytes(bytes)}); };
  for (int i = 0; i < 200; ++i) {
    const Bytes data = draw(random, random.below(400)), key = draw(random, random.below(200));
    noble.ask("sha256", {data});
    expect(sha256(data));
    noble.ask("sha512", {data});
    expect(sha512(data));
    noble.ask("sha3_256", {data});
    expect(sha3_256(data));
    noble.ask("sha3_512", {data});
    expect(sha3_512(data));
    noble.ask("shake256", {data});
    Bytes squeezed(300);
    shake256(data, squeezed);
    expect(squeezed);
    noble.ask("hmac", {key, data});
    expect(hmac_sha256(key, data));
    const Bytes info = draw(random, random.below(100));
    noble.ask("hkdf", {data, key, info});
    expect(hkdf_sha256(data, key, info, 177).view());

    const Bytes key32 = draw(random, 32), nonce = draw(random, 24);
    const ByteView key16 = ByteView(key32).first(16), iv = ByteView(nonce).first(16);
    const ByteView nonce12 = ByteView(nonce).first(12);
    noble.ask("cbc", {key32, iv, data});
    expect(aes256_cbc_encrypt(key32, iv, data));
    noble.ask("gcm", {key32, nonce12, key, data});
    expect(aes_gcm_encrypt(key32, nonce12, key, data));
    noble.ask("gcm", {key16, nonce12, key, data});
    expect(aes_gcm_encrypt(key16, nonce12, key, data));
    noble.ask("xchacha", {key32, nonce, key, data});
    expect(xchacha20_poly1305_encrypt(key32, nonce, key, data));

    const KeyPair pair = KeyPair::generate(random), other = KeyPair::generate(random);
    noble.ask("x25519", {pair.private_key.view(), other.public_key.bytes});
    expect(agree(pair.private_key, other.public_key)->view());
  }
  for (int i = 0; i < 3; ++i) {
    const Bytes password = draw(random, 1 + random.below(60)), salt = draw(random, 16);
    noble.ask("argon2id", {password, salt});
    expect(key_from_passphrase(as_text(password), salt, {2, 256 * 1024})->view());
  }
  expect_answers(noble, expected);
}

constexpr std::pair<Kem, unsigned> kMlKems[] = {{Kem::ml_kem_768, 768}, {Kem::ml_kem_1024, 1024}};

void expect_same_ml_kem(const std::string& name) {
  Oracle oracle(name, "oracles");
  PARLEY_NEED(oracle);
  SystemRandom random;
  std::vector<std::vector<Bytes>> expected;
  for (const auto& [kem, number] : kMlKems) {
    const ByteArray<2> id = {static_cast<std::uint8_t>(number >> 8),
                             static_cast<std::uint8_t>(number)};
    for (int i = 0; i < 10; ++i) {
      const Secret<64> seed = random.secret<64>();
      const Secret<32> message = random.secret<32>();
      const KemKeyPair pair = kem_from_seed(kem, seed);
      oracle.ask("kem_keys", {id, seed.view()});
      expected.push_back({pair.public_key, to_bytes(pair.secret_key.view())});

      const auto sent = kem_encapsulate_with(kem, pair.public_key, message);
      oracle.ask("kem_encapsulate", {id, pair.public_key, message.view()});
      expected.push_back({sent->ciphertext, to_bytes(sent->shared_secret.view())});

      Bytes ciphertext = sent->ciphertext;
      for (int damaged = 0; damaged < 2; ++damaged) {
        oracle.ask("kem_decapsulate", {id, pair.secret_key.view(), ciphertext});
        expected.push_back({to_bytes(kem_decapsulate(kem, pair.secret_key, ciphertext)->view())});
        ciphertext[random.below(ciphertext.size())] ^= 1;
      }
    }
  }
  expect_answers(oracle, expected);
}

TEST(NobleOracle, ComputesTheSameMlKem) { expect_same_ml_kem("noble"); }
TEST(MlkemOracle, ComputesTheSameMlKem) { expect_same_ml_kem("mlkem"); }

TEST(KyberOracle, AgreesOnSecretsInBothDirections) {
  Oracle kyber("kyber", "oracles");
  PARLEY_NEED(kyber);
  constexpr Kem kKem = Kem::kyber1024_round3;
  SystemRandom random;
  std::vector<KemKeyPair> pairs;
  std::vector<Bytes> secrets;
  for (int i = 0; i < 10; ++i) {
    KemKeyPair pair = kem_generate(kKem, random);
    kyber.ask("kem_encapsulate", {pair.public_key});
    auto sent = kem_encapsulate(kKem, pair.public_key, random);
    kyber.ask("kem_decapsulate", {pair.secret_key.view(), sent->ciphertext});
    sent->ciphertext[random.below(sent->ciphertext.size())] ^= 1;
    kyber.ask("kem_decapsulate", {pair.secret_key.view(), sent->ciphertext});
    kyber.ask("kem_keys", {});
    secrets.push_back(to_bytes(sent->shared_secret.view()));
    secrets.push_back(to_bytes(kem_decapsulate(kKem, pair.secret_key, sent->ciphertext)->view()));
    pairs.push_back(std::move(pair));
  }
  const auto answers = kyber.answers();
  ASSERT_EQ(answers.size(), 4 * pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto& sent = answers[4 * i];
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_TRUE(equal(kem_decapsulate(kKem, pairs[i].secret_key, sent[0])->view(), sent[1]));
    EXPECT_EQ(answers[4 * i + 1].at(0), secrets[2 * i]);
    EXPECT_EQ(answers[4 * i + 2].at(0), secrets[2 * i + 1]);  // implicit rejection
    const auto& keys = answers[4 * i + 3];
    const auto to_theirs = kem_encapsulate(kKem, keys.at(0), random);
    const auto received = kem_decapsulate(kKem, SecretBuffer(keys.at(1)), to_theirs->ciphertext);
    EXPECT_TRUE(equal(received->view(), to_theirs->shared_secret.view()));
  }
}

TEST(SignalOracle, AcceptsOurSignaturesAndMakesSomeWeAccept) {
  Oracle signal("signal", "libsignal-0.90");
  PARLEY_NEED(signal);
  SystemRandom random;
  std::vector<KeyPair> pairs;
  std::vector<Bytes> messages;
  for (int i = 0; i < 100; ++i) {
    pairs.push_back(KeyPair::generate(random));
    messages.push_back(draw(random, random.below(2000)));
    const auto key = pairs.back().private_key.view();
    const auto public_key = pairs.back().public_key.serialize();
    Signature signature = sign(pairs.back().private_key, messages.back(), random);
    signal.ask("public_key", {key});
    signal.ask("sign", {key, messages.back()});
    signal.ask("verify", {public_key, messages.back(), signature});
    signature[random.below(signature.size())] ^= static_cast<std::uint8_t>(1 << random.below(8));
    signal.ask("verify", {public_key, messages.back(), signature});
  }
  const auto answers = signal.answers();
  ASSERT_EQ(answers.size(), 4 * pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    EXPECT_TRUE(equal(answers[4 * i].at(0), pairs[i].public_key.serialize()));
    EXPECT_TRUE(verify(pairs[i].public_key, messages[i], answers[4 * i + 1].at(0)).has_value());
    EXPECT_EQ(answers[4 * i + 2].at(0), Bytes{1});
    EXPECT_EQ(answers[4 * i + 3].at(0), Bytes{0});
  }
}

TEST(SignalOracle, AgreesAndDerivesAsWeDo) {
  Oracle signal("signal", "libsignal-0.90");
  PARLEY_NEED(signal);
  SystemRandom random;
  std::vector<std::vector<Bytes>> expected;
  for (int i = 0; i < 50; ++i) {
    const KeyPair ours = KeyPair::generate(random), theirs = KeyPair::generate(random);
    signal.ask("agree", {ours.private_key.view(), theirs.public_key.serialize()});
    expected.push_back({to_bytes(agree(ours.private_key, theirs.public_key)->view())});
    const Bytes key = draw(random, 32), salt = draw(random, 32), info = draw(random, i + 1);
    signal.ask("hkdf", {key, salt, info});
    expected.push_back({to_bytes(hkdf_sha256(key, salt, info, 177).view())});
  }
  expect_answers(signal, expected);
}

// Its decapsulation is only reachable through a whole handshake (see lib/signal); its
// keys are: a type byte, then the key of round 3.
TEST(SignalOracle, MakesKyberKeysThatWeUseAndTakesOurs) {
  Oracle signal("signal", "libsignal-0.90");
  PARLEY_NEED(signal);
  constexpr Kem kKem = Kem::kyber1024_round3;
  SystemRandom random;
  std::vector<Bytes> ours;
  for (int i = 0; i < 5; ++i) {
    signal.ask("kem_keys", {});
    Bytes key = {kKyber1024Type};
    append(key, kem_generate(kKem, random).public_key);
    signal.ask("kem_accepts", {key});
    ours.push_back(key);
  }
  const auto answers = signal.answers();
  ASSERT_EQ(answers.size(), 2 * ours.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const Bytes& public_key = answers[2 * i].at(0);
    const Bytes& secret_key = answers[2 * i].at(1);
    ASSERT_EQ(public_key.size(), 1u + kem_sizes(kKem).public_key);
    ASSERT_EQ(secret_key.size(), 1u + kem_sizes(kKem).secret_key);
    EXPECT_EQ(public_key[0], kKyber1024Type);
    const auto sent = kem_encapsulate(kKem, ByteView(public_key).subspan(1), random);
    const auto received =
        kem_decapsulate(kKem, SecretBuffer(ByteView(secret_key).subspan(1)), sent->ciphertext);
    EXPECT_TRUE(equal(received->view(), sent->shared_secret.view()));
    EXPECT_EQ(answers[2 * i + 1].at(0), ours[i]);
  }
}

}  // namespace
}  // namespace parley::crypto
