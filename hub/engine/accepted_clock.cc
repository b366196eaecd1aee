#include "hub/engine/accepted_clock.h"

#include <algorithm>

namespace parley::hub {

namespace {
std::int64_t us(Duration duration) { return duration.ms * 1000; }
}  // namespace

AcceptedAt AcceptedClock::next(Time now) const {
  return {std::max(now.ms * 1000, last_.value + 1)};
}

std::optional<AcceptedAt> AcceptedClock::reservation_wanted(Time now) {
  const AcceptedAt at = next(now);
  if (wanted_until_ != usable_until_) return std::nullopt;  // one is on its way
  if (usable_until_.value - at.value >= us(kLowMark)) return std::nullopt;
  wanted_until_ = AcceptedAt{at.value + us(kAhead)};
  return wanted_until_;
}

void AcceptedClock::reserved(AcceptedAt until) {
  usable_until_ = std::max(usable_until_, until);
  wanted_until_ = usable_until_;
}

}  // namespace parley::hub
