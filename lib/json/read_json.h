// Reads the members of JSON objects into the fields of a message. Internal to
// lib/json.
#pragma once

#include <boost/json/value.hpp>
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

// Either an object or ErrorCode::malformed.
Result<boost::json::value> parse_object(std::string_view text);

class ObjectReader {
 public:
  // `object` must outlive the reader; `path` names it in errors ("device.").
  ObjectReader(const boost::json::object& object, std::string path)
      : object_(object), path_(std::move(path)) {}

  // The visitor of fields_of.
  template <typename Value>
  void operator()(std::string_view name, Value& target) {
    const boost::json::value* value = find(name);
    if (value && status_) take(*value, target);
  }
  template <typename Message>
  void operator()(std::string_view name, std::optional<Message>& target) {
    const boost::json::value* value = find(name);
    if (!value || !status_) return;
    const boost::json::object* part = value->if_object();
    if (!part) return expected("an object");
    ObjectReader reader(*part, path_ + field_ + '.');
    fields_of(target.emplace(), reader);
    if (!reader.status_) status_ = reader.status_;
  }

  void operator()(std::string_view name, SecretText<SecretBuffer> target) {
    const boost::json::value* value = find(name);
    if (value && status_) take_text(*value, target.bytes);
  }

  Status finish() && { return std::move(status_); }

 private:
  // The member by its JSON or schema name; nothing where absent or null.
  const boost::json::value* find(std::string_view name);
  void expected(const char* what);

  void take(const boost::json::value& value, std::string& target);
  void take(const boost::json::value& value, Bytes& target);
  void take(const boost::json::value& value, SecretBuffer& target);
  void take(const boost::json::value& value, bool& target);
  void take(const boost::json::value& value, std::uint32_t& target);
  void take(const boost::json::value& value, std::int64_t& target);
  void take(const boost::json::value& value, ErrorCode& target);
  void take(const boost::json::value& value, std::uint64_t& target);
  void take_text(const boost::json::value& value, SecretBuffer& target);
  // By name or number; a name that is not known is the zero value.
  template <typename Enum>
    requires std::is_enum_v<Enum>
  void take(const boost::json::value& value, Enum& target) {
    if (value.is_string()) {
      target = value_of<Enum>(std::string_view(value.get_string())).value_or(Enum{});
    } else if (value.is_int64() && value.get_int64() >= 0 && value.get_int64() <= kMaxEnumerator) {
      target = static_cast<Enum>(value.get_int64());
    } else {
      expected("a name");
    }
  }
  template <typename Element>
  void take(const boost::json::value& value, std::vector<Element>& target) {
    const boost::json::array* values = value.if_array();
    if (!values) return expected("a list");
    target.clear();
    for (const boost::json::value& element : *values) {
      if (status_) take(element, target.emplace_back());
    }
  }
  template <typename Message>
    requires requires { Message::kProviderIdField; }
  void take(const boost::json::value& value, Message& target) {
    const boost::json::object* part = value.if_object();
    if (!part) return expected("an object");
    ObjectReader reader(*part, path_ + field_ + '.');
    fields_of(target, reader);
    if (!reader.status_) status_ = reader.status_;
  }
  static constexpr std::int64_t kMaxEnumerator = 0x7fffffff;

  const boost::json::object& object_;
  std::string path_;
  std::string field_;
  Status status_;
};

}  // namespace parley::json
