// One JSON object on one line, for scripts: members in the order they are added.
// Text that is no UTF-8 gets U+FFFD in its place.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::cli {

std::string json_text(std::string_view text);

class JsonLine {
 public:
  JsonLine& add(std::string_view name, std::string_view text) { return raw(name, json_text(text)); }
  JsonLine& add(std::string_view name, const char* text) {
    return add(name, std::string_view(text));
  }
  JsonLine& add(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  JsonLine& add(std::string_view name, Number value) {
    return raw(name, std::to_string(value));
  }
  JsonLine& add(std::string_view name, const std::vector<std::string>& texts);

  JsonLine& add(std::string_view name, const JsonLine& object) { return raw(name, object.text()); }
  JsonLine& add(std::string_view name, const std::vector<JsonLine>& objects);

  std::string text() const { return "{" + members_ + "}"; }

 private:
  JsonLine& raw(std::string_view name, std::string_view json);

  std::string members_;
};

}  // namespace parley::cli
