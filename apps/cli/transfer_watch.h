// Follows transfers for the command that began them: progress in one line on a terminal, or
// as objects for a script, and what the user is told if it is interrupted.
#pragma once

#include <optional>

#include "apps/cli/session.h"

namespace parley::cli {

class TransferWatch {
 public:
  // Takes the session's on_happening.
  TransferWatch(Session& session, bool json);
  ~TransferWatch();
  TransferWatch(const TransferWatch&) = delete;
  TransferWatch& operator=(const TransferWatch&) = delete;

  // Submits the command, which answers with a transfer, and waits for its end.
  Answer run(Session::Body body);
  // Empty before the transfer is known.
  const std::optional<api::Transfer>& last() const { return last_; }

 private:
  void saw(const api::Transfer& transfer);
  void clear_line();

  Session& session_;
  bool json_, live_, has_line_ = false;
  std::optional<api::Transfer> last_;
};

}  // namespace parley::cli
