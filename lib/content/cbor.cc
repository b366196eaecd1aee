#include "lib/content/cbor.h"

#include <bit>
#include <cmath>
#include <optional>

#include "lib/base/encoding.h"

namespace parley::content::cbor {

// The top three bits of an item's first byte (RFC 8949 §3.1).
enum class Major : std::uint8_t { unsigned_, negative, bytes, text, array, map, tag, other };

// What an item is: the major type, or which of the others.
enum class Kind : std::uint8_t {
  unsigned_,
  negative,
  bytes,
  text,
  array,
  map,
  tag,
  boolean,
  null,
  undefined,
  floating,
};

namespace {

// What the low five bits of the first byte say instead of a number below 24.
constexpr std::uint8_t kOneByte = 24;
constexpr std::uint8_t kTwoBytes = 25;
constexpr std::uint8_t kFourBytes = 26;
constexpr std::uint8_t kEightBytes = 27;
constexpr std::uint8_t kIndefinite = 31;

// Numbers of major type 7 that are not floats.
constexpr std::uint8_t kFalse = 20;
constexpr std::uint8_t kTrue = 21;
constexpr std::uint8_t kNull = 22;
constexpr std::uint8_t kUndefined = 23;

// Bytes of an item's head in the shortest form (RFC 8949 §3).
std::size_t head_size(std::uint64_t argument) {
  if (argument < kOneByte) return 1;
  if (argument <= 0xff) return 2;
  if (argument <= 0xffff) return 3;
  return argument <= 0xffffffff ? 5 : 9;
}

// Half precision: 1 bit of sign, 5 of exponent, 10 of mantissa (RFC 8949 appendix D).
double half_to_double(std::uint64_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 0x1f);
  const auto mantissa = static_cast<double>(bits & 0x3ff);
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(mantissa, -24);
  } else if (exponent != 31) {
    value = std::ldexp(mantissa + 1024, exponent - 25);
  } else {
    value = mantissa == 0 ? HUGE_VAL : std::nan("");
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

double to_double(std::uint64_t bits, std::uint8_t width) {
  if (width == kTwoBytes) return half_to_double(bits);
  if (width == kFourBytes) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  return std::bit_cast<double>(bits);
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

// The first byte and the number that follows from it.
struct Head {
  Major major = Major::other;
  std::uint8_t width = 0;  // the low five bits
  std::uint64_t argument = 0;
  std::size_t size = 0;
};

// Nothing if the input ends too early; the caller has refused reserved widths.
std::optional<Head> read_head(ByteView input) {
  Head head{.major = static_cast<Major>(input[0] >> 5),
            .width = static_cast<std::uint8_t>(input[0] & 0x1f),
            .size = 1};
  if (head.width < kOneByte) {
    head.argument = head.width;
    return head;
  }
  const std::size_t following = std::size_t{1} << (head.width - kOneByte);
  if (input.size() - 1 < following) return std::nullopt;
  for (std::size_t i = 1; i <= following; ++i) head.argument = head.argument << 8 | input[i];
  head.size += following;
  return head;
}

}  // namespace

struct Reader::Item {
  Kind kind = Kind::undefined;
  std::uint64_t value = 0;  // a number, a count, a tag or a bool
  ByteView content{};       // of bytes and text
  double number = 0;        // of floats
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
  if (rest.empty()) return reject("truncated");
  const auto major = static_cast<Major>(rest[0] >> 5);
  const std::uint8_t width = rest[0] & 0x1f;
  if (width == kIndefinite) {
    const bool has_length = major >= Major::bytes && major != Major::tag;
    return reject(has_length ? "indefinite length" : "not CBOR");
  }
  // Widths 28 to 30 are reserved; so are all simple values but four (RFC 8949 §3.3).
  const bool is_reserved_simple = major == Major::other && (width < kFalse || width == kOneByte);
  if (width > kEightBytes || is_reserved_simple) return reject("not CBOR");
  const auto head = read_head(rest);
  if (!head) return reject("truncated");

  std::size_t size = head->size;
  item = {.kind = static_cast<Kind>(major), .value = head->argument};
  if (major == Major::other) {
    read_other(item, width);
  } else if (major == Major::bytes || major == Major::text) {
    if (rest.size() - size < head->argument) return reject("truncated");
    item.content = rest.subspan(size, static_cast<std::size_t>(head->argument));
    size += item.content.size();
  }
  if (!is_shortest(item, size)) return reject("not the shortest form");
  if (item.kind == Kind::text && !is_valid_utf8(item.content)) return reject("text is not UTF-8");
  at_ += size;
  return true;
}

void Reader::read_other(Item& item, std::uint8_t width) {
  switch (width) {
    case kFalse:
    case kTrue:
      item = {.kind = Kind::boolean, .value = width == kTrue};
      break;
    case kNull:
      item.kind = Kind::null;
      break;
    case kUndefined:
      item.kind = Kind::undefined;
      break;
    default:
      item = {.kind = Kind::floating, .number = to_double(item.value, width)};
  }
}

bool Reader::is_shortest(const Item& item, std::size_t size) const {
  switch (item.kind) {
    case Kind::boolean:
    case Kind::null:
    case Kind::undefined:
      return size == 1;
    case Kind::bytes:
    case Kind::text:
      return size - item.content.size() == head_size(item.value);
    case Kind::floating: {
      if (std::isnan(item.number)) return equal(input_.subspan(at_, size), kCanonicalNan);
      const auto single = static_cast<float>(item.number);
      if (static_cast<double>(single) != item.number) return size == 9;
      return size == (fits_half(single) ? 3u : 5u);
    }
    default:
      return size == head_size(item.value);
  }
}

bool Reader::next(Item& item, Kind kind, std::string_view what) {
  return next(item) && (item.kind == kind || reject(what));
}

bool Reader::array(std::uint64_t& count) {
  Item item;
  if (!next(item, Kind::array, "array expected")) return false;
  count = item.value;
  return true;
}

bool Reader::map(std::uint64_t& count) {
  Item item;
  if (!next(item, Kind::map, "map expected")) return false;
  count = item.value;
  return true;
}

bool Reader::unsigned_number(std::uint64_t& value, std::uint64_t max) {
  Item item;
  if (!next(item, Kind::unsigned_, "unsigned number expected")) return false;
  value = item.value;
  return value <= max || reject("number out of range");
}

bool Reader::bytes(ByteView& value) {
  Item item;
  if (!next(item, Kind::bytes, "bytes expected")) return false;
  value = item.content;
  return true;
}

bool Reader::text(std::string_view& value) {
  Item item;
  if (!next(item, Kind::text, "text expected")) return false;
  value = as_text(item.content);
  return true;
}

bool Reader::boolean(bool& value) {
  Item item;
  if (!next(item, Kind::boolean, "boolean expected")) return false;
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
  if (item.kind != Kind::array && item.kind != Kind::map && item.kind != Kind::tag) return true;
  if (nesting == 0) return reject("nested too deeply");
  if (item.kind == Kind::map) return skip_map(item.value, nesting - 1);
  const std::uint64_t count = item.kind == Kind::tag ? 1 : item.value;
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

void Writer::head(Major major, std::uint64_t argument) {
  const auto first = static_cast<std::uint8_t>(static_cast<unsigned>(major) << 5);
  const std::size_t following = head_size(argument) - 1;
  if (following == 0) {
    to_.push_back(static_cast<std::uint8_t>(first | argument));
    return;
  }
  to_.push_back(static_cast<std::uint8_t>(first | (kOneByte + std::countr_zero(following))));
  for (std::size_t i = following; i > 0; --i) {
    to_.push_back(static_cast<std::uint8_t>(argument >> (8 * (i - 1))));
  }
}

void Writer::array(std::size_t count) { head(Major::array, count); }

void Writer::map(std::size_t count) { head(Major::map, count); }

void Writer::unsigned_number(std::uint64_t value) { head(Major::unsigned_, value); }

void Writer::integer(std::int64_t value) {
  if (value >= 0) return unsigned_number(static_cast<std::uint64_t>(value));
  head(Major::negative, static_cast<std::uint64_t>(-1 - value));
}

void Writer::bytes(ByteView value) {
  head(Major::bytes, value.size());
  append(to_, value);
}

void Writer::text(std::string_view value) {
  head(Major::text, value.size());
  append(to_, as_bytes(value));
}

void Writer::boolean(bool value) { head(Major::other, value ? kTrue : kFalse); }

void Writer::null() { head(Major::other, kNull); }

void Writer::raw(ByteView value) { append(to_, value); }

}  // namespace parley::content::cbor
