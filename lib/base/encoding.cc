#include "lib/base/encoding.h"

#include <array>

namespace parley {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase32Digits = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64UrlDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// All three are radix-2^k codes: bits are taken from the left, k at a time.
std::string encode(ByteView bytes, std::string_view digits, unsigned bits_per_digit) {
  std::string text;
  text.reserve((bytes.size() * 8 + bits_per_digit - 1) / bits_per_digit);
  std::uint32_t pending = 0;
  unsigned pending_bits = 0;
  for (const std::uint8_t byte : bytes) {
    pending = (pending << 8) | byte;
    pending_bits += 8;
    while (pending_bits >= bits_per_digit) {
      pending_bits -= bits_per_digit;
      text += digits[(pending >> pending_bits) & ((1u << bits_per_digit) - 1)];
    }
    pending &= (1u << pending_bits) - 1;
  }
  if (pending_bits > 0) {
    text += digits[(pending << (bits_per_digit - pending_bits)) & ((1u << bits_per_digit) - 1)];
  }
  return text;
}

Result<Bytes> decode(std::string_view text, std::string_view digits, unsigned bits_per_digit) {
  Bytes bytes;
  bytes.reserve(text.size() * bits_per_digit / 8);
  std::uint32_t pending = 0;
  unsigned pending_bits = 0;
  for (const char c : text) {
    const std::size_t digit = digits.find(c);
    if (digit == std::string_view::npos) return fail(ErrorCode::malformed, "unexpected character");
    pending = (pending << bits_per_digit) | static_cast<std::uint32_t>(digit);
    pending_bits += bits_per_digit;
    if (pending_bits >= 8) {
      pending_bits -= 8;
      bytes.push_back(static_cast<std::uint8_t>(pending >> pending_bits));
      pending &= (1u << pending_bits) - 1;
    }
  }
  // A whole unused digit or a set unused bit would give one value two texts.
  if (pending_bits >= bits_per_digit || pending != 0) {
    return fail(ErrorCode::malformed, "text does not end on a byte");
  }
  return bytes;
}

}  // namespace

std::string hex_encode(ByteView bytes) { return encode(bytes, kHexDigits, 4); }
Result<Bytes> hex_decode(std::string_view text) { return decode(text, kHexDigits, 4); }

std::string base32_encode(ByteView bytes) { return encode(bytes, kBase32Digits, 5); }
Result<Bytes> base32_decode(std::string_view text) { return decode(text, kBase32Digits, 5); }

std::string base64url_encode(ByteView bytes) { return encode(bytes, kBase64UrlDigits, 6); }
Result<Bytes> base64url_decode(std::string_view text) { return decode(text, kBase64UrlDigits, 6); }

std::string base64_encode(ByteView bytes) {
  std::string text = encode(bytes, kBase64Digits, 6);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

Result<Bytes> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return fail(ErrorCode::malformed, "base64 without its padding");
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  return decode(text, kBase64Digits, 6);
}

bool is_valid_utf8(ByteView bytes) {
  struct Form {
    std::uint8_t mask, lead;
    std::uint32_t smallest;
  };
  static constexpr std::array<Form, 3> kForms{
      {{0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}}};
  std::size_t i = 0;
  while (i < bytes.size()) {
    if (bytes[i] < 0x80) {
      ++i;
      continue;
    }
    std::size_t extra = 0;
    while (extra < kForms.size() && (bytes[i] & kForms[extra].mask) != kForms[extra].lead) ++extra;
    if (extra == kForms.size() || bytes.size() - i < extra + 2) return false;
    std::uint32_t code = bytes[i] & static_cast<std::uint8_t>(~kForms[extra].mask);
    for (std::size_t k = 1; k <= extra + 1; ++k) {
      if ((bytes[i + k] & 0xc0) != 0x80) return false;
      code = (code << 6) | (bytes[i + k] & 0x3fu);
    }
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < kForms[extra].smallest || code > 0x10ffff || surrogate) return false;
    i += extra + 2;
  }
  return true;
}

}  // namespace parley
