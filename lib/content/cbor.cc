#include "lib/content/cbor.h"

#include <cbor/encoding.h>
#include <cbor/streaming.h>

#include <bit>
#include <cmath>

#include "lib/base/encoding.h"

namespace parley::content::cbor {
namespace {

enum Kind : int {
  kUnsigned,
  kNegative,
  kBytes,
  kText,
  kArray,
  kMap,
  kTag,
  kBool,
  kNull,
  kUndefined,
  kFloat,
  kIndefinite,
};

// Bytes of an item's head in the shortest form (RFC 8949 §3).
std::size_t head_size(std::uint64_t argument) {
  if (argument < 24) return 1;
  if (argument <= 0xff) return 2;
  if (argument <= 0xffff) return 3;
  return argument <= 0xffffffff ? 5 : 9;
}

// True where half precision holds the value: 10 bits of mantissa, exponents down
// to 2^-24 as subnormals.
bool fits_half(float value) {
  if (value == 0 || std::isinf(value)) return true;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const int exponent = static_cast<int>(bits >> 23 & 0xff) - 127;
  if (exponent > 15 || exponent < -24) return false;
  const int dropped = exponent >= -14 ? 13 : 13 + (-14 - exponent);
  const std::uint32_t mantissa = (bits & 0x7fffff) | 0x800000;
  return (mantissa & ((std::uint32_t{1} << dropped) - 1)) == 0;
}

constexpr std::uint8_t kCanonicalNan[] = {0xf9, 0x7e, 0x00};

}  // namespace

struct Reader::Item {
  int kind = kIndefinite;
  std::uint64_t value = 0;  // a number, a count, a tag or a bool
  ByteView content{};       // of bytes and text
  double number = 0;        // of floats
};

// libcbor calls exactly one of these for each item.
struct Reader::Handlers {
  template <int kKind, typename Number>
  static void number(void* item, Number value) {
    *static_cast<Item*>(item) = {.kind = kKind, .value = value};
  }
  template <int kKind>
  static void content(void* item, cbor_data data, std::size_t size) {
    *static_cast<Item*>(item) = {.kind = kKind, .value = size, .content = ByteView(data, size)};
  }
  template <int kKind>
  static void simple(void* item) {
    *static_cast<Item*>(item) = {.kind = kKind};
  }
  template <typename Number>
  static void floating(void* item, Number value) {
    *static_cast<Item*>(item) = {.kind = kFloat, .number = static_cast<double>(value)};
  }

