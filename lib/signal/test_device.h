// For tests: one device with its identity, prekeys and records, as a client would
// keep them, and its conversation with one other device. Used here and by
// tests/interop and bench.
#pragma once

#include <map>
#include <set>
#include <tuple>

#include "lib/crypto/system_random.h"
#include "lib/signal/session.h"

namespace parley::signal::testing {

class TestPreKeys final : public PreKeyLookup {
 public:
  Result<KeyPair> one_time_prekey(PreKeyId id) const override {
    const auto it = one_time.find(id.value);
    if (it == one_time.end()) return fail(ErrorCode::unknown_prekey);
    return it->second.key.clone();
  }
  Result<KeyPair> signed_prekey(SignedPreKeyId id) const override {
    const auto it = signed_.find(id.value);
    if (it == signed_.end()) return fail(ErrorCode::unknown_prekey);
    return it->second.key.clone();
  }
  Result<crypto::KemKeyPair> kyber_prekey(KyberPreKeyId id) const override {
    const auto it = kyber.find(id.value);
    if (it == kyber.end()) return fail(ErrorCode::unknown_prekey);
    return it->second.key_pair();
  }
  bool was_used_before(const PreKeyUse& use) const override { return used.contains(key_of(use)); }

  void consume(const PreKeyUse& use) {
    if (use.one_time) one_time.erase(use.one_time->value);
    if (!use.kyber) return;
    const auto it = kyber.find(use.kyber->value);
    if (it == kyber.end()) return;
    if (it->second.last_resort) {
      used.insert(key_of(use));
    } else {
      kyber.erase(it);
    }
  }

  using UseKey = std::tuple<std::uint32_t, std::uint32_t, PublicKey>;
  static UseKey key_of(const PreKeyUse& use) {
    return {use.kyber ? use.kyber->value : 0, use.signed_prekey.value, use.base_key};
  }

  std::map<std::uint32_t, OneTimePreKey> one_time;
  std::map<std::uint32_t, SignedPreKey> signed_;
  std::map<std::uint32_t, KyberPreKey> kyber;
  std::set<UseKey> used;
};

struct BundleOptions {
  bool one_time = true;
  bool kyber = true;
  bool last_resort = false;  // offer the last-resort Kyber key
};

class TestDevice {
 public:
  explicit TestDevice(std::uint64_t seed, Protocol protocol = Protocol::pqxdh)
      : random(seed), identity(LocalIdentity::generate(random)), protocol_(protocol) {}

  // Fresh prekeys; each bundle may be used once.
  PreKeyBundle bundle(BundleOptions options = {}) {
    const std::uint32_t id = ++last_id_;
    auto signed_key = SignedPreKey::generate({id}, identity, now, random);
    PreKeyBundle bundle{identity.registration_id,
                        identity.key.public_key,
                        {signed_key.id, signed_key.key.public_key, signed_key.signature},
                        {},
                        {}};
    prekeys.signed_.emplace(id, std::move(signed_key));
    if (options.one_time) {
      auto key = OneTimePreKey::generate({id + 1000}, random);
      bundle.one_time_prekey = {key.id, key.key.public_key};
      prekeys.one_time.emplace(key.id.value, std::move(key));
    }
    if (options.kyber) {
      auto key = KyberPreKey::generate({id + 2000}, options.last_resort, identity, now, random);
      bundle.kyber_prekey = {key.id, key.public_key(), key.signature};
      prekeys.kyber.emplace(key.id.value, std::move(key));
    }
    return bundle;
  }

  Status start(const PreKeyBundle& bundle) {
    PARLEY_TRY(next, start_session(record, identity, bundle, protocol_, now, random));
    record = std::move(next);
    return {};
  }

  Result<Message> send(ByteView plaintext) {
    PARLEY_TRY(sealed, encrypt(record, plaintext, {.now = now}));
    record = std::move(sealed.next);
    return std::move(sealed.message);
  }
  Result<Message> send(std::string_view text) { return send(as_bytes(text)); }

  // Decrypts without keeping the result.
  Result<Decrypted> open(const Message& message, const DecryptOptions& options = {}) {
    if (message.kind == MessageKind::signal) {
      return decrypt(record, message.bytes, options, random);
    }
    return decrypt_prekey(record, message.bytes, responder(), options, random);
  }

  Result<std::string> receive(const Message& message) {
    PARLEY_TRY(opened, open(message));
    if (opened.used_prekeys) prekeys.consume(*opened.used_prekeys);
    record = std::move(opened.next);
    return std::string(as_text(opened.plaintext.view()));
  }

  Responder responder() const { return {identity, prekeys, protocol_}; }

  crypto::SeededRandom random;
  LocalIdentity identity;
  TestPreKeys prekeys;
  SessionRecord record;
  Time now{1'700'000'000'000};

 private:
  Protocol protocol_;
  std::uint32_t last_id_ = 0;
};

}  // namespace parley::signal::testing
