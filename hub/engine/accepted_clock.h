// Accepted times: microseconds that strictly increase over the whole hub, also across
// restarts and when the wall clock steps back. They order conversations and name mailbox
// entries.
//
// A message may reach a device before it is durable, so a time must never be given twice
// even if the process dies. The hub therefore reserves a range durably before it uses it:
// after a restart it goes on behind the last reservation.
#pragma once

#include <optional>

#include "lib/base/ids.h"
#include "lib/base/time.h"

namespace parley::hub {

class AcceptedClock {
 public:
  // How far ahead of the wall clock a reservation reaches: after a crash times may run
  // ahead by as much.
  static constexpr Duration kAhead = seconds(10);
  // A new reservation is wanted when less than this is left.
  static constexpr Duration kLowMark = seconds(5);

  // `reserved_until`: the last reservation made before this start.
  void restore(AcceptedAt reserved_until) {
    last_ = usable_until_ = wanted_until_ = reserved_until;
  }

  // The reservation to write now, if one is wanted and none is on its way.
  std::optional<AcceptedAt> reservation_wanted(Time now);
  // It is durable.
  void reserved(AcceptedAt until);
  // It could not be written.
  void reservation_failed() { wanted_until_ = usable_until_; }

  bool can_accept(Time now) const { return next(now) <= usable_until_; }
  // Precondition: can_accept(now).
  AcceptedAt accept(Time now) { return last_ = next(now); }

  // The end of the durable reservation.
  AcceptedAt usable_until() const { return usable_until_; }
  // The last time given out.
  AcceptedAt last() const { return last_; }

 private:
  AcceptedAt next(Time now) const;

  AcceptedAt last_;
  AcceptedAt usable_until_;
  AcceptedAt wanted_until_;
};

}  // namespace parley::hub
