// Which addresses the media proxy follows: those below a service's registered base, read one
// way only. What two programs might read differently is refused. Pure functions.
//
// Source: docs/protocol/media.md, section 4.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "hub/net/url.h"

namespace parley::hub {

// The URL, if it lies below `base`. ErrorCode::not_allowed with what is wrong.
Result<Url> url_below(std::string_view text, const Url& base);

// Where a redirect from `from` leads: an absolute URL or an absolute path.
std::string redirect_target(const Url& from, std::string_view location);

// A query's value, percent-decoded; nothing where it is missing or not decodable.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

// One range of a file, last byte included.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
// Of `Range: bytes=a-b`, `a-` or `-n` for a file of `size` bytes. Nothing: it cannot be served.
std::optional<ByteRange> parse_range(std::string_view text, std::uint64_t size);

}  // namespace parley::hub
