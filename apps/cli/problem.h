// What a command ends with when it cannot do its work: two sentences for a person
// (what went wrong, what to do) and a status for a script. Thrown inside apps/cli
// only; main() catches it.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "lib/base/result.h"

namespace parley::cli {

// Exit statuses; documented in docs/cli.md and in --help. Never renumbered.
enum class ExitStatus : int {
  ok = 0,
  failed = 1,       // anything not named below
  usage = 2,        // the command line is wrong
  unreachable = 3,  // the hub does not answer
  refused = 4,      // password, sign-in, permission
  timed_out = 5,    // --timeout passed
  local_data = 6,   // this machine's data: locked, damaged, not writable, too new
  not_found = 7,    // no such person, chat, message, device or account here
  try_later = 8,    // quota, full mailbox, busy hub
  interrupted = 130,
};

ExitStatus exit_status_of(ErrorCode code);

class Problem : public std::exception {
 public:
  // With the catalogue's words.
  explicit Problem(Error error);
  // With words of this program's own.
  Problem(ExitStatus status, ErrorCode code, std::string text, std::string advice);

  const char* what() const noexcept override { return text_.c_str(); }
  ExitStatus status() const { return status_; }
  ErrorCode code() const { return error_.code; }
  bool has_code() const { return error_.code != ErrorCode::unspecified; }
  const Error& error() const { return error_; }
  Problem& with_advice(std::string advice) {
    advice_ = std::move(advice);
    return *this;
  }

  // Two lines for a person, or one JSON object.
  std::string for_people() const;
  std::string for_scripts() const;

 private:
  Error error_;
  ExitStatus status_;
  std::string text_, advice_;
};

Problem usage_problem(std::string text, std::string advice);

// The value, or a Problem.
template <typename T>
T must(Result<T> result) {
  if (!result) throw Problem(std::move(result).error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace parley::cli
