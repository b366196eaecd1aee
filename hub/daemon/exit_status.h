// How parleyd ends, as a number for scripts. Documented in docs/configuration.md; numbers
// are never reused.
#pragma once

#include "lib/base/result.h"

namespace parley::hub {

enum class ExitStatus : int {
  ok = 0,              // stopped as asked; the configuration is valid
  failed = 1,          // a reason that has no number of its own
  wrong_usage = 2,     // the command line
  bad_config = 3,      // the configuration file or a value in it
  address_in_use = 4,  // another program listens there
  data_unusable = 5,   // the data folder cannot be written, or the disk is full
  data_locked = 6,     // another hub uses it
  data_damaged = 7,
  data_too_new = 8,  // written by a newer parleyd
  cut_short = 9,     // stopped, but not everything could be finished in time
};

ExitStatus exit_status(ErrorCode code);

// What went wrong when starting, for the person at the terminal: what and what to do.
std::string start_problem(const Error& error, const std::string& data);

}  // namespace parley::hub
