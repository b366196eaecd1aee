#include "apps/cli/json_line.h"

#include <cstdio>

#include "apps/cli/text.h"

namespace parley::cli {

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : encode_utf8(decode_utf8(text))) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", byte);
      out += escaped;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

JsonLine& JsonLine::add(std::string_view name, const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const auto& text : texts) {
    if (list.size() > 1) list += ',';
    list += json_text(text);
  }
  return raw(name, list + "]");
}

JsonLine& JsonLine::add(std::string_view name, const std::vector<JsonLine>& objects) {
  std::string list;
  for (const JsonLine& object : objects) list += (list.empty() ? "" : ",") + object.text();
  return raw(name, "[" + list + "]");
}

JsonLine& JsonLine::raw(std::string_view name, std::string_view json) {
  if (!members_.empty()) members_ += ',';
  members_ += json_text(name);
  members_ += ':';
  members_ += json;
  return *this;
}

}  // namespace parley::cli
