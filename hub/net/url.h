// The addresses that an operator enters for a service: absolute http(s) URLs of the plain
// kind. Stricter than RFC 3986 on purpose: two programs that read one text differently are
// how a request ends up where nobody allowed it. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace parley::hub {

inline constexpr std::size_t kMaxUrlBytes = 2048;

struct Url {
  bool https = true;
  std::string host;  // lower-case; an IPv6 address without its brackets
  std::uint16_t port = 443;
  std::string target;  // path and query, begins with /

  bool host_is_v6() const { return host.find(':') != std::string::npos; }
  // For the Host header.
  std::string authority() const;
};

// ErrorCode::bad_config. No user names, no fragments, no characters that need escaping, and
// no numbers as hosts other than d.d.d.d and [v6].
Result<Url> parse_url(std::string_view text);

}  // namespace parley::hub
