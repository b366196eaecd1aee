// How long to wait before the next attempt to reach a hub: doubling from half a
// second to thirty, and at random between half of that and all of it, so that the
// clients of a restarted hub do not come back in step.
#pragma once

#include <algorithm>
#include <cstdint>

#include "lib/base/random.h"
#include "lib/base/time.h"

namespace parley::client {

inline constexpr Duration kFirstBackoff = milliseconds(500);
inline constexpr Duration kLongestBackoff = seconds(30);

// `failures`: attempts that failed one after the other, at least 1.
inline Duration backoff(std::uint32_t failures, RandomSource& random) {
  const std::uint32_t doublings = std::min(failures == 0 ? 0 : failures - 1, 16u);
  const std::int64_t most = std::min(kFirstBackoff.ms << doublings, kLongestBackoff.ms);
  const auto half = static_cast<std::uint64_t>(most / 2);
  return milliseconds(static_cast<std::int64_t>(half + random.below(half + 1)));
}

}  // namespace parley::client