  static constexpr cbor_callbacks kCallbacks = {
      .uint8 = number<kUnsigned, std::uint8_t>,
      .uint16 = number<kUnsigned, std::uint16_t>,
      .uint32 = number<kUnsigned, std::uint32_t>,
      .uint64 = number<kUnsigned, std::uint64_t>,
      .negint64 = number<kNegative, std::uint64_t>,
      .negint32 = number<kNegative, std::uint32_t>,
      .negint16 = number<kNegative, std::uint16_t>,
      .negint8 = number<kNegative, std::uint8_t>,
      .byte_string_start = simple<kIndefinite>,
      .byte_string = content<kBytes>,
      .string = content<kText>,
      .string_start = simple<kIndefinite>,
      .indef_array_start = simple<kIndefinite>,
      .array_start = number<kArray, std::size_t>,
      .indef_map_start = simple<kIndefinite>,
      .map_start = number<kMap, std::size_t>,
      .tag = number<kTag, std::uint64_t>,
      .float2 = floating<float>,
      .float4 = floating<float>,
      .float8 = floating<double>,
      .undefined = simple<kUndefined>,
      .null = simple<kNull>,
      .boolean = number<kBool, bool>,
      .indef_break = simple<kIndefinite>,
  };
};

bool Reader::reject(std::string_view what) {
  if (!failed_) {
    failed_ = true;
    problem_ = what;
  }
  return false;
}

bool Reader::next(Item& item) {
  if (failed_) return false;
  const ByteView rest = input_.subspan(at_);
  const auto result = cbor_stream_decode(rest.data(), rest.size(), &Handlers::kCallbacks, &item);
  if (result.status == CBOR_DECODER_NEDATA) return reject("truncated");
  if (result.status != CBOR_DECODER_FINISHED) return reject("not CBOR");
  if (item.kind == kIndefinite) return reject("indefinite length");
  if (!is_shortest(item, result.read)) return reject("not the shortest form");
  if (item.kind == kText && !is_valid_utf8(item.content)) return reject("text is not UTF-8");
  at_ += result.read;
  return true;
}

bool Reader::is_shortest(const Item& item, std::size_t size) const {
  switch (item.kind) {
    case kBool:
    case kNull:
    case kUndefined:
      return size == 1;
    case kBytes:
    case kText:
      return size - item.content.size() == head_size(item.value);
    case kFloat: {
      if (std::isnan(item.number)) return equal(input_.subspan(at_, size), kCanonicalNan);
      const auto single = static_cast<float>(item.number);
      if (static_cast<double>(single) != item.number) return size == 9;
      return size == (fits_half(single) ? 3u : 5u);
    }
    default:
      return size == head_size(item.value);
  }
}

bool Reader::next(Item& item, int kind, std::string_view what) {
  return next(item) && (item.kind == kind || reject(what));
}

bool Reader::array(std::uint64_t& count) {
  Item item;
  if (!next(item, kArray, "array expected")) return false;
  count = item.value;
  return true;
}

bool Reader::map(std::uint64_t& count) {
  Item item;
  if (!next(item, kMap, "map expected")) return false;
  count = item.value;
  return true;
}

bool Reader::unsigned_number(std::uint64_t& value, std::uint64_t max) {
  Item item;
  if (!next(item, kUnsigned, "unsigned number expected")) return false;
  value = item.value;
  return value <= max || reject("number out of range");
}

bool Reader::bytes(ByteView& value) {
  Item item;
  if (!next(item, kBytes, "bytes expected")) return false;
  value = item.content;
  return true;
}

bool Reader::text(std::string_view& value) {
  Item item;
  if (!next(item, kText, "text expected")) return false;
  value = as_text(item.content);
  return true;
}

bool Reader::boolean(bool& value) {
  Item item;
  if (!next(item, kBool, "boolean expected")) return false;
  value = item.value != 0;
  return true;
}

bool Reader::null() {
  constexpr std::uint8_t kNullByte = 0xf6;
  if (failed_ || at_end() || input_[at_] != kNullByte) return false;
  ++at_;
  return true;
}

bool Reader::raw_value(ByteView& value) {
  const std::size_t start = at_;
  if (!skip(kMaxNesting)) return false;
  value = input_.subspan(start, at_ - start);
  return true;
}

bool Reader::skip(int nesting) {
  Item item;
  if (!next(item)) return false;
  if (item.kind != kArray && item.kind != kMap && item.kind != kTag) return true;
  if (nesting == 0) return reject("nested too deeply");
  if (item.kind == kMap) return skip_map(item.value, nesting - 1);
  const std::uint64_t count = item.kind == kTag ? 1 : item.value;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!skip(nesting - 1)) return false;
  }
  return true;
}

bool Reader::skip_map(std::uint64_t count, int nesting) {
  std::string_view previous;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t start = at_;
    if (!skip(nesting)) return false;
    const auto key = as_text(input_.subspan(start, at_ - start));
    // char_traits<char> compares as unsigned bytes, which is the order required.
    if (i > 0 && key <= previous) return reject("map keys out of order");
    previous = key;
    if (!skip(nesting)) return false;
  }
  return true;
}

namespace {

// Runs one of libcbor's encoders into a buffer that holds any head.
template <typename Encode, typename... Arguments>
void append_head(Bytes& to, Encode encode, Arguments... arguments) {
  std::uint8_t head[9];
  const std::size_t size = encode(arguments..., head, sizeof head);
  append(to, ByteView(head, size));
}

}  // namespace

void Writer::array(std::size_t count) { append_head(to_, cbor_encode_array_start, count); }

void Writer::map(std::size_t count) { append_head(to_, cbor_encode_map_start, count); }

void Writer::unsigned_number(std::uint64_t value) { append_head(to_, cbor_encode_uint, value); }

void Writer::integer(std::int64_t value) {
  if (value >= 0) return unsigned_number(static_cast<std::uint64_t>(value));
  append_head(to_, cbor_encode_negint, static_cast<std::uint64_t>(-1 - value));
}

void Writer::bytes(ByteView value) {
  append_head(to_, cbor_encode_bytestring_start, value.size());
  append(to_, value);
}

void Writer::text(std::string_view value) {
  append_head(to_, cbor_encode_string_start, value.size());
  append(to_, as_bytes(value));
}

void Writer::boolean(bool value) { append_head(to_, cbor_encode_bool, value); }

void Writer::null() { append_head(to_, cbor_encode_null); }

void Writer::raw(ByteView value) { append(to_, value); }

}  // namespace parley::content::cbor
