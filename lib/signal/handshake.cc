#include "lib/signal/handshake.h"

#include <algorithm>
#include <cassert>

#include "lib/crypto/hash.h"

namespace parley::signal {
namespace {

// The input of the key derivation: 32 bytes 0xFF, then each agreement's secret.
class KeyMaterial {
 public:
  KeyMaterial() : bytes_(kMostBytes) {
    std::ranges::fill(bytes_.mutable_view().first(32), std::uint8_t{0xff});
  }
  void add(const Secret<32>& secret) {
    assert(used_ + 32 <= kMostBytes);
    std::ranges::copy(secret.view(), bytes_.mutable_view().subspan(used_).begin());
    used_ += 32;
  }
  Status add_agreement(const PrivateKey& ours, const PublicKey& theirs) {
    PARLEY_TRY(secret, crypto::agree(ours, theirs));
    add(secret);
    return {};
  }
  // PQXDH derives 32 bytes more, for the post-quantum ratchet's authentication;
  // they are dropped with the rest.
  RootStep derive(Protocol protocol) const {
    const bool pq = protocol == Protocol::pqxdh;
    const auto info = pq ? "WhisperText_X25519_SHA-256_CRYSTALS-KYBER-1024" : "WhisperText";
    return split_root(
        crypto::hkdf_sha256(bytes_.view().first(used_), {}, as_bytes(info), pq ? 96 : 64));
  }

 private:
  static constexpr std::size_t kMostBytes = 32 * 6;
  SecretBuffer bytes_;
  std::size_t used_ = 32;
};

Bytes with_type(std::uint8_t type, ByteView raw) {
  Bytes typed{type};
  append(typed, raw);
  return typed;
}

Result<ByteView> without_type(std::uint8_t type, ByteView typed, std::size_t size) {
  if (typed.size() != size || typed[0] != type) {
    return fail(ErrorCode::invalid_key, "not a Kyber-1024 key or ciphertext");
  }
  return typed.subspan(1);
}

Status verify_bundle(const PreKeyBundle& bundle, Protocol protocol) {
  PARLEY_CHECK(crypto::verify(bundle.identity_key, bundle.signed_prekey.key.serialize(),
                              bundle.signed_prekey.signature));
  if (protocol == Protocol::x3dh) return {};
  if (!bundle.kyber_prekey) return fail(ErrorCode::no_prekeys, "the bundle has no Kyber prekey");
  return crypto::verify(bundle.identity_key, bundle.kyber_prekey->key,
                        bundle.kyber_prekey->signature);
}

Status add_kyber(const PreKeyBundle::Kyber& prekey, KeyMaterial& material, PendingPrekey& pending,
                 RandomSource& random) {
  PARLEY_TRY(raw, without_type(crypto::kKyber1024Type, prekey.key, kKyberPublicKeyBytes));
  PARLEY_TRY(capsule, crypto::kem_encapsulate(crypto::Kem::kyber1024_round3, raw, random));
  material.add(capsule.shared_secret);
  pending.kyber = prekey.id;
  pending.kyber_ciphertext = with_type(crypto::kKyber1024Type, capsule.ciphertext);
  return {};
}

// The agreement's secrets, in the initiator's view of the keys.
Result<RootStep> agree_as_initiator(const LocalIdentity& local, const KeyPair& base,
                                    const PreKeyBundle& bundle, Protocol protocol,
                                    PendingPrekey& pending, RandomSource& random) {
  KeyMaterial material;
  PARLEY_CHECK(material.add_agreement(local.key.private_key, bundle.signed_prekey.key));
  PARLEY_CHECK(material.add_agreement(base.private_key, bundle.identity_key));
  PARLEY_CHECK(material.add_agreement(base.private_key, bundle.signed_prekey.key));
  if (bundle.one_time_prekey) {
    PARLEY_CHECK(material.add_agreement(base.private_key, bundle.one_time_prekey->key));
    pending.one_time = bundle.one_time_prekey->id;
  }
  if (protocol == Protocol::pqxdh) {
    PARLEY_CHECK(add_kyber(*bundle.kyber_prekey, material, pending, random));
  }
  return material.derive(protocol);
}

Status add_kyber(const Responder& responder, const ParsedPreKeyMessage& message,
                 KeyMaterial& material) {
  PARLEY_TRY(raw,
             without_type(crypto::kKyber1024Type, message.kyber_ciphertext, kKyberCiphertextBytes));
  PARLEY_TRY(pair, responder.prekeys.kyber_prekey(*message.info.kyber_prekey));
  PARLEY_TRY(secret, crypto::kem_decapsulate(crypto::Kem::kyber1024_round3, pair.secret_key, raw));
  material.add(secret);
  return {};
}

Result<RootStep> agree_as_responder(const Responder& responder, const KeyPair& signed_prekey,
                                    const ParsedPreKeyMessage& message) {
  const PreKeyMessageInfo& info = message.info;
  KeyMaterial material;
  PARLEY_CHECK(material.add_agreement(signed_prekey.private_key, info.identity_key));
  PARLEY_CHECK(material.add_agreement(responder.local.key.private_key, info.base_key));
  PARLEY_CHECK(material.add_agreement(signed_prekey.private_key, info.base_key));
  if (info.one_time_prekey) {
    PARLEY_TRY(one_time, responder.prekeys.one_time_prekey(*info.one_time_prekey));
    PARLEY_CHECK(material.add_agreement(one_time.private_key, info.base_key));
  }
  if (info.protocol == Protocol::pqxdh) PARLEY_CHECK(add_kyber(responder, message, material));
  return material.derive(info.protocol);
}

}  // namespace

Result<SessionState> initiate(const LocalIdentity& local, const PreKeyBundle& bundle,
                              Protocol protocol, Time now, RandomSource& random) {
  PARLEY_CHECK(verify_bundle(bundle, protocol));
  const KeyPair base = KeyPair::generate(random);
  PendingPrekey pending{{}, bundle.signed_prekey.id, {}, {}, now};
  PARLEY_TRY(agreed, agree_as_initiator(local, base, bundle, protocol, pending, random));

  // Their signed prekey is their first ratchet key; ours follows at once.
  KeyPair ratchet = KeyPair::generate(random);
  PARLEY_TRY(sending, step_root(agreed.root, ratchet.private_key, bundle.signed_prekey.key));
  SessionState state{protocol,
                     local.key.public_key,
                     bundle.identity_key,
                     local.registration_id,
                     bundle.registration_id,
                     base.public_key,
                     std::move(sending.root),
                     0,
                     std::move(ratchet),
                     std::move(sending.chain)};
  state.put_chain({bundle.signed_prekey.key, {std::move(agreed.chain), {}}});
  state.pending = std::make_shared<const PendingPrekey>(std::move(pending));
  return state;
}

Result<SessionState> respond(const Responder& responder, const ParsedPreKeyMessage& message) {
  const PreKeyMessageInfo& info = message.info;
  if (!crypto::is_canonical_and_torsion_free(info.base_key)) {
    return fail(ErrorCode::invalid_key, "base key");
  }
  PARLEY_TRY(signed_prekey, responder.prekeys.signed_prekey(info.signed_prekey));
  PARLEY_TRY(agreed, agree_as_responder(responder, signed_prekey, message));
  return SessionState{info.protocol,
                      responder.local.key.public_key,
                      info.identity_key,
                      responder.local.registration_id,
                      info.registration_id,
                      info.base_key,
                      std::move(agreed.root),
                      0,
                      std::move(signed_prekey),
                      std::move(agreed.chain)};
}

}  // namespace parley::signal
