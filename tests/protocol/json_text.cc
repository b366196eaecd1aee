#include "tests/protocol/json_text.h"

#include "lib/base/encoding.h"

namespace parley::vectors {
namespace {

std::string quoted(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

Json Json::text(std::string_view value) {
  Json json(Kind::scalar);
  json.scalar_ = quoted(value);
  return json;
}

Json Json::number(std::int64_t value) {
  Json json(Kind::scalar);
  json.scalar_ = std::to_string(value);
  return json;
}

Json Json::boolean(bool value) {
  Json json(Kind::scalar);
  json.scalar_ = value ? "true" : "false";
  return json;
}

Json Json::null() {
  Json json(Kind::scalar);
  json.scalar_ = "null";
  return json;
}

Json Json::hex(ByteView bytes) { return text(hex_encode(bytes)); }

Json& Json::add(std::string_view name, Json value) {
  members_.emplace_back(std::string(name), std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  members_.emplace_back(std::string(), std::move(value));
  return *this;
}

void Json::write(std::string& out, int depth) const {
  if (kind_ == Kind::scalar) {
    out += scalar_;
    return;
  }
  const bool is_object = kind_ == Kind::object;
  out += is_object ? "{" : "[";
  const char* before = "\n";
  for (const auto& [name, value] : members_) {
    out += before;
    out.append(static_cast<std::size_t>(depth + 1) * 2, ' ');
    if (is_object) out += quoted(name) + ": ";
    value.write(out, depth + 1);
    before = ",\n";
  }
  if (!members_.empty()) {
    out += '\n';
    out.append(static_cast<std::size_t>(depth) * 2, ' ');
  }
  out += is_object ? "}" : "]";
}

std::string Json::dump() const {
  std::string out;
  write(out, 0);
  return out + '\n';
}

}  // namespace parley::vectors
