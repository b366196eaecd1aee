// The bytes of a MIMI message: [salt, replaces, topicId, expires, inReplyTo,
// extensions, body], see draft-ietf-mimi-content, "Message Behavior Fields" and
// "Message Bodies".
#include <algorithm>
#include <limits>

#include "lib/base/encoding.h"
#include "lib/content/cbor.h"
#include "lib/content/message.h"

namespace parley::content {
namespace {

constexpr std::size_t kMessageFields = 7;
constexpr std::size_t kSharedPartFields = 3;  // disposition, language, cardinality
constexpr std::uint64_t kMaxU8 = 0xff;
constexpr std::uint64_t kMaxU16 = 0xffff;
constexpr std::uint64_t kMaxU32 = 0xffffffff;
constexpr std::uint64_t kMaxU64 = std::numeric_limits<std::uint64_t>::max();

// By the index of NestedPart::body, which is the cardinality on the wire.
constexpr std::size_t kPartFields[] = {kSharedPartFields, kSharedPartFields + 2,
                                       kSharedPartFields + 12, kSharedPartFields + 2};

// --- writing

// A message that breaks a rule is written anyway and refused afterwards, when
// encode() reads back what was written: one set of rules serves both directions.
void write_part(cbor::Writer& out, const NestedPart& part);

void write_body(cbor::Writer&, const NullPart&) {}

void write_body(cbor::Writer& out, const SinglePart& part) {
  out.text(part.content_type);
  out.bytes(part.content);
}

void write_body(cbor::Writer& out, const ExternalPart& part) {
  out.text(part.content_type);
  out.text(part.url);
  out.unsigned_number(part.expires_s);
  out.unsigned_number(part.size);
  out.unsigned_number(static_cast<std::uint16_t>(part.encryption));
  out.bytes(part.key);
  out.bytes(part.nonce);
  out.bytes(part.aad);
  out.unsigned_number(static_cast<std::uint8_t>(part.hash));
  out.bytes(part.content_hash);
  out.text(part.description);
  out.text(part.filename);
}

void write_body(cbor::Writer& out, const MultiPart& part) {
  out.unsigned_number(static_cast<std::uint8_t>(part.semantics));
  out.array(part.parts.size());
  for (const auto& inner : part.parts) write_part(out, inner);
}

void write_part(cbor::Writer& out, const NestedPart& part) {
  out.array(kPartFields[part.body.index()]);
  out.unsigned_number(static_cast<std::uint8_t>(part.disposition));
  out.text(part.language);
  out.unsigned_number(part.body.index());
  std::visit([&](const auto& body) { write_body(out, body); }, part.body);
}

void write_id(cbor::Writer& out, const std::optional<MessageId>& id) {
  if (id) {
    out.bytes(id->view());
  } else {
    out.null();
  }
}

void write_extensions(cbor::Writer& out, const Extensions& extensions) {
  std::vector<std::pair<Bytes, const Bytes*>> entries;
  for (const auto& extension : extensions.all()) {
    Bytes key;
    cbor::Writer writer(key);
    if (const auto* number = std::get_if<0>(&extension.key)) {
      writer.integer(*number);
    } else {
      writer.text(*std::get_if<1>(&extension.key));
    }
    entries.emplace_back(std::move(key), &extension.value);
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  out.map(entries.size());
  for (const auto& [key, value] : entries) {
    out.raw(key);
    out.raw(*value);
  }
}

// --- reading

bool read_id(cbor::Reader& in, std::optional<MessageId>& id) {
  if (in.null()) return true;
  ByteView bytes;
  if (!in.bytes(bytes)) return false;
  if (bytes.size() != MessageId::size()) return in.reject("message id of a wrong length");
  std::copy(bytes.begin(), bytes.end(), id.emplace().bytes.begin());
  return true;
}

bool read_salt(cbor::Reader& in, Salt& salt) {
  ByteView bytes;
  if (!in.bytes(bytes)) return false;
  if (bytes.size() != salt.size()) return in.reject("salt of a wrong length");
  std::copy(bytes.begin(), bytes.end(), salt.begin());
  return true;
}

bool read_bytes(cbor::Reader& in, Bytes& to) {
  ByteView bytes;
  if (!in.bytes(bytes)) return false;
  to = to_bytes(bytes);
  return true;
}

bool read_text(cbor::Reader& in, std::string& to) {
  std::string_view text;
  if (!in.text(text)) return false;
  to = text;
  return true;
}

// Any number or enum; `max` is the largest value of the wire format.
template <typename Number>
bool read_number(cbor::Reader& in, Number& to, std::uint64_t max) {
  std::uint64_t value = 0;
  if (!in.unsigned_number(value, max)) return false;
  to = static_cast<Number>(value);
  return true;
}

bool read_expiry(cbor::Reader& in, std::optional<Expiry>& expires) {
  if (in.null()) return true;
  std::uint64_t count = 0;
  if (!in.array(count)) return false;
  if (count != 2) return in.reject("expiry is not a pair");
  auto& expiry = expires.emplace();
  return in.boolean(expiry.relative) && read_number(in, expiry.time_s, kMaxU32);
}

bool read_extension_key(cbor::Reader& in, ExtensionKey& key, ByteView& raw) {
  if (!in.raw_value(raw)) return false;
  const auto major = static_cast<int>(raw[0] >> 5);
  cbor::Reader again(raw);
  if (major == 3) {
    std::string_view name;
    again.text(name);
    if (name.empty() || name.size() > kMaxExtensionNameBytes) {
      return in.reject("extension name of a wrong length");
    }
    key = std::string(name);
    return true;
  }
  if (major > 1) return in.reject("extension key is neither number nor text");
  std::uint64_t number = 0;
  // A negative number has the head of its complement: -1 - n.
  Bytes complement = to_bytes(raw);
  complement[0] &= 0x1f;
  cbor::Reader digits(complement);
  constexpr std::uint64_t kMaxKey = std::numeric_limits<std::int64_t>::max();
  if (!digits.unsigned_number(number, kMaxKey)) return in.reject("extension key out of range");
  if (major == 0 && number == 0) return in.reject("extension key 0 is reserved");
  const auto value = static_cast<std::int64_t>(number);
  key = major == 1 ? -1 - value : value;
  return true;
}

bool read_extensions(cbor::Reader& in, Extensions& extensions) {
  std::uint64_t count = 0;
  if (!in.map(count)) return false;
  if (count > kMaxExtensions) return in.reject("too many extensions");
  ByteView previous;
  for (std::uint64_t i = 0; i < count; ++i) {
    ExtensionKey key;
    ByteView raw, value;
    if (!read_extension_key(in, key, raw)) return false;
    if (i > 0 && as_text(raw) <= as_text(previous)) return in.reject("map keys out of order");
    previous = raw;
    if (!in.raw_value(value)) return false;
    if (value.size() > kMaxExtensionValueBytes) return in.reject("extension value too long");
    extensions.set(std::move(key), to_bytes(value));
  }
  return true;
}

class PartReader {
 public:
  explicit PartReader(cbor::Reader& in) : in_(in) {}

  bool read(NestedPart& part, int depth) {
    if (depth > kMaxPartDepth) return in_.reject("parts nested too deeply");
    if (++count_ > kMaxParts) return in_.reject("too many parts");
    std::uint64_t fields = 0, cardinality = 0;
    if (!in_.array(fields) || !read_number(in_, part.disposition, kMaxU8) ||
        !read_text(in_, part.language) ||
        !in_.unsigned_number(cardinality, std::size(kPartFields) - 1)) {
      return false;
    }
    if (fields != kPartFields[cardinality]) return in_.reject("part with a wrong field count");
    switch (cardinality) {
      case 0:
        part.body = NullPart{};
        return true;
      case 1:
        return read_single(part.body.emplace<SinglePart>());
      case 2:
        return read_external(part.body.emplace<ExternalPart>());
      default:
        return read_multi(part.body.emplace<MultiPart>(), depth);
    }
  }

 private:
  bool read_single(SinglePart& part) {
    return read_text(in_, part.content_type) && read_bytes(in_, part.content);
  }

  bool read_external(ExternalPart& part) {
    return read_text(in_, part.content_type) && read_text(in_, part.url) &&
           read_number(in_, part.expires_s, kMaxU32) && read_number(in_, part.size, kMaxU64) &&
           read_number(in_, part.encryption, kMaxU16) && read_bytes(in_, part.key) &&
           read_bytes(in_, part.nonce) && read_bytes(in_, part.aad) &&
           read_number(in_, part.hash, kMaxU8) && read_bytes(in_, part.content_hash) &&
           read_text(in_, part.description) && read_text(in_, part.filename);
  }

  bool read_multi(MultiPart& part, int depth) {
    constexpr auto kLast = static_cast<std::uint64_t>(PartSemantics::process_all);
    std::uint64_t count = 0;
    if (!read_number(in_, part.semantics, kLast) || !in_.array(count)) return false;
    if (count < 2) return in_.reject("multipart with fewer than two parts");
    if (count > kMaxParts) return in_.reject("too many parts");
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!read(part.parts.emplace_back(), depth + 1)) return false;
    }
    return true;
  }

