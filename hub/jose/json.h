// JSON as tokens need it: strict, without duplicate names, bounded. Jansson underneath, which
// is what the JOSE library reads with. Internal to hub/jose.
#pragma once

#include <jansson.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/result.h"

namespace parley::jose {

struct FreeJson {
  void operator()(json_t* value) const { json_decref(value); }
};
using Json = std::unique_ptr<json_t, FreeJson>;

// One object and nothing after it. Refuses names that come twice (two readers could see
// different values), NUL in texts and what is not UTF-8.
Result<Json> parse_object(std::string_view text, ErrorCode code);

// A member that is a text; nothing where it is absent or something else. Borrowed.
std::optional<std::string_view> text_of(const json_t* object, const char* name);

std::string quoted(std::string_view text);

}  // namespace parley::jose
