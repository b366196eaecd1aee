// JSON texts with a fixed order and layout, so that files of vectors can be compared byte by
// byte. Strings must not need escapes other than for quotes, backslashes and line ends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/bytes.h"

namespace parley::vectors {

// One JSON value.
class Json {
 public:
  static Json text(std::string_view value);
  static Json number(std::int64_t value);
  static Json boolean(bool value);
  static Json null();
  // As lower-case hexadecimal.
  static Json hex(ByteView bytes);
  static Json object() { return Json(Kind::object); }
  static Json array() { return Json(Kind::array); }

  // To an object, in this order; returns the object.
  Json& add(std::string_view name, Json value);
  Json& add(std::string_view name, std::string_view value) { return add(name, text(value)); }
  Json& add(std::string_view name, const char* value) { return add(name, text(value)); }
  Json& add(std::string_view name, const std::string& value) { return add(name, text(value)); }
  Json& add(std::string_view name, ByteView value) { return add(name, hex(value)); }
  Json& add(std::string_view name, std::int64_t value) { return add(name, number(value)); }
  // To an array.
  Json& push(Json value);

  std::string dump() const;

 private:
  enum class Kind : std::uint8_t { scalar, object, array };
  explicit Json(Kind kind) : kind_(kind) {}

  void write(std::string& out, int depth) const;

  Kind kind_;
  std::string scalar_;
  std::vector<std::pair<std::string, Json>> members_;
};

}  // namespace parley::vectors
