// The long-lived keys of the Signal Protocol: a device's identity, the prekeys it
// publishes so that others can write to it while it is away, and the bundle of
// them that a sender fetches.
//
// Private parts are move-only and wiped; `serialize()` gives bytes for the
// device's own encrypted store (proto/signal_store.proto), never for the wire.
// The public parts are plain values. Nothing here does I/O or keeps state; safe
// from any thread.
//
// Sources: Signal, "The X3DH Key Agreement Protocol" §3 and "The PQXDH Key
// Agreement Protocol" §3 (which keys there are and what is signed).
#pragma once

#include <optional>

#include "lib/base/bytes.h"
#include "lib/base/ids.h"
#include "lib/base/random.h"
#include "lib/base/result.h"
#include "lib/base/secret.h"
#include "lib/base/time.h"
#include "lib/crypto/curve25519.h"
#include "lib/crypto/kem.h"

namespace parley::signal {

using crypto::KeyPair;
using crypto::PrivateKey;
using crypto::PublicKey;
using crypto::Signature;

using PreKeyId = NumberId<struct PreKeyIdTag, std::uint32_t>;
using SignedPreKeyId = NumberId<struct SignedPreKeyIdTag, std::uint32_t>;
using KyberPreKeyId = NumberId<struct KyberPreKeyIdTag, std::uint32_t>;

// 0x08 and a Kyber-1024 (round 3) public key, or ciphertext.
inline constexpr std::size_t kKyberPublicKeyBytes = 1569;
inline constexpr std::size_t kKyberCiphertextBytes = 1569;

// Who this device is.
struct LocalIdentity {
  KeyPair key;  // the account's; the same on all its devices
  RegistrationId registration_id;

  static LocalIdentity generate(RandomSource& random);
};

// Used for one session, then deleted.
struct OneTimePreKey {
  PreKeyId id;
  KeyPair key;

  static OneTimePreKey generate(PreKeyId id, RandomSource& random);
  SecretBuffer serialize() const;
  // ErrorCode::malformed, or store_too_new for a later format. Likewise below.
  static Result<OneTimePreKey> parse(ByteView bytes);
};

// Replaced every few weeks; the last ones are kept for messages still under way.
struct SignedPreKey {
  SignedPreKeyId id;
  KeyPair key;
  Signature signature;  // by the identity key, over the 33 serialized bytes
  Time created;

  static SignedPreKey generate(SignedPreKeyId id, const LocalIdentity& identity, Time now,
                               RandomSource& random);
  SecretBuffer serialize() const;
  static Result<SignedPreKey> parse(ByteView bytes);
};

// Kept as the seed of its key pair: 64 bytes instead of 4.7 KB.
struct KyberPreKey {
  KyberPreKeyId id;
  Secret<64> seed;
  Signature signature;  // by the identity key, over the 1569 serialized bytes
  Time created;
  bool last_resort;  // handed out when the one-time keys are used up; stays after use

  static KyberPreKey generate(KyberPreKeyId id, bool last_resort, const LocalIdentity& identity,
                              Time now, RandomSource& random);
  // Computes the pair from the seed (some 30 microseconds).
  crypto::KemKeyPair key_pair() const;
  // 0x08 and the key, as published and signed.
  Bytes public_key() const;
  SecretBuffer serialize() const;
  static Result<KyberPreKey> parse(ByteView bytes);
};

// What a sender fetched about one device. Nothing in it is trusted before
// start_session() has verified it against the identity key.
struct PreKeyBundle {
  struct OneTime {
    PreKeyId id;
    PublicKey key;
  };
  struct Signed {
    SignedPreKeyId id;
    PublicKey key;
    Signature signature;
  };
  struct Kyber {
    KyberPreKeyId id;
    Bytes key;  // 0x08 and 1568 bytes
    Signature signature;
  };

  RegistrationId registration_id;
  PublicKey identity_key;
  Signed signed_prekey;
  std::optional<OneTime> one_time_prekey;  // absent: used up
  std::optional<Kyber> kyber_prekey;       // absent only for a peer that speaks X3DH
};

// Which of our prekeys a message used, and with which key of the sender. The
// triple (kyber, signed prekey, base key) must stay known for as long as a
// last-resort Kyber key does: seeing it again is a replay.
struct PreKeyUse {
  std::optional<PreKeyId> one_time;
  SignedPreKeyId signed_prekey;
  std::optional<KyberPreKeyId> kyber;
  PublicKey base_key;
};

// The device's own prekeys, as the caller keeps them. Only read.
class PreKeyLookup {
 public:
  virtual ~PreKeyLookup() = default;
  // ErrorCode::unknown_prekey for an id that is not (or no longer) held.
  virtual Result<KeyPair> one_time_prekey(PreKeyId id) const = 0;
  virtual Result<KeyPair> signed_prekey(SignedPreKeyId id) const = 0;
  virtual Result<crypto::KemKeyPair> kyber_prekey(KyberPreKeyId id) const = 0;
  // True where this use was reported before by a successful decrypt; needed for
  // last-resort Kyber keys (others are gone after their use).
  virtual bool was_used_before(const PreKeyUse& use) const = 0;
};

}  // namespace parley::signal
