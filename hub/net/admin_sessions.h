// Who is logged in to the operator's page, and how often a password may be tried. In memory:
// a restart logs everybody out. Time is given, in steady milliseconds; one thread.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "hub/engine/types.h"
#include "lib/base/random.h"
#include "lib/base/result.h"
#include "lib/base/time.h"

namespace parley::hub {

class AdminSessions {
 public:
  // More than one person's browsers; with one more the oldest ends.
  static constexpr std::size_t kMaxSessions = 16;
  static constexpr Duration kIdleLifetime = minutes(30);
  static constexpr Duration kLifetime = hours(12);

  explicit AdminSessions(RandomSource& random) : random_(random) {}

  // The token: 256 random bits as text. Only its hash is kept.
  std::string begin(Time now);
  // Whether it is one. Where `renews` it counts as used: a page that only refreshes itself does not
  // keep its session.
  bool use(std::string_view token, Time now, bool renews = true);
  void end(std::string_view token);
  void end_all() { sessions_.clear(); }

 private:
  struct Session {
    ByteArray<32> hash;
    Time begun, used;
  };
  std::list<Session>::iterator find(std::string_view token, Time now);

  RandomSource& random_;
  std::list<Session> sessions_;  // begun first, first
};

// Slows down guessing: after kFreeTries each further try from an address must wait, twice as long
// as the one before.
class LoginGuard {
 public:
  static constexpr int kFreeTries = 3;
  static constexpr Duration kFirstWait = seconds(1);
  static constexpr Duration kLongestWait = minutes(15);
  // Forgotten when nothing was tried for so long.
  static constexpr Duration kMemory = hours(1);
  // Addresses; beyond that the one that tried longest ago is forgotten.
  static constexpr std::size_t kMaxAddresses = 10'000;

  // Counts a try before its password is looked at, so that many at once gain nothing. Error:
  // rate_limited.
  Status begin_try(AddressBucket from, Time now);
  void succeeded(AddressBucket from) { tries_.erase(from.value); }

 private:
  struct Tries {
    int count = 0;
    Time last;
  };
  std::map<std::uint64_t, Tries> tries_;
};

}  // namespace parley::hub
