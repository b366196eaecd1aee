#include "client/api/self_test.h"

#include <map>
#include <string_view>

#include "lib/base/encoding.h"
#include "lib/content/make.h"
#include "lib/content/padding.h"
#include "lib/content/uri.h"
#include "lib/crypto/cipher.h"
#include "lib/crypto/curve25519.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/kem.h"
#include "lib/crypto/system_random.h"
#include "lib/franking/franking.h"
#include "lib/signal/fingerprint.h"
#include "lib/signal/session.h"
#include "lib/wire/wire.h"
#include "proto/channel.h"

namespace parley::client {
namespace {

// Any value: it only has to be the same everywhere.
constexpr std::uint64_t kSeed = 20'261'123;
constexpr Time kNow{1'800'000'000'000};

// Gathers results; each goes in with its length, so that none can move into another.
class Digest {
 public:
  Digest& add(ByteView bytes) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    const std::uint8_t length[] = {
        static_cast<std::uint8_t>(size >> 24), static_cast<std::uint8_t>(size >> 16),
        static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
    hash_.update(length).update(bytes);
    return *this;
  }
  Digest& add(std::string_view text) { return add(as_bytes(text)); }
  // Compares the first 16 bytes with the answer in hexadecimal.
  bool is(std::string_view expected) {
    return hex_encode(ByteView(hash_.finish()).first(16)) == expected;
  }

