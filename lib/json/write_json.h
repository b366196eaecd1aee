// Writes JSON objects member by member. Internal to lib/json.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/base/secret.h"
#include "lib/json/enum_names.h"
#include "lib/json/setup_fields.h"

namespace parley::json {

// "session_token" -> "sessionToken"
std::string lower_camel(std::string_view schema_name);

class Writer {
 public:
  template <typename Message>
  void object(const Message& message) {
    text_ += '{';
    fields_of(message, *this);
    text_ += '}';
  }

  // The visitor of fields_of.
  template <typename Value>
  void operator()(std::string_view name, const Value& value) {
    begin_member(name);
    put(value);
  }
  template <typename Message>
  void operator()(std::string_view name, const std::optional<Message>& message) {
    if (!message) return;
    begin_member(name);
    object(*message);
  }

  void operator()(std::string_view name, SecretText<const SecretBuffer> secret) {
    begin_member(name);
    put(std::string(as_text(secret.bytes.view())));
  }

  // The text, or the name of a field whose text is not UTF-8.
  Result<std::string> finish() &&;

 private:
  void begin_member(std::string_view name);
  void put(const std::string& text);
  void put(const Bytes& bytes) { put_base64(bytes); }
  void put(const SecretBuffer& bytes) { put_base64(bytes.view()); }
  void put(bool value) { text_ += value ? "true" : "false"; }
  void put(std::uint32_t value) { text_ += std::to_string(value); }
  void put(std::int64_t value) { text_ += '"' + std::to_string(value) + '"'; }
  void put(ErrorCode code);
  void put(std::uint64_t value) { text_ += '"' + std::to_string(value) + '"'; }
  template <typename Enum>
    requires std::is_enum_v<Enum>
  void put(Enum value) {
    put_name(name_of(value), static_cast<std::int32_t>(value));
  }
  template <typename Element>
  void put(const std::vector<Element>& values) {
    text_ += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) text_ += ',';
      if constexpr (requires { Element::kProviderIdField; }) {
        object(values[i]);
      } else {
        put(values[i]);
      }
    }
    text_ += ']';
  }
  // A value that has no name is written as its number.
  void put_name(std::string_view name, std::int32_t number);
  void put_base64(ByteView bytes);

  std::string text_;
  std::string field_;   // the one being written
  std::string broken_;  // the first that cannot be written
};

}  // namespace parley::json
