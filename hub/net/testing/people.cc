#include "hub/net/testing/people.h"

#include "hub/engine/conversation.h"
#include "lib/crypto/system_random.h"
#include "lib/json/setup_json.h"

namespace parley::hub::testing {
namespace {

namespace channel = wire::channel;
namespace setup = wire::setup;

constexpr std::size_t kKyberBytes = 1569;
constexpr std::uint8_t kKyberType = 0x08;

crypto::SystemRandom& random_source() {
  static crypto::SystemRandom random;
  return random;
}

Bytes random_bytes(std::size_t size) {
  Bytes bytes(size);
  random_source().fill(bytes);
  return bytes;
}

Bytes curve_key() {
  return to_bytes(crypto::KeyPair::generate(random_source()).public_key.serialize());
}

channel::KyberPrekey kyber_key(const Person& of, std::uint32_t id) {
  channel::KyberPrekey key;
  key.id = id;
  key.public_key = random_bytes(kKyberBytes);
  key.public_key[0] = kKyberType;
  key.signature = to_bytes(crypto::sign(of.identity.private_key, key.public_key, random_source()));
  return key;
}

}  // namespace

std::optional<Person> sign_up(std::uint16_t port, const std::string& handle, bool tls) {
  Person person;
  person.identity = crypto::KeyPair::generate(random_source());
  person.registration_id = static_cast<std::uint32_t>(1 + random_source().below(16380));
  setup::SignUp request;
  request.handle = handle;
  request.password = kPassword;
  request.country = "DE";
  request.device =
      setup::NewDevice{.registration_id = person.registration_id,
                       .identity_key = to_bytes(person.identity.public_key.serialize()),
                       .name = {}};
  const auto reply = http(port, "POST", "/v1/accounts", json::to_json(request).value(), {}, tls);
  if (!reply || reply->status != 200) return {};
  const auto registered = json::from_json<setup::Registered>(reply->body);
  if (!registered) return {};
  person.account_id = registered->account_id;
  person.device_id = registered->device_id;
  person.session_token = to_bytes(registered->session_token.view());
  return person;
}

channel::UploadPrekeys some_prekeys(const Person& of, std::size_t one_time) {
  channel::UploadPrekeys keys;
  const Bytes signed_key = curve_key();
  keys.signed_prekey = channel::SignedPrekey{
      .id = 1,
      .public_key = signed_key,
      .signature = to_bytes(crypto::sign(of.identity.private_key, signed_key, random_source()))};
  keys.last_resort_kyber_prekey = kyber_key(of, 1);
  for (std::uint32_t id = 1; id <= one_time; ++id) {
    keys.one_time_prekeys.push_back({.id = id, .public_key = curve_key()});
    keys.one_time_kyber_prekeys.push_back(kyber_key(of, 1 + id));
  }
  return keys;
}

channel::Send some_message(const Person& from, const Person& to, std::size_t bytes) {
  channel::Send send;
  send.send_id = random_bytes(16);
  send.conversation_id =
      conversation_between(*AccountId::from(from.account_id), *AccountId::from(to.account_id))
          .to_bytes();
  channel::Recipient recipient;
  recipient.account_id = to.account_id;
  recipient.devices.push_back({.device_id = to.device_id,
                               .registration_id = to.registration_id,
                               .type = channel::CiphertextType::signal,
                               .ciphertext = random_bytes(bytes)});
  send.recipients.push_back(std::move(recipient));
  send.franking_tag = random_bytes(32);
  return send;
}

bool accept(RawChannel& raw, const Person& other) {
  const auto answer =
      raw.ask(frame_of(channel::SetRelation{other.account_id, channel::Relation::accepted}));
  return answer && std::holds_alternative<channel::Done>(answer->body);
}

std::optional<RawChannel> join(std::uint16_t port, const Person& person,
                               const ChannelOptions& options) {
  RawChannel raw;
  if (!raw.connect(port, options)) return {};
  const auto welcome = raw.hello(person.session_token);
  if (!welcome) return {};
  if (welcome->prekeys && welcome->prekeys->signed_prekey_id != 0) return raw;
  const auto answer = raw.ask(frame_of(some_prekeys(person, 1)));
  if (!answer || !std::holds_alternative<channel::PrekeyCounts>(answer->body)) return {};
  return raw;
}

}  // namespace parley::hub::testing
