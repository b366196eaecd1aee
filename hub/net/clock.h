// The hub's clocks: the only place outside tests where it reads them.
#pragma once

#include <chrono>

#include "lib/base/time.h"

namespace parley::hub {

// Wall time, as the engine wants it.
inline Time wall_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

// For time-outs: never steps. Its zero means nothing.
inline Time steady_now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

}  // namespace parley::hub
