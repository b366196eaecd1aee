// The messages of proto/setup.proto as JSON texts, and back: what travels in the
// bodies of the hub's HTTP interface. Shared by the hub and the native client.
//
// The mapping is protobuf's own (protobuf.dev/programming-guides/json): names in
// lowerCamel, bytes as base64, 64-bit integers as decimal strings, enumerators by
// their name in the schema. Written are all fields, in the schema's order, except
// absent sub-messages. Read is whatever a conforming writer may produce: also the
// schema's own field names, numbers as strings, URL-safe or unpadded base64, null
// for "not given", enumerators as numbers. Unknown fields are skipped; of a field
// that comes twice the last counts. Limits are the schema's (exact_bytes, ...).
//
// Errors: ErrorCode::malformed, with the field in the detail ("device.identityKey:
// expected base64"); the detail never holds the input. Free functions without
// state, safe from any thread; nothing is thrown.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "proto/setup.h"

namespace parley::json {

// Deepest nesting that is read; the schema needs two.
inline constexpr std::size_t kMaxDepth = 16;

// Defined for every message of setup.proto. Fails only where a text is not UTF-8.
template <typename Message>
Result<std::string> to_json(const Message& message);

template <typename Message>
Result<Message> from_json(std::string_view text);

}  // namespace parley::json
