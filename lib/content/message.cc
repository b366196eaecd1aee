#include "lib/content/message.h"

#include <algorithm>
#include <cassert>

#include "lib/content/cbor.h"
#include "lib/crypto/hash.h"

namespace parley::content {

void Extensions::set(ExtensionKey key, Bytes value) {
  for (auto& entry : all_) {
    if (entry.key == key) {
      entry.value = std::move(value);
      return;
    }
  }
  all_.push_back({std::move(key), std::move(value)});
}

void Extensions::set_text(ExtensionKey key, std::string_view value) {
  Bytes encoded;
  cbor::Writer(encoded).text(value);
  set(std::move(key), std::move(encoded));
}

void Extensions::set_bytes(ExtensionKey key, ByteView value) {
  Bytes encoded;
  cbor::Writer(encoded).bytes(value);
  set(std::move(key), std::move(encoded));
}

const Bytes* Extensions::find(const ExtensionKey& key) const {
  for (const auto& entry : all_) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

std::optional<std::string> Extensions::text(const ExtensionKey& key) const {
  const Bytes* value = find(key);
  if (value == nullptr) return std::nullopt;
  cbor::Reader in(*value);
  std::string_view text;
  if (!in.text(text) || !in.at_end()) return std::nullopt;
  return std::string(text);
}

std::optional<Bytes> Extensions::bytes(const ExtensionKey& key) const {
  const Bytes* value = find(key);
  if (value == nullptr) return std::nullopt;
  cbor::Reader in(*value);
  ByteView bytes;
  if (!in.bytes(bytes) || !in.at_end()) return std::nullopt;
  return to_bytes(bytes);
}

bool operator==(const Extensions& a, const Extensions& b) {
  return a.all_.size() == b.all_.size() &&
         std::all_of(a.all_.begin(), a.all_.end(), [&](const Extension& entry) {
           const Bytes* other = b.find(entry.key);
           return other != nullptr && *other == entry.value;
         });
}

MessageId message_id(std::string_view sender_uri, std::string_view room_uri, ByteView message,
                     const Salt& salt) {
  assert(sender_uri.size() <= 0xffff && room_uri.size() <= 0xffff);
  const auto u16be = [](std::size_t size) {
    return ByteArray<2>{static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
  };
  const auto digest = crypto::Sha256()
                          .update(u16be(sender_uri.size()))
                          .update(as_bytes(sender_uri))
                          .update(u16be(room_uri.size()))
                          .update(as_bytes(room_uri))
                          .update(message)
                          .update(salt)
                          .finish();
  MessageId id;
  id.bytes[0] = 0x01;
  std::copy_n(digest.begin(), id.bytes.size() - 1, id.bytes.begin() + 1);
  return id;
}

namespace {

// Depth first; `left` counts down to the part wanted.
const NestedPart* find_part(const NestedPart& part, std::size_t& left) {
  if (left == 0) return &part;
  --left;
  if (const auto* multi = std::get_if<MultiPart>(&part.body)) {
    for (const auto& inner : multi->parts) {
      if (const auto* found = find_part(inner, left)) return found;
    }
  }
  return nullptr;
}

}  // namespace

const NestedPart* part_at(const NestedPart& body, std::size_t index) {
  return find_part(body, index);
}

std::size_t count_parts(const NestedPart& body) {
  std::size_t count = 1;
  if (const auto* multi = std::get_if<MultiPart>(&body.body)) {
    for (const auto& inner : multi->parts) count += count_parts(inner);
  }
  return count;
}

Status check_origin(const Message& message, std::string_view sender_uri,
                    std::string_view room_uri) {
  if (message.extensions.text(kSenderUriExtension) != sender_uri) {
    return fail(ErrorCode::sender_mismatch, "sender URI");
  }
  if (message.extensions.text(kRoomUriExtension) != room_uri) {
    return fail(ErrorCode::sender_mismatch, "room URI");
  }
  return {};
}

}  // namespace parley::content
