#include "lib/json/write_json.h"

#include "lib/base/encoding.h"

namespace parley::json {
namespace {

// A text as a JSON string; must be UTF-8.
void append_quoted(std::string& to, std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  to += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      to += '\\';
      to += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      to += "\\u00";
      to += kDigits[byte >> 4];
      to += kDigits[byte & 15];
    } else {
      to += c;
    }
  }
  to += '"';
}

char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

std::string lower_camel(std::string_view schema_name) {
  std::string result;
  bool raise = false;
  for (const char c : schema_name) {
    if (c == '_') {
      raise = true;
      continue;
    }
    result += raise ? to_upper(c) : c;
    raise = false;
  }
  return result;
}

Result<std::string> Writer::finish() && {
  if (!broken_.empty()) return fail(ErrorCode::malformed, broken_ + ": not UTF-8");
  return std::move(text_);
}

void Writer::begin_member(std::string_view name) {
  if (text_.back() != '{') text_ += ',';
  field_ = lower_camel(name);
  text_ += '"' + field_ + "\":";
}

void Writer::put(const std::string& text) {
  if (!is_valid_utf8(as_bytes(text)) && broken_.empty()) broken_ = field_;
  append_quoted(text_, text);
}

// The schema's enumerators are the catalogue's names in capitals.
void Writer::put(ErrorCode code) {
  const std::string_view name = to_string(code);
  if (name == "unknown") {
    text_ += std::to_string(static_cast<std::int32_t>(code));
    return;
  }
  text_ += '"';
  for (const char c : name) text_ += to_upper(c);
  text_ += '"';
}

void Writer::put_name(std::string_view name, std::int32_t number) {
  if (name.empty()) {
    text_ += std::to_string(number);
  } else {
    append_quoted(text_, name);
  }
}

void Writer::put_base64(ByteView bytes) { text_ += '"' + base64_encode(bytes) + '"'; }

}  // namespace parley::json
