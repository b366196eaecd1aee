#include "lib/json/read_json.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>
#include <cmath>
#include <limits>

#include "lib/base/encoding.h"
#include "lib/json/setup_json.h"
#include "lib/json/write_json.h"

namespace parley::json {
namespace {

using boost::json::value;

// An integer in any of the forms the mapping allows: 5, 5.0, "5".
std::optional<std::int64_t> integer_of(const value& from) {
  if (from.is_int64()) return from.get_int64();
  if (from.is_double()) {
    // Beyond 2^53 a double does not say which integer was meant.
    const double number = from.get_double();
    constexpr double kLargest = 9007199254740992.0;
    if (!(std::abs(number) <= kLargest) || number != std::floor(number)) return {};
    return static_cast<std::int64_t>(number);
  }
  if (!from.is_string()) return {};
  const std::string_view text = from.get_string();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

// Standard or URL-safe alphabet, padded or not.
Result<Bytes> decode_any_base64(std::string_view text) {
  std::string normal(text);
  while (!normal.empty() && normal.back() == '=') normal.pop_back();
  if (text.size() - normal.size() > 2) return fail(ErrorCode::malformed, {});
  if (text.size() != normal.size() && text.size() % 4 != 0) return fail(ErrorCode::malformed, {});
  std::replace(normal.begin(), normal.end(), '+', '-');
  std::replace(normal.begin(), normal.end(), '/', '_');
  return base64url_decode(normal);
}

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

Result<value> parse_object(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::json::error_code error;
  value parsed = boost::json::parse(text, error, {}, options);
  if (error) return fail(ErrorCode::malformed, "not JSON");
  if (!parsed.is_object()) return fail(ErrorCode::malformed, "expected a JSON object");
  return parsed;
}

const value* ObjectReader::find(std::string_view name) {
  field_ = lower_camel(name);
  const value* found = object_.if_contains(field_);
  if (!found) found = object_.if_contains(name);
  return found && !found->is_null() ? found : nullptr;
}

void ObjectReader::expected(const char* what) {
  status_ = fail(ErrorCode::malformed, path_ + field_ + ": expected " + what);
}

void ObjectReader::take(const value& from, std::string& target) {
  if (!from.is_string()) return expected("a string");
  target.assign(from.get_string());
}

void ObjectReader::take(const value& from, Bytes& target) {
  if (!from.is_string()) return expected("base64");
  auto bytes = decode_any_base64(from.get_string());
  if (!bytes) return expected("base64");
  target = *std::move(bytes);
}

void ObjectReader::take(const value& from, SecretBuffer& target) {
  Bytes bytes;
  take(from, bytes);
  target = SecretBuffer(bytes);
  wipe(bytes);
}

void ObjectReader::take(const value& from, bool& target) {
  if (!from.is_bool()) return expected("true or false");
  target = from.get_bool();
}

void ObjectReader::take(const value& from, std::uint32_t& target) {
  const auto number = integer_of(from);
  if (!number || *number < 0 || *number > std::numeric_limits<std::uint32_t>::max()) {
    return expected("a number from 0 to 4294967295");
  }
  target = static_cast<std::uint32_t>(*number);
}

void ObjectReader::take(const value& from, std::int64_t& target) {
  const auto number = integer_of(from);
  if (!number) return expected("an integer");
  target = *number;
}

// A name that is not in the catalogue comes from a newer hub.
void ObjectReader::take(const value& from, ErrorCode& target) {
  if (from.is_int64()) {
    const std::int64_t number = from.get_int64();
    if (number < 0 || number > std::numeric_limits<std::int32_t>::max()) {
      return expected("an error code");
    }
    target = static_cast<ErrorCode>(number);
    return;
  }
  if (!from.is_string()) return expected("an error code");
  std::string name(from.get_string());
  std::transform(name.begin(), name.end(), name.begin(), to_lower);
  target = ErrorCode::internal;
  for (const ErrorInfo& info : error_catalogue()) {
    if (info.name == name) target = info.code;
  }
}

void ObjectReader::take(const value& from, std::uint64_t& target) {
  std::int64_t number = 0;
  take(from, number);
  if (status_ && number < 0) return expected("a number from 0 on");
  target = static_cast<std::uint64_t>(number);
}

void ObjectReader::take_text(const value& from, SecretBuffer& target) {
  if (!from.is_string()) return expected("a string");
  target = SecretBuffer(as_bytes(from.get_string()));
}

}  // namespace parley::json
