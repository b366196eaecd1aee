// The end of a service's people once the operator has removed the service: each account is wiped
// as by a deletion, a few at a time, so that a large service does not hold everybody else up. What
// is left when the process ends goes on at the next start; the store knows which services those
// are.
//
// One thread. At most as many services at a time as there may be (providers.h).
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "hub/engine/committer.h"
#include "hub/engine/devices.h"
#include "hub/engine/directory.h"

namespace parley::hub {

class Departures {
 public:
  // Accounts of one write: with their mailboxes they may be large.
  static constexpr std::size_t kPeopleAtATime = 50;

  struct Parts {
    Shared& shared;
    Directory& directory;
    Committer& committer;
    Devices& devices;
  };
  explicit Departures(Parts parts) : p_(parts) {}
  // Called once nobody of a service is left.
  void on_left(std::function<void(const std::string&)> then) { left_ = std::move(then); }

  void begin(const std::string& provider);
  // Tries again after the store had failed.
  void tick();
  std::optional<Time> next_wakeup() const;

 private:
  void step();
  void ended(const std::string& provider, const op::PeopleEnded& people);

  Parts p_;
  std::function<void(const std::string&)> left_;
  std::deque<std::string> leaving_;
  bool writing_ = false;
};

}  // namespace parley::hub