  cbor::Reader& in_;
  std::size_t count_ = 0;
};

bool read_message(cbor::Reader& in, Message& message) {
  std::uint64_t fields = 0;
  if (!in.array(fields)) return false;
  if (fields != kMessageFields) return in.reject("message with a wrong field count");
  return read_salt(in, message.salt) && read_id(in, message.replaces) &&
         read_bytes(in, message.topic_id) && read_expiry(in, message.expires) &&
         read_id(in, message.in_reply_to) && read_extensions(in, message.extensions) &&
         PartReader(in).read(message.body, 1) &&
         (in.at_end() || in.reject("bytes after the message"));
}

}  // namespace

Result<Bytes> encode(const Message& message) {
  Bytes bytes;
  cbor::Writer out(bytes);
  out.array(kMessageFields);
  out.bytes(message.salt);
  write_id(out, message.replaces);
  out.bytes(message.topic_id);
  if (message.expires) {
    out.array(2);
    out.boolean(message.expires->relative);
    out.unsigned_number(message.expires->time_s);
  } else {
    out.null();
  }
  write_id(out, message.in_reply_to);
  write_extensions(out, message.extensions);
  write_part(out, message.body);
  if (auto back = decode(bytes); !back) {
    return back.error().code == ErrorCode::too_large
               ? fail(std::move(back).error())
               : fail(ErrorCode::invalid_argument, std::move(back.error().detail));
  }
  return bytes;
}

Result<Message> decode(ByteView bytes) {
  if (bytes.size() > limits::kMaxContentBytes) return fail(ErrorCode::too_large, "content");
  cbor::Reader in(bytes);
  Message message;
  if (!read_message(in, message)) {
    return fail(ErrorCode::malformed, "content: " + std::string(in.problem()));
  }
  return message;
}

}  // namespace parley::content
