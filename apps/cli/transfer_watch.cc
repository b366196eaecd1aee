#include "apps/cli/transfer_watch.h"

#include <unistd.h>

#include <iostream>

#include "apps/cli/describe_files.h"
#include "apps/cli/terminal.h"

namespace parley::cli {

TransferWatch::TransferWatch(Session& session, bool json)
    : session_(session), json_(json), live_(!json && is_terminal(STDERR_FILENO)) {
  session_.on_happening = [this](const api::Event& event, std::uint64_t) {
    const auto* transfer = std::get_if<api::Transfer>(&event.body);
    if (transfer != nullptr && last_ && transfer->number == last_->number) saw(*transfer);
  };
}

TransferWatch::~TransferWatch() {
  session_.on_happening = nullptr;
  clear_line();
}

void TransferWatch::clear_line() {
  if (std::exchange(has_line_, false)) std::cerr << "\r\x1b[K" << std::flush;
}

void TransferWatch::saw(const api::Transfer& transfer) {
  last_ = transfer;
  if (json_) return print(transfer_json(transfer).text() + "\n");
  if (!live_) return;
  std::cerr << "\r\x1b[K" << transfer_line(transfer) << std::flush;
  has_line_ = true;
}

Answer TransferWatch::run(Session::Body body) {
  try {
    Answer answer = session_.run(std::move(body), false, [this](const api::Event& event) {
      if (const auto* transfer = std::get_if<api::Transfer>(&event.body)) saw(*transfer);
    });
    clear_line();
    return answer;
  } catch (Problem& problem) {
    clear_line();
    const std::uint64_t number = last_ ? last_->number : 0;
    const bool goes_on =
        problem.status() == ExitStatus::interrupted || problem.status() == ExitStatus::unreachable;
    if (number != 0 && goes_on) {
      throw problem.with_advice("What was done so far is kept. Go on with: parley files --resume " +
                                std::to_string(number));
    }
    if (problem.status() == ExitStatus::interrupted || !problem.has_code()) throw;
    throw file_problem(problem.error(), number);
  }
}

}  // namespace parley::cli