 private:
  crypto::Sha256 hash_;
};

bool randomness_differs() {
  crypto::SystemRandom random;
  return random.array<32>() != random.array<32>();
}

bool hashes_agree() {
  const ByteView message = as_bytes("parley");
  Bytes squeezed(200);
  crypto::shake256(message, squeezed);
  return Digest()
      .add(crypto::sha256(message))
      .add(crypto::sha512(message))
      .add(crypto::hmac_sha256(as_bytes("key"), message))
      .add(crypto::hkdf_sha256(message, as_bytes("salt"), as_bytes("info"), 80).view())
      .add(crypto::sha3_256(message))
      .add(crypto::sha3_512(message))
      .add(squeezed)
      .is("536db972fbdee6765d9b907f25e67a3d");
}

bool ciphers_agree() {
  crypto::SeededRandom random(kSeed);
  const auto key = random.array<32>();
  const auto nonce = random.array<24>();
  const ByteView message = as_bytes("attack at dawn, or a little later");
  const ByteView nonce12 = ByteView(nonce).first(12), iv = ByteView(nonce).first(16);
  const Bytes cbc = crypto::aes256_cbc_encrypt(key, iv, message);
  const Bytes gcm = crypto::aes_gcm_encrypt(key, nonce12, as_bytes("aad"), message);
  const Bytes sealed = crypto::xchacha20_poly1305_encrypt(key, nonce, as_bytes("aad"), message);
  const auto opened_cbc = crypto::aes256_cbc_decrypt(key, iv, cbc);
  const auto opened_gcm = crypto::aes_gcm_decrypt(key, nonce12, as_bytes("aad"), gcm);
  const auto opened = crypto::xchacha20_poly1305_decrypt(key, nonce, as_bytes("aad"), sealed);
  Bytes damaged = sealed;
  damaged[0] ^= 1;
  return opened_cbc && equal(opened_cbc->view(), message) && opened_gcm &&
         equal(opened_gcm->view(), message) && opened && equal(opened->view(), message) &&
         !crypto::xchacha20_poly1305_decrypt(key, nonce, as_bytes("aad"), damaged) &&
         Digest().add(cbc).add(gcm).add(sealed).is("64bcfb85781efccfa032ac152531dee4");
}

bool agreement_agrees() {
  crypto::SeededRandom random(kSeed);
  const auto ours = crypto::KeyPair::generate(random);
  const auto theirs = crypto::KeyPair::generate(random);
  const auto a = crypto::agree(ours.private_key, theirs.public_key);
  const auto b = crypto::agree(theirs.private_key, ours.public_key);
  return a && b && equal(a->view(), b->view()) &&
         Digest().add(a->view()).is("ec0a325918a5e4117d16d056fab20c1e");
}

bool signatures_agree() {
  crypto::SeededRandom random(kSeed);
  const auto key = crypto::KeyPair::generate(random);
  const auto signature = crypto::sign(key.private_key, as_bytes("signed"), random);
  return crypto::verify(key.public_key, as_bytes("signed"), signature).has_value() &&
         !crypto::verify(key.public_key, as_bytes("other"), signature) &&
         Digest().add(signature).is("5dd266cb31251416fea10af7be36d96e");
}

bool kem_agrees(crypto::Kem kem, Digest& digest) {
  crypto::SeededRandom random(kSeed);
  const auto pair = crypto::kem_generate(kem, random);
  const auto sent = crypto::kem_encapsulate(kem, pair.public_key, random);
  if (!sent) return false;
  const auto received = crypto::kem_decapsulate(kem, pair.secret_key, sent->ciphertext);
  digest.add(pair.public_key).add(sent->ciphertext).add(sent->shared_secret.view());
  return received && equal(received->view(), sent->shared_secret.view());
}

bool kems_agree() {
  Digest digest;
  return kem_agrees(crypto::Kem::kyber1024_round3, digest) &&
         kem_agrees(crypto::Kem::ml_kem_768, digest) &&
         kem_agrees(crypto::Kem::ml_kem_1024, digest) &&
         digest.is("9b141ab2efb1e3926795db70c8900494");
}

bool codec_agrees() {
  wire::channel::Send send;
  send.send_id = Bytes(16, 7);
  send.recipients.resize(2);
  send.recipients[1].devices.push_back({.device_id = 127, .registration_id = 16'380});
  const Bytes bytes = wire::encode(send);
  const auto decoded = wire::decode<wire::channel::Send>(bytes);
  return decoded && *decoded == send &&
         !wire::decode<wire::channel::Send>(ByteView(bytes).first(bytes.size() - 1)) &&
         Digest().add(bytes).is("fff1743b81e7a51952ff8459dfa8ebab");
}

AccountId account_of(std::uint8_t byte) {
  AccountId id;
  id.bytes.fill(byte);
  return id;
}

bool content_agrees() {
  const HubId hub{};
  const auto conversation = content::conversation_id(account_of(1), account_of(2));
  content::Origin origin{
      content::sender_uri(hub, account_of(1)), content::room_uri(hub, conversation), {}};
  origin.salt.fill(9);
  const auto bytes = content::encode(content::make_text(origin, "Grüße, 世界"));
  if (!bytes) return false;
  const auto decoded = content::decode(*bytes);
  if (!decoded || !content::check_origin(*decoded, origin.sender_uri, origin.room_uri)) {
    return false;
  }
  const auto id = content::message_id(origin.sender_uri, origin.room_uri, *bytes, origin.salt);
  const auto tag = franking::make_tag(
      Bytes(32, 3),
      {origin.sender_uri, content::sender_uri(hub, account_of(2)), conversation, *bytes});
  const Bytes padded = content::pad(*bytes);
  const auto unpadded = content::unpad(padded);
  return unpadded && equal(*unpadded, *bytes) &&
         Digest().add(*bytes).add(id.view()).add(tag).add(padded).is(
             "ec328be16358fcd76265e39bd37a561c");
}

// What a device offers a peer, without one-time keys.
struct Device final : signal::PreKeyLookup {
  explicit Device(RandomSource& random)
      : identity(signal::LocalIdentity::generate(random)),
        signed_key(signal::SignedPreKey::generate({1}, identity, kNow, random)),
        kyber(signal::KyberPreKey::generate({1}, true, identity, kNow, random)) {}

  Result<crypto::KeyPair> one_time_prekey(signal::PreKeyId) const override {
    return fail(ErrorCode::unknown_prekey);
  }
  Result<crypto::KeyPair> signed_prekey(signal::SignedPreKeyId) const override {
    return signed_key.key.clone();
  }
  Result<crypto::KemKeyPair> kyber_prekey(signal::KyberPreKeyId) const override {
    return kyber.key_pair();
  }
  bool was_used_before(const signal::PreKeyUse&) const override { return false; }

  signal::PreKeyBundle bundle() const {
    return {
        .registration_id = identity.registration_id,
        .identity_key = identity.key.public_key,
        .signed_prekey = {signed_key.id, signed_key.key.public_key, signed_key.signature},
        .one_time_prekey = {},
        .kyber_prekey = signal::PreKeyBundle::Kyber{kyber.id, kyber.public_key(), kyber.signature}};
  }

  signal::LocalIdentity identity;
  signal::SignedPreKey signed_key;
  signal::KyberPreKey kyber;
};

// A first message and its answer.
Result<bool> sessions_agree() {
  crypto::SeededRandom random(kSeed);
  const Device alice(random), bob(random);
  PARLEY_TRY(started, signal::start_session({}, alice.identity, bob.bundle(),
                                            signal::Protocol::pqxdh, kNow, random));
  PARLEY_TRY(first, signal::encrypt(started, as_bytes("hello"), {.now = kNow}));
  PARLEY_TRY(heard,
             signal::decrypt_prekey({}, first.message.bytes,
                                    {bob.identity, bob, signal::Protocol::pqxdh}, {}, random));
  PARLEY_TRY(second, signal::encrypt(heard.next, as_bytes("hello yourself"), {.now = kNow}));
  PARLEY_TRY(answer, signal::decrypt(first.next, second.message.bytes, {}, random));
  return as_text(heard.plaintext.view()) == "hello" &&
         as_text(answer.plaintext.view()) == "hello yourself" &&
         Digest()
             .add(first.message.bytes)
             .add(second.message.bytes)
             .is("70bb9fbceebaea6f0834de7120dd7236");
}

bool fingerprints_agree() {
  crypto::SeededRandom random(kSeed);
  const auto a = crypto::KeyPair::generate(random).public_key;
  const auto b = crypto::KeyPair::generate(random).public_key;
  const auto ours = signal::make_fingerprint({as_bytes("a"), a}, {as_bytes("b"), b});
  return Digest().add(ours.digits).add(ours.scannable).is("2b775046fcc46a215ee8bd96113a342a");
}

}  // namespace

SelfTestFailure run_self_test() {
  if (!randomness_differs()) return SelfTestFailure::randomness;
  if (!hashes_agree()) return SelfTestFailure::hashes;
  if (!ciphers_agree()) return SelfTestFailure::ciphers;
  if (!agreement_agrees()) return SelfTestFailure::agreement;
  if (!signatures_agree()) return SelfTestFailure::signatures;
  if (!kems_agree()) return SelfTestFailure::kem;
  if (!codec_agrees()) return SelfTestFailure::codec;
  if (!content_agrees()) return SelfTestFailure::content;
  if (!sessions_agree().value_or(false)) return SelfTestFailure::session;
  if (!fingerprints_agree()) return SelfTestFailure::fingerprint;
  return SelfTestFailure::none;
}

}  // namespace parley::client
