// Known answers. The published ones cover X3DH and the symmetric chain; PQXDH has
// none, there the real library is the oracle (tests/interop).
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "lib/base/encoding.h"
#include "lib/signal/handshake.h"
#include "lib/signal/ratchet.h"
#include "lib/signal/sender_key.h"
#include "lib/signal/test_device.h"

namespace parley::signal {
namespace {

Secret<32> secret(std::string_view hex) {
  const Bytes bytes = hex_decode(hex).value();
  return Secret<32>(ByteView(bytes).first<32>());
}

KeyPair key_pair(std::string_view private_hex) {
  return KeyPair::from_private(secret(private_hex));
}

// Values: test_chain_key_derivation_v3 of libsignal-protocol-c, tests/test_ratchet.c.
TEST(ChainVectors, MessageKeysAndNextKeyOfAChain) {
  const ChainKey chain{secret("8ab72d6f4cc5ac0d387eaf463378ddb28edd07385b1cb01250c715982e7ad48f"),
                       0};
  const MessageKeys keys(chain.message_seed());
  EXPECT_EQ(hex_encode(keys.cipher_key()),
            "bf51e9d75e0e31031051f82a2491ffc084fa298b7793bd9db620056febf45217");
  EXPECT_EQ(hex_encode(keys.mac_key()),
            "c6c77d6a73a354337a56435e34607dfe48e3ace14e77314dc6abc172e7a7030b");
  EXPECT_EQ(hex_encode(chain.next().key.view()),
            "28e8f8fee54b801eef7c5cfb2f17f32c7b334485bbb70fac6ec10342a246d15d");
  EXPECT_EQ(chain.next().index, 1u);
}

// Values: testRatchetingSessionAsBob of libsignal-protocol-java
// (RatchetingSessionTest.java); the same in libsignal-protocol-c and libomemo-c.
TEST(HandshakeVectors, X3dhGivesTheResponderThePublishedSendingChain) {
  const LocalIdentity bob{
      key_pair("4875cc69ddf8ea0719ec947d61081135868d5fd801f02c0225e516df2156605e"), {7}};
  EXPECT_EQ(hex_encode(bob.key.public_key.serialize()),
            "05f1f43874f6966956c2dd473f8fa15adeb71d1cb991b2341692324cefb1c5e626");
  testing::TestPreKeys prekeys;
  prekeys.signed_.emplace(
      1, SignedPreKey{{1},
                      key_pair("583900131fb727998b7803fe6ac22cc591f342e4e42a8c8d5d78194209b8d253"),
                      {},
                      {}});
  const auto parse = [](std::string_view hex) {
    return PublicKey::parse(hex_decode(hex).value()).value();
  };
  ParsedPreKeyMessage message{};
  message.info.protocol = Protocol::x3dh;
  message.info.signed_prekey = {1};
  message.info.identity_key =
      parse("05b4a8455660ada65b401007f615e654041746432e3339c6875149bceefcb42b4a");
  message.info.base_key =
      parse("05472d1fb1a9862c3af6beaca8920277e2b26f4a79213ec7c906aeb35e03cf8950");

  const auto session = respond({bob, prekeys, Protocol::x3dh}, message);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->local_identity, bob.key.public_key);
  EXPECT_EQ(session->remote_identity, message.info.identity_key);
  EXPECT_EQ(hex_encode(session->sender_chain.key.view()),
            "9797caca53c989bbe229a40ca7727010eb2604fc14945d77958a0aeda088b44d");
}

// Values: made by libsignal-client 0.72.1 (X3DH) and 0.90.0 (PQXDH, group) with
// tests/data/signal/record.mjs. They hold the bytes fast where the library itself
// is not at hand (tests/interop talks with it).
class Recorded : public ::testing::Test {
 protected:
  Recorded() {
    std::ifstream file("tests/data/signal/recorded.txt");
    for (std::string name, value; file >> name >> value;) {
      if (name == "#") {
        std::getline(file, value);
      } else {
        values_[name] = value;
      }
    }
  }
  Bytes bytes(const std::string& name) const { return hex_decode(values_.at(name)).value(); }

  void read_session(const std::string& prefix, Protocol protocol);

  class Keys final : public PreKeyLookup {
   public:
    Result<KeyPair> one_time_prekey(PreKeyId id) const override {
      EXPECT_EQ(id.value, 2u);
      return one_time.clone();
    }
    Result<KeyPair> signed_prekey(SignedPreKeyId id) const override {
      EXPECT_EQ(id.value, 1u);
      return signed_key.clone();
    }
    Result<crypto::KemKeyPair> kyber_prekey(KyberPreKeyId id) const override {
      EXPECT_EQ(id.value, 3u);
      return crypto::KemKeyPair{{}, SecretBuffer(ByteView(kyber).subspan(1))};
    }
    bool was_used_before(const PreKeyUse&) const override { return false; }
    KeyPair one_time, signed_key;
    Bytes kyber;  // 0x08 and the secret key
  };

 private:
  std::map<std::string, std::string> values_;
};

void Recorded::read_session(const std::string& prefix, Protocol protocol) {
  const auto pair = [&](const std::string& name) { return key_pair(hex_encode(bytes(name))); };
  const LocalIdentity local{pair(prefix + ".identity"), {1}};
  Keys keys;
  keys.signed_key = pair(prefix + ".signed");
  keys.one_time = pair(prefix + ".one_time");
  if (protocol == Protocol::pqxdh) keys.kyber = bytes(prefix + ".kyber");
  crypto::SeededRandom random(1);
  SessionRecord record;
  for (const std::string i : {"1", "0", "2"}) {
    auto opened = decrypt_prekey(record, bytes(prefix + ".message." + i), {local, keys, protocol},
                                 {}, random);
    ASSERT_TRUE(opened) << opened.error().detail;
    EXPECT_EQ(as_text(opened->plaintext.view()), "text " + i);
    EXPECT_EQ(opened->sender_identity.serialize(),
              PublicKey::parse(bytes(prefix + ".sender"))->serialize());
    record = std::move(opened->next);
    EXPECT_EQ(record.remote_registration_id()->value, 4711u);
  }
}

TEST_F(Recorded, FirstMessagesOfX3dh) { read_session("x3dh", Protocol::x3dh); }
TEST_F(Recorded, FirstMessagesOfPqxdh) { read_session("pqxdh", Protocol::pqxdh); }

TEST_F(Recorded, AGroupsDistributionAndMessages) {
  const DistributionId id = DistributionId::from(bytes("group.id")).value();
  SenderKeyRecord record =
      accept_distribution(SenderKeyRecord(), id, bytes("group.distribution")).value();
  for (const std::string i : {"2", "0", "1"}) {
    auto opened = group_decrypt(record, id, bytes("group.message." + i));
    ASSERT_TRUE(opened) << opened.error().detail;
    EXPECT_EQ(as_text(opened->plaintext.view()), "text " + i);
    record = std::move(opened->next);
  }
}

}  // namespace
}  // namespace parley::signal
