// How a service fares, for the operator. Plain values without user data.
#pragma once

#include <cstdint>

#include "hub/engine/records.h"

namespace parley::hub {

// Of one service, counted since the process started.
struct ProviderCounts {
  std::uint64_t enlistments = 0;
  std::uint64_t sends_in = 0;   // by its people
  std::uint64_t sends_out = 0;  // to its people
  std::uint64_t first_contacts = 0;
  std::uint64_t refused = 0;
  std::uint64_t pushes = 0;  // asked for
  std::uint64_t reports = 0;
};

// Where a service's files may be fetched from, as one account of the hub sees it.
struct MediaHost {
  std::string provider;
  std::string base_url;
  bool passes = false;  // live, or a sandbox that the account is named for
  std::string reason;   // where it does not
  bool private_addresses = false;
};

struct ProviderStatus {
  ProviderRecord record;
  ProviderCounts counts;
  double trust = 1;
  std::uint64_t first_contacts_today = 0;
  std::uint64_t reports_of_week = 0;
  std::uint64_t first_contacts_of_week = 0;
  std::uint64_t connections = 0;  // now
};

}  // namespace parley::hub
