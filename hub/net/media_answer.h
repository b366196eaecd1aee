// What the answer of another service's media server means: whether it redirects, where to, and
// whether the hub takes what it gives. Pure functions; one set of rules for the proxy
// (media_fetch.cc) and for the operator's program (file_fetch.h).
//
// Source: docs/protocol/media.md, section 4.
#pragma once

#include <optional>
#include <string>

#include "hub/net/upstream.h"

namespace parley::hub {

inline constexpr int kMaxRedirects = 3;

bool is_redirect(unsigned status);

// Where a redirect from `from` leads, if that lies below the service's base.
// Error: provider_unreachable.
Result<Url> next_hop(const Url& from, const std::string& location, const Url& base);

// Nothing where it is passed on. `range`: what was asked for, or empty.
std::optional<Error> problem_of(const Upstream::Head& head, const std::string& range);

}  // namespace parley::hub
