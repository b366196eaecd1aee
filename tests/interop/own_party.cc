#include "tests/interop/party.h"

namespace parley::interop {
namespace {

class OwnParty final : public Party {
 public:
  OwnParty(std::uint64_t seed, Protocol protocol)
      : device_(seed, protocol), has_kyber_(protocol == Protocol::pqxdh) {}

  crypto::PublicKey identity_key() override { return device_.identity.key.public_key; }
  PreKeyBundle bundle(bool with_one_time) override {
    return device_.bundle({.one_time = with_one_time, .kyber = has_kyber_});
  }
  Status start(const PreKeyBundle& bundle) override { return device_.start(bundle); }
  Result<Message> send(std::string_view text) override {
    store_and_load();
    return device_.send(text);
  }
  Result<std::string> receive(const Message& message) override { return device_.receive(message); }
  void forget() override { device_.record = signal::SessionRecord(); }

  Result<Bytes> distribute(const DistributionId& id) override {
    PARLEY_TRY(distribution, signal::distribute(own_key_, id, device_.random));
    own_key_ = std::move(distribution.next);
    return to_bytes(distribution.message.view());
  }
  Status accept_distribution(const DistributionId& id, const Bytes& message) override {
    PARLEY_TRY(next, signal::accept_distribution(other_key_, id, message));
    other_key_ = std::move(next);
    return {};
  }
  Result<Bytes> group_send(const DistributionId& id, std::string_view text) override {
    PARLEY_TRY(sealed, signal::group_encrypt(own_key_, id, as_bytes(text), device_.random));
    own_key_ = std::move(sealed.next);
    return std::move(sealed.message);
  }
  Result<std::string> group_receive(const DistributionId& id, const Bytes& message) override {
    PARLEY_TRY(opened, signal::group_decrypt(other_key_, id, message));
    other_key_ = std::move(opened.next);
    return std::string(as_text(opened.plaintext.view()));
  }

  Result<SafetyNumber> safety_number(std::string_view own_id, std::string_view other_id,
                                     const crypto::PublicKey& other_key,
                                     const Bytes& scanned) override {
    const auto print = signal::make_fingerprint({as_bytes(own_id), identity_key()},
                                                {as_bytes(other_id), other_key});
    SafetyNumber number{print.digits, print.scannable};
    if (scanned.empty()) return number;
    PARLEY_TRY(fits, signal::scannable_matches(print, scanned));
    number.scanned_fits = fits;
    return number;
  }

 private:
  // As a client does between messages; now and then, since it costs time.
  void store_and_load() {
    if (++sent_ % 16 != 0) return;
    auto loaded = signal::SessionRecord::parse(device_.record.serialize().view());
    if (loaded) device_.record = std::move(*loaded);
  }

  signal::testing::TestDevice device_;
  bool has_kyber_;
  unsigned sent_ = 0;
  signal::SenderKeyRecord own_key_;
  signal::SenderKeyRecord other_key_;
};

}  // namespace

std::unique_ptr<Party> make_own_party(std::uint64_t seed, Protocol protocol) {
  return std::make_unique<OwnParty>(seed, protocol);
}

}  // namespace parley::interop
