#include "hub/jose/json.h"

namespace parley::jose {

Result<Json> parse_object(std::string_view text, ErrorCode code) {
  json_error_t error;
  Json parsed(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, &error));
  if (!parsed) {
    return fail(code, json_error_code(&error) == json_error_duplicate_key
                          ? "the JSON has a name twice"
                          : "not JSON");
  }
  if (!json_is_object(parsed.get())) return fail(code, "not a JSON object");
  return parsed;
}

std::optional<std::string_view> text_of(const json_t* object, const char* name) {
  const json_t* value = json_object_get(object, name);
  if (!json_is_string(value)) return {};
  return std::string_view(json_string_value(value), json_string_length(value));
}

std::string quoted(std::string_view text) {
  const Json value(json_stringn(text.data(), text.size()));
  if (!value) return "\"\"";
  char* const dumped = json_dumps(value.get(), JSON_ENCODE_ANY | JSON_COMPACT);
  std::string result = dumped ? dumped : "\"\"";
  std::free(dumped);
  return result;
}

}  // namespace parley::jose
