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
  void take(const boost::json::value& value, std::vector<std::uint32_t>& target);

  const boost::json::object& object_;
  std::string path_;
  std::string field_;
  Status status_;
};

}  // namespace parley::json
