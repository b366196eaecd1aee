// The field codecs that generated code is made of; nothing else includes this.
// For each kind of value (scalar, bytes, message) and each way of presence:
//   size_X / put_X                  always written (optional, oneof, sub-message)
//   size_plain_X / put_plain_X      left out when it has the default value
//   size_repeated_X / put_repeated_X
//   take_X / take_repeated_X        checks type and limits, stores the value
#pragma once

#include <bit>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lib/wire/wire.h"

namespace parley::wire::codec {

// --- scalars: how a C++ value maps to the 64 bits on the wire

template <typename Value, WireType kType>
struct Plain {
  using type = Value;
  static constexpr WireType kWire = kType;
  static std::uint64_t to_wire(Value value) {
    if constexpr (kType == WireType::fixed32) return static_cast<std::uint32_t>(value);
    return static_cast<std::uint64_t>(value);  // negative varints are sign-extended
  }
  static Value from_wire(std::uint64_t bits) { return static_cast<Value>(bits); }
};

template <typename Value>
struct ZigZag {
  using type = Value;
  using Unsigned = std::make_unsigned_t<Value>;
  static constexpr WireType kWire = WireType::varint;
  static std::uint64_t to_wire(Value value) {
    const auto bits = static_cast<Unsigned>(value);
    return static_cast<Unsigned>((bits << 1) ^ (value < 0 ? ~Unsigned{0} : Unsigned{0}));
  }
  static Value from_wire(std::uint64_t wide) {
    const auto bits = static_cast<Unsigned>(wide);
    return static_cast<Value>((bits >> 1) ^ (~(bits & 1) + 1));
  }
};

template <typename Value, typename Bits, WireType kType>
struct Floating {
  using type = Value;
  static constexpr WireType kWire = kType;
  static std::uint64_t to_wire(Value value) { return std::bit_cast<Bits>(value); }
  static Value from_wire(std::uint64_t bits) {
    return std::bit_cast<Value>(static_cast<Bits>(bits));
  }
};

using Int32 = Plain<std::int32_t, WireType::varint>;
using Int64 = Plain<std::int64_t, WireType::varint>;
using Uint32 = Plain<std::uint32_t, WireType::varint>;
using Uint64 = Plain<std::uint64_t, WireType::varint>;
using Sint32 = ZigZag<std::int32_t>;
using Sint64 = ZigZag<std::int64_t>;
using Fixed32 = Plain<std::uint32_t, WireType::fixed32>;
using Fixed64 = Plain<std::uint64_t, WireType::fixed64>;
using Sfixed32 = Plain<std::int32_t, WireType::fixed32>;
using Sfixed64 = Plain<std::int64_t, WireType::fixed64>;
using Float = Floating<float, std::uint32_t, WireType::fixed32>;
using Double = Floating<double, std::uint64_t, WireType::fixed64>;

struct Bool {
  using type = bool;
  static constexpr WireType kWire = WireType::varint;
  static std::uint64_t to_wire(bool value) { return value ? 1 : 0; }
  static bool from_wire(std::uint64_t bits) { return bits != 0; }
};

template <typename Value>
struct Enum {
  using type = Value;
  static constexpr WireType kWire = WireType::varint;
  static std::uint64_t to_wire(Value value) {
    return Int32::to_wire(static_cast<std::int32_t>(value));
  }
  static Value from_wire(std::uint64_t bits) { return static_cast<Value>(Int32::from_wire(bits)); }
};

template <typename C>
std::size_t raw_size(std::uint64_t bits) {
  if constexpr (C::kWire == WireType::varint) return varint_size(bits);
  return C::kWire == WireType::fixed32 ? 4 : 8;
}

template <typename C>
void put_raw_scalar(Writer& out, std::uint64_t bits) {
  if constexpr (C::kWire == WireType::varint) {
    out.put_varint(bits);
  } else {
    out.put_little_endian(C::kWire == WireType::fixed32 ? 4 : 8, bits);
  }
}

template <typename C>
std::size_t size_scalar(std::uint32_t number, typename C::type value) {
  return tag_size(number) + raw_size<C>(C::to_wire(value));
}

template <typename C>
void put_scalar(Writer& out, std::uint32_t number, typename C::type value) {
  put_raw_scalar<C>(out, C::to_wire(value));
  out.put_tag(number, C::kWire);
}

template <typename C>
std::size_t size_plain_scalar(std::uint32_t number, typename C::type value) {
  return C::to_wire(value) == 0 ? 0 : size_scalar<C>(number, value);
}

template <typename C>
void put_plain_scalar(Writer& out, std::uint32_t number, typename C::type value) {
  if (C::to_wire(value) != 0) put_scalar<C>(out, number, value);
}

template <typename C>
std::size_t size_repeated_scalar(std::uint32_t number,
                                 const std::vector<typename C::type>& values) {
  if (values.empty()) return 0;
  std::size_t size = 0;
  for (const auto value : values) size += raw_size<C>(C::to_wire(value));
  return length_delimited_size(number, size);
}

template <typename C>
void put_repeated_scalar(Writer& out, std::uint32_t number,
                         const std::vector<typename C::type>& values) {
  if (values.empty()) return;
  const std::size_t room = out.room();
  for (std::size_t i = values.size(); i-- > 0;) put_raw_scalar<C>(out, C::to_wire(values[i]));
  out.put_length_prefix(number, room - out.room());
}

inline bool has_type(Reader& in, const Field& field, WireType type, std::string_view where) {
  return field.type == type || in.reject(where, "wrong wire type");
}

// `target` is the value or a std::optional of it.
template <typename C, typename Target>
bool take_scalar(Reader& in, const Field& field, Target& target, std::string_view where) {
  if (!has_type(in, field, C::kWire, where)) return false;
  target = C::from_wire(field.scalar);
  return true;
}

template <typename C>
bool read_raw_scalar(Reader& in, std::uint64_t& bits) {
  if constexpr (C::kWire == WireType::varint) return in.read_varint(bits);
  return C::kWire == WireType::fixed32 ? in.read_fixed32(bits) : in.read_fixed64(bits);
}

// Accepts packed and single elements, also mixed.
template <typename C>
bool take_repeated_scalar(Reader& in, const Field& field, std::vector<typename C::type>& values,
                          std::string_view where, std::size_t max_count) {
  if (field.type != WireType::length_delimited) {
    if (!has_type(in, field, C::kWire, where)) return false;
    if (values.size() >= max_count) return in.reject(where, "too many elements");
    values.push_back(C::from_wire(field.scalar));
    return true;
  }
  Reader packed(field.bytes);
  for (std::uint64_t bits = 0; !packed.at_end();) {
    if (!read_raw_scalar<C>(packed, bits)) return in.reject(where, "damaged packed list");
    if (values.size() >= max_count) return in.reject(where, "too many elements");
    values.push_back(C::from_wire(bits));
  }
  return true;
}

// --- bytes and text

inline ByteView view_of(const Bytes& value) { return value; }
inline ByteView view_of(const std::string& value) { return as_bytes(value); }
inline ByteView view_of(const SecretBuffer& value) { return value.view(); }

inline void assign(Bytes& to, ByteView bytes) { to.assign(bytes.begin(), bytes.end()); }
inline void assign(std::string& to, ByteView bytes) { to.assign(as_text(bytes)); }
inline void assign(SecretBuffer& to, ByteView bytes) { to = SecretBuffer(bytes); }

template <typename Value>
std::size_t size_bytes(std::uint32_t number, const Value& value) {
  return length_delimited_size(number, value.size());
}

template <typename Value>
void put_bytes(Writer& out, std::uint32_t number, const Value& value) {
  out.put_raw(view_of(value));
  out.put_length_prefix(number, value.size());
}

template <typename Value>
std::size_t size_plain_bytes(std::uint32_t number, const Value& value) {
  return value.empty() ? 0 : size_bytes(number, value);
}

template <typename Value>
void put_plain_bytes(Writer& out, std::uint32_t number, const Value& value) {
  if (!value.empty()) put_bytes(out, number, value);
}

template <typename Value>
std::size_t size_repeated_bytes(std::uint32_t number, const std::vector<Value>& values) {
  std::size_t size = 0;
  for (const auto& value : values) size += size_bytes(number, value);
  return size;
}

template <typename Value>
void put_repeated_bytes(Writer& out, std::uint32_t number, const std::vector<Value>& values) {
  for (std::size_t i = values.size(); i-- > 0;) put_bytes(out, number, values[i]);
}

// The limits of a field; 0 where the schema states none.
struct BytesRule {
  std::size_t max_bytes = 0;
  std::size_t exact_bytes = 0;
  bool is_text = false;
};

bool check_bytes(Reader& in, const Field& field, std::string_view where, BytesRule rule);

template <typename Value>
bool take_bytes(Reader& in, const Field& field, Value& target, std::string_view where,
                BytesRule rule) {
  if (!check_bytes(in, field, where, rule)) return false;
  assign(target, field.bytes);
  return true;
}

template <typename Value>
bool take_bytes(Reader& in, const Field& field, std::optional<Value>& target,
                std::string_view where, BytesRule rule) {
  return take_bytes(in, field, target.emplace(), where, rule);
}

template <typename Value>
bool take_repeated_bytes(Reader& in, const Field& field, std::vector<Value>& values,
                         std::string_view where, BytesRule rule, std::size_t max_count) {
  if (values.size() >= max_count) return in.reject(where, "too many elements");
  return take_bytes(in, field, values.emplace_back(), where, rule);
}

// --- messages

template <typename Message>
std::size_t size_message(std::uint32_t number, const Message& message) {
  return length_delimited_size(number, encoded_size(message));
}

template <typename Message>
void put_message(Writer& out, std::uint32_t number, const Message& message) {
  const std::size_t room = out.room();
  write_fields(out, message);
  out.put_length_prefix(number, room - out.room());
}

template <typename Message>
std::size_t size_repeated_message(std::uint32_t number, const std::vector<Message>& messages) {
  std::size_t size = 0;
  for (const auto& message : messages) size += size_message(number, message);
  return size;
}

template <typename Message>
void put_repeated_message(Writer& out, std::uint32_t number, const std::vector<Message>& messages) {
  for (std::size_t i = messages.size(); i-- > 0;) put_message(out, number, messages[i]);
}

// Merges into what is there, as protobuf does for a sub-message that comes twice.
template <typename Message>
bool take_message(Reader& in, const Field& field, Message& message, std::string_view where) {
  if (!has_type(in, field, WireType::length_delimited, where)) return false;
  Reader part(field.bytes);
  return merge_fields(part, message) || in.reject(part);
}

template <typename Message>
bool take_message(Reader& in, const Field& field, std::optional<Message>& message,
                  std::string_view where) {
  return take_message(in, field, message ? *message : message.emplace(), where);
}

template <typename Message>
bool take_repeated_message(Reader& in, const Field& field, std::vector<Message>& messages,
                           std::string_view where, std::size_t max_count) {
  if (messages.size() >= max_count) return in.reject(where, "too many elements");
  return take_message(in, field, messages.emplace_back(), where);
}

// Makes the alternative current, keeping its value if it was already.
template <std::size_t kIndex, typename... Types>
auto& select(std::variant<Types...>& oneof) {
  auto* current = std::get_if<kIndex>(&oneof);
  return current ? *current : oneof.template emplace<kIndex>();
}

}  // namespace parley::wire::codec
