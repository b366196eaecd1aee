#include "lib/signal/message.h"

#include <algorithm>

#include "lib/crypto/hash.h"
#include "lib/wire/wire.h"

namespace parley::signal {
namespace {

// The low half is the highest version the sender knows.
std::uint8_t version_byte(Protocol protocol) {
  const auto version = static_cast<std::uint8_t>(protocol);
  return static_cast<std::uint8_t>(version << 4 | version);
}

// Later peers may know higher versions (libsignal sends X3DH as 0x34); what counts
// is the version this message is in.
Result<Protocol> parse_version(std::uint8_t byte) {
  const std::uint8_t version = byte >> 4;
  if ((byte & 0x0f) < version) return fail(ErrorCode::malformed, "version byte");
  if (version == 3) return Protocol::x3dh;
  if (version == 4) return Protocol::pqxdh;
  return fail(ErrorCode::unsupported_version, "version of a Signal message");
}

Result<PublicKey> parse_key(const std::optional<Bytes>& field) {
  if (!field) return fail(ErrorCode::malformed, "a public key is missing");
  return PublicKey::parse(*field);
}

Bytes key_bytes(const PublicKey& key) { return to_bytes(key.serialize()); }

crypto::Sha256Digest compute_mac(ByteView mac_key, const MacParties& parties, ByteView message) {
  const auto sender = parties.sender.serialize();
  const auto receiver = parties.receiver.serialize();
  const ByteView pieces[] = {sender, receiver, message};
  return crypto::hmac_sha256(mac_key, pieces);
}

}  // namespace

Result<ParsedSignalMessage> parse_signal_message(ByteView message) {
  if (message.size() < 1 + kMacBytes) return fail(ErrorCode::malformed, "message too short");
  PARLEY_TRY(protocol, parse_version(message[0]));
  const ByteView authenticated = message.first(message.size() - kMacBytes);
  PARLEY_TRY(fields, wire::decode<wire::signal::SignalMessage>(authenticated.subspan(1)));
  PARLEY_TRY(ratchet_key, parse_key(fields.ratchet_key));
  if (!fields.counter || !fields.ciphertext) {
    return fail(ErrorCode::malformed, "counter or ciphertext is missing");
  }
  const std::uint32_t counter = *fields.counter;
  return ParsedSignalMessage{protocol,          ratchet_key,   counter,
                             std::move(fields), authenticated, message.last(kMacBytes)};
}

Bytes build_signal_message(SignalMessageParts parts, ByteView mac_key, const MacParties& parties) {
  wire::signal::SignalMessage fields;
  fields.ratchet_key = key_bytes(parts.ratchet_key);
  fields.counter = parts.counter;
  fields.previous_counter = parts.previous_counter;
  fields.ciphertext = std::move(parts.ciphertext);
  Bytes message;
  message.reserve(1 + encoded_size(fields) + kMacBytes);
  message.push_back(version_byte(parts.protocol));
  wire::append_to(message, fields);
  const auto mac = compute_mac(mac_key, parties, message);
  append(message, ByteView(mac).first(kMacBytes));
  return message;
}

bool mac_fits(const ParsedSignalMessage& message, ByteView mac_key, const MacParties& parties) {
  const auto expected = compute_mac(mac_key, parties, message.authenticated);
  return crypto::constant_time_equal(ByteView(expected).first(kMacBytes), message.mac);
}

Result<ParsedPreKeyMessage> parse_prekey_message(ByteView message) {
  if (message.empty()) return fail(ErrorCode::malformed, "message too short");
  PARLEY_TRY(protocol, parse_version(message[0]));
  PARLEY_TRY(fields, wire::decode<wire::signal::PreKeySignalMessage>(message.subspan(1)));
  PARLEY_TRY(base_key, parse_key(fields.base_key));
  PARLEY_TRY(identity_key, parse_key(fields.identity_key));
  if (!fields.message || !fields.signed_pre_key_id) {
    return fail(ErrorCode::malformed, "message or signed prekey id is missing");
  }
  const bool has_kyber = fields.kyber_pre_key_id && fields.kyber_ciphertext;
  const bool has_part = fields.kyber_pre_key_id || fields.kyber_ciphertext;
  if (has_kyber != has_part || has_kyber != (protocol == Protocol::pqxdh)) {
    return fail(ErrorCode::malformed, "Kyber key and version do not go together");
  }
  ParsedPreKeyMessage parsed{{protocol,
                              identity_key,
                              RegistrationId{fields.registration_id.value_or(0)},
                              base_key,
                              {},
                              SignedPreKeyId{*fields.signed_pre_key_id},
                              {}},
                             std::move(*fields.message),
                             {}};
  if (fields.pre_key_id) parsed.info.one_time_prekey = PreKeyId{*fields.pre_key_id};
  if (has_kyber) {
    parsed.info.kyber_prekey = KyberPreKeyId{*fields.kyber_pre_key_id};
    parsed.kyber_ciphertext = std::move(*fields.kyber_ciphertext);
  }
  return parsed;
}

Bytes build_prekey_message(const PreKeyMessageInfo& info, ByteView kyber_ciphertext,
                           Bytes signal_message) {
  wire::signal::PreKeySignalMessage fields;
  if (info.one_time_prekey) fields.pre_key_id = info.one_time_prekey->value;
  fields.base_key = key_bytes(info.base_key);
  fields.identity_key = key_bytes(info.identity_key);
  fields.message = std::move(signal_message);
  fields.registration_id = info.registration_id.value;
  fields.signed_pre_key_id = info.signed_prekey.value;
  if (info.kyber_prekey) {
    fields.kyber_pre_key_id = info.kyber_prekey->value;
    fields.kyber_ciphertext = to_bytes(kyber_ciphertext);
  }
  Bytes message;
  message.reserve(1 + encoded_size(fields));
  message.push_back(version_byte(info.protocol));
  wire::append_to(message, fields);
  return message;
}

Result<PreKeyMessageInfo> inspect_prekey_message(ByteView message) {
  PARLEY_TRY(parsed, parse_prekey_message(message));
  return parsed.info;
}

}  // namespace parley::signal
