// The wire form of messages between two devices: version byte, protobuf, MAC. What
// is authenticated are the bytes as they came; nothing here encodes again what it
// parsed. Internal to lib/signal (session.h has the public parts).
//
// Layout (libsignal): SignalMessage = version ‖ protobuf ‖ MAC 8;
// PreKeySignalMessage = version ‖ protobuf. The MAC is the front of HMAC-SHA256
// over sender key 33 ‖ receiver key 33 ‖ version ‖ protobuf.
#pragma once

#include <optional>

#include "lib/base/result.h"
#include "lib/signal/session.h"
#include "proto/signal.h"

namespace parley::signal {

inline constexpr std::size_t kMacBytes = 8;

// Who authenticates a message: identity keys in the direction it travels.
struct MacParties {
  const PublicKey& sender;
  const PublicKey& receiver;
};

struct ParsedSignalMessage {
  Protocol protocol;
  PublicKey ratchet_key;
  std::uint32_t counter;
  wire::signal::SignalMessage fields;
  ByteView authenticated;  // version and protobuf; borrows from what was parsed
  ByteView mac;            // likewise

  ByteView ciphertext() const { return *fields.ciphertext; }
};
// Errors: malformed (also a missing field), unsupported_version, invalid_key.
// `message` must outlive the result.
Result<ParsedSignalMessage> parse_signal_message(ByteView message);

struct SignalMessageParts {
  Protocol protocol;
  const PublicKey& ratchet_key;
  std::uint32_t counter;
  std::uint32_t previous_counter;
  Bytes ciphertext;
};
Bytes build_signal_message(SignalMessageParts parts, ByteView mac_key, const MacParties& parties);

bool mac_fits(const ParsedSignalMessage& message, ByteView mac_key, const MacParties& parties);

struct ParsedPreKeyMessage {
  PreKeyMessageInfo info;
  Bytes message;           // the whole SignalMessage inside
  Bytes kyber_ciphertext;  // 0x08 and 1568 bytes; empty for X3DH
};
// Errors as above.
Result<ParsedPreKeyMessage> parse_prekey_message(ByteView message);

Bytes build_prekey_message(const PreKeyMessageInfo& info, ByteView kyber_ciphertext,
                           Bytes signal_message);

}  // namespace parley::signal
