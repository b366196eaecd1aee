#include "apps/cli/raw_terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "apps/cli/terminal.h"

namespace parley::cli {
namespace {

winsize size() {
  winsize found{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &found) != 0 || found.ws_col == 0) {
    found.ws_col = 80;
    found.ws_row = 24;
  }
  return found;
}

void write_all(std::string_view text) {
  // Best effort: there is nobody left to tell.
  [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
}

}  // namespace

bool RawTerminal::is_possible() {
  const char* term = std::getenv("TERM");
  return is_terminal(STDIN_FILENO) && is_terminal(STDOUT_FILENO) && term != nullptr &&
         std::string_view(term) != "dumb" && std::string_view(term) != "";
}

RawTerminal::RawTerminal() {
  ::tcgetattr(STDIN_FILENO, &before_);
  termios raw = before_;
  raw.c_iflag &= ~static_cast<tcflag_t>(ICRNL | IXON | ISTRIP | INLCR);
  raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG | IEXTEN);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  write_all("\x1b[?2004h");
}

RawTerminal::~RawTerminal() {
  write_all("\x1b[?2004l");
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

int RawTerminal::columns() { return size().ws_col; }
int RawTerminal::rows() { return size().ws_row; }

}  // namespace parley::cli
