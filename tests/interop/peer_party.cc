#include <algorithm>
#include <cstdlib>

#include "lib/base/encoding.h"
#include "tests/interop/party.h"

namespace parley::interop {
namespace {

using crypto::PublicKey;

// Bytes in the peers' notation: "-" none, "." empty.
std::string hex(ByteView bytes) { return bytes.empty() ? "." : hex_encode(bytes); }
Result<Bytes> unhex(const std::string& text) {
  if (text == "." || text == "-") return Bytes();
  return hex_decode(text);
}
std::uint32_t number(const std::string& text) {
  return static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 10));
}

// What a peer says is expected to be well-formed: its mistakes end the test program.
PublicKey key(const std::string& text) { return *PublicKey::parse(*unhex(text)); }
signal::Signature signature(const std::string& text) {
  signal::Signature out{};
  std::ranges::copy(unhex(text).value(), out.begin());
  return out;
}

class PeerParty final : public Party {
 public:
  PeerParty(PeerProcess& process, Protocol protocol, std::uint32_t max_jump)
      : process_(process),
        name_(process.ask("create")->at(0)),
        kyber_(protocol == Protocol::pqxdh ? "1" : "0"),
        max_jump_(max_jump) {}

  PublicKey identity_key() override { return key(ask("identity")->at(0)); }
  std::uint32_t max_jump() const override { return max_jump_; }

  PreKeyBundle bundle(bool with_one_time) override {
    const auto words = ask("bundle " + std::string(with_one_time ? "1 " : "0 ") + kyber_).value();
    PreKeyBundle bundle{{number(words[1])},
                        key(words[0]),
                        {{number(words[2])}, key(words[3]), signature(words[4])},
                        {},
                        {}};
    if (words[5] != "-") bundle.one_time_prekey = {{number(words[5])}, key(words[6])};
    if (words[7] != "-") {
      bundle.kyber_prekey = {{number(words[7])}, *unhex(words[8]), signature(words[9])};
    }
    return bundle;
  }

  Status start(const PreKeyBundle& bundle) override {
    const auto& [signed_id, signed_key, signed_signature] = bundle.signed_prekey;
    std::string line = "start " + hex(bundle.identity_key.serialize()) + " " +
                       std::to_string(bundle.registration_id.value) + " " +
                       std::to_string(signed_id.value) + " " + hex(signed_key.serialize()) + " " +
                       hex(signed_signature);
    if (const auto& one_time = bundle.one_time_prekey) {
      line += " " + std::to_string(one_time->id.value) + " " + hex(one_time->key.serialize());
    } else {
      line += " - -";
    }
    if (const auto& kyber = bundle.kyber_prekey) {
      line += " " + std::to_string(kyber->id.value) + " " + hex(kyber->key) + " " +
              hex(kyber->signature);
    } else {
      line += " - - -";
    }
    PARLEY_TRY(words, ask(line));
    return {};
  }

  Result<Message> send(std::string_view text) override {
    PARLEY_TRY(words, ask("encrypt " + hex(as_bytes(text))));
    PARLEY_TRY(bytes, unhex(words[1]));
    const bool prekey = words[0] == "prekey";
    return Message{prekey ? signal::MessageKind::prekey_signal : signal::MessageKind::signal,
                   std::move(bytes)};
  }
  Result<std::string> receive(const Message& message) override {
    const bool prekey = message.kind == signal::MessageKind::prekey_signal;
    return ask_text(std::string("decrypt ") + (prekey ? "prekey " : "signal ") +
                    hex(message.bytes));
  }
  void forget() override { static_cast<void>(ask("forget")); }

  Result<Bytes> distribute(const DistributionId& id) override {
    return ask_bytes("distribute " + hex(id.view()));
  }
  Status accept_distribution(const DistributionId&, const Bytes& message) override {
    PARLEY_TRY(words, ask("accept_distribution " + hex(message)));
    return {};
  }
  Result<Bytes> group_send(const DistributionId& id, std::string_view text) override {
    return ask_bytes("group_encrypt " + hex(id.view()) + " " + hex(as_bytes(text)));
  }
  Result<std::string> group_receive(const DistributionId&, const Bytes& message) override {
    return ask_text("group_decrypt " + hex(message));
  }

  Result<SafetyNumber> safety_number(std::string_view own_id, std::string_view other_id,
                                     const PublicKey& other_key, const Bytes& scanned) override {
    PARLEY_TRY(words,
               ask("fingerprint " + hex(as_bytes(own_id)) + " " + hex(as_bytes(other_id)) + " " +
                   hex(other_key.serialize()) + " " + (scanned.empty() ? "-" : hex(scanned))));
    PARLEY_TRY(scannable, unhex(words[1]));
    return SafetyNumber{words[0], std::move(scannable), words[2] == "1"};
  }

 private:
  Result<std::vector<std::string>> ask(const std::string& command) {
    return process_.ask(name_ + " " + command);
  }
  Result<Bytes> ask_bytes(const std::string& command) {
    PARLEY_TRY(words, ask(command));
    return unhex(words[0]);
  }
  Result<std::string> ask_text(const std::string& command) {
    PARLEY_TRY(bytes, ask_bytes(command));
    return std::string(as_text(bytes));
  }

  PeerProcess& process_;
  std::string name_;
  std::string kyber_;
  std::uint32_t max_jump_;
};

}  // namespace

std::unique_ptr<Party> make_peer_party(PeerProcess& process, Protocol protocol,
                                       std::uint32_t max_jump) {
  return std::make_unique<PeerParty>(process, protocol, max_jump);
}

}  // namespace parley::interop
