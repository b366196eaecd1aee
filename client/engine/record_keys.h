// The client's records: their kinds and keys. Values are proto/client_records.proto
// unless said otherwise. Keys compare bytewise; numbers in them are big-endian, so
// that their order is the order of the numbers.
#pragma once

#include "lib/base/bytes.h"
#include "lib/base/ids.h"
#include "lib/signal/keys.h"

namespace parley::client {

enum class RecordKind : std::uint32_t {
  account = 1,            // key: empty. The one to start from.
  one_time_prekey = 2,    // u32 id -> signal::OneTimePreKey
  signed_prekey = 3,      // u32 id -> signal::SignedPreKey
  kyber_prekey = 4,       // u32 id -> signal::KyberPreKey
  used_prekey = 5,        // u32 kyber id, u32 signed id, base key -> nothing
  session = 6,            // account id, u32 device -> signal::SessionRecord
  contact = 7,            // account id -> Contact
  handle = 8,             // handle -> account id
  chat = 9,               // conversation id -> Chat
  message = 10,           // conversation id, i64 order, start of message id -> Message
  message_place = 11,     // message id -> MessagePlace
  orphan = 12,            // id of the missing message, own message id -> Orphan
  outbox = 13,            // u64 number -> Outbox
  sent_log = 14,          // send id -> SentLog
  sent_time = 15,         // i64 time, send id -> nothing: the log by age
  decrypt_failures = 16,  // account id, u32 device -> DecryptFailures
  expiry = 17,            // i64 time (ms), message id -> nothing
  person_names = 18,      // handle -> PersonNames
  third_party = 19,       // key: empty -> ThirdParty
  transfer = 20,          // u64 number -> Transfer
  done_once = 21,         // key: empty -> DoneOnce
  evidence = 22,          // as a message's -> Evidence
  evidence_until = 23,    // i64 time (ms), key of the evidence -> nothing
};

using RecordKey = Bytes;

// Joins parts into a key.
class KeyBuilder {
 public:
  KeyBuilder& add(ByteView bytes) {
    append(key_, bytes);
    return *this;
  }
  template <typename Number>
  KeyBuilder& number(Number value) {
    for (int shift = 8 * (sizeof value - 1); shift >= 0; shift -= 8) {
      key_.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> shift));
    }
    return *this;
  }
  RecordKey take() { return std::move(key_); }

 private:
  RecordKey key_;
};

inline RecordKey number_key(std::uint32_t id) { return KeyBuilder().number(id).take(); }
inline RecordKey outbox_key(std::uint64_t number) { return KeyBuilder().number(number).take(); }
inline RecordKey transfer_key(std::uint64_t number) { return KeyBuilder().number(number).take(); }
inline RecordKey id_key(ByteView id) { return to_bytes(id); }

inline RecordKey device_key(const DeviceAddress& address) {
  return KeyBuilder().add(address.account.view()).number(address.device.value).take();
}

inline RecordKey used_prekey_key(const signal::PreKeyUse& use) {
  return KeyBuilder()
      .number(use.kyber ? use.kyber->value : 0)
      .number(use.signed_prekey.value)
      .add(use.base_key.bytes)
      .take();
}

inline RecordKey message_key(const ConversationId& chat, std::int64_t order_us,
                             const MessageId& id) {
  return KeyBuilder().add(chat.view()).number(order_us).add(id.view().first(8)).take();
}

inline RecordKey orphan_key(const MessageId& missing, const MessageId& own) {
  return KeyBuilder().add(missing.view()).add(own.view()).take();
}

inline RecordKey time_key(std::int64_t time, ByteView id) {
  return KeyBuilder().number(time).add(id).take();
}

// The number a time_key or outbox_key starts with.
inline std::int64_t leading_number(ByteView key) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8 && i < key.size(); ++i) value = (value << 8) | key[i];
  return static_cast<std::int64_t>(value);
}

}  // namespace parley::client
