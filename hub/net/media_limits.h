// What a transfer of a file may take: docs/protocol/media.md, section 1. Tests lower it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/base/time.h"

namespace parley::hub {

struct MediaLimits {
  // Whoever moves nothing for so long is cut off.
  Duration stall = seconds(30);
  // From asking another service's server to its answer's head.
  Duration start = seconds(10);
  // A fetch from another service may be slow, but not so slow that a few of them hold every
  // place for good: after this much time at least so many bytes in a second, over all of it.
  Duration patience = minutes(1);
  std::uint64_t slowest = 1024;

  std::size_t transfers = 256;
  std::size_t transfers_of_origin = 16;
  std::size_t fetches_of_account = 4;
};

constexpr bool is_too_slow(const MediaLimits& limits, std::uint64_t passed, Duration elapsed) {
  if (elapsed <= limits.patience) return false;
  return passed / limits.slowest < static_cast<std::uint64_t>(elapsed.ms) / 1'000;
}

}  // namespace parley::hub
