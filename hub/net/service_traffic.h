// What passes between the hub and each service's servers, counted for the operator. No user
// data. Plain values; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace parley::hub {

struct ServiceTraffic {
  std::uint64_t key_fetches = 0;
  std::uint64_t key_fetch_failures = 0;
  std::uint64_t tokens_accepted = 0;
  std::uint64_t tokens_refused = 0;
  std::uint64_t pushes_sent = 0;     // answered with 2xx
  std::uint64_t push_failures = 0;   // tries that were not
  std::uint64_t pushes_dropped = 0;  // given up
  std::uint64_t pushes_waiting = 0;  // now
  // The last failure in words, for the operator; empty once it works again.
  std::string key_problem = {};
  std::string push_problem = {};
};

// By provider id.
using TrafficTable = std::map<std::string, ServiceTraffic>;

}  // namespace parley::hub
