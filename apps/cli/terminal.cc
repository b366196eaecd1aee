#include "apps/cli/terminal.h"

#include <qrencode.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "apps/cli/problem.h"

namespace parley::cli {
namespace {

constexpr int kQuietModules = 2;  // the standard says 4; phones read 2, and it fits 80 columns

std::string read_line() {
  std::string line;
  if (!std::getline(std::cin, line)) {
    throw Problem(ExitStatus::interrupted, ErrorCode::unspecified, "No answer was given.",
                  "Start again when you are ready.");
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

void require_terminal(const std::string& question, const std::string& instead) {
  if (is_terminal(STDIN_FILENO)) return;
  throw usage_problem("There is no terminal to ask on: " + question, instead);
}

// No echo for as long as it lives, also if an exception ends it.
class Hidden {
 public:
  Hidden() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  ~Hidden() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::cerr << '\n';
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;

 private:
  termios before_{};
};

std::string ask_hidden(const std::string& question) {
  // Before the question: what is typed at once must not show either.
  const Hidden hidden;
  std::cerr << question << ": " << std::flush;
  return read_line();
}

std::string instead_of(const char* variable) {
  return std::string("Set ") + variable + " in the environment.";
}

}  // namespace

bool is_terminal(int file) { return ::isatty(file) == 1; }

bool uses_colours() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return is_terminal(STDOUT_FILENO) && (no_color == nullptr || no_color[0] == '\0') &&
         term != nullptr && std::string_view(term) != "dumb";
}

std::string styled(Style style, std::string_view text) {
  static const bool colours = uses_colours();
  if (!colours || style == Style::plain) return std::string(text);
  static constexpr const char* kCodes[] = {"0", "2", "1", "32", "33", "34", "31"};
  return std::string("\x1b[") + kCodes[static_cast<int>(style)] + "m" + std::string(text) +
         "\x1b[0m";
}

std::string ask(const std::string& question, const std::string& instead) {
  require_terminal(question, instead);
  std::cerr << question << ": " << std::flush;
  return read_line();
}

bool confirm(const std::string& question, const std::string& instead) {
  const std::string answer = ask(question + " [y/N]", instead);
  return answer == "y" || answer == "Y" || answer == "yes";
}

std::string ask_secret(const std::string& question, const char* variable) {
  if (const char* given = std::getenv(variable)) return given;
  require_terminal(question, instead_of(variable));
  return ask_hidden(question);
}

std::string ask_new_secret(const std::string& question, const char* variable) {
  if (const char* given = std::getenv(variable)) return given;
  require_terminal(question, instead_of(variable));
  while (true) {
    const std::string first = ask_hidden(question);
    if (first == ask_hidden("Again")) return first;
    std::cerr << "These differ. Once more.\n";
  }
}

void print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      throw Problem(ExitStatus::failed, ErrorCode::unspecified,
                    "Nobody reads what is written any longer.",
                    "What was not written comes again the next time.");
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void note(std::string_view text) { std::cerr << text << '\n' << std::flush; }

std::string qr_code(ByteView data, bool colours) {
  struct Free {
    void operator()(QRcode* code) const { QRcode_free(code); }
  };
  const std::unique_ptr<QRcode, Free> code(
      QRcode_encodeData(static_cast<int>(data.size()), data.data(), 0, QR_ECLEVEL_L));
  if (!code) return {};
  const int width = code->width;
  const auto is_dark = [&](int x, int y) {
    x -= kQuietModules;
    y -= kQuietModules;
    return x >= 0 && y >= 0 && x < width && y < width && (code->data[y * width + x] & 1) != 0;
  };
  const int side = width + 2 * kQuietModules;
  std::string out;
  for (int y = 0; y < side; y += 2) {
    if (colours) out += "\x1b[30;107m";
    for (int x = 0; x < side; ++x) {
      const bool upper = is_dark(x, y), lower = y + 1 < side && is_dark(x, y + 1);
      const bool ink_above = upper == colours, ink_below = lower == colours;
      out += ink_above && ink_below ? "█" : ink_above ? "▀" : ink_below ? "▄" : " ";
    }
    out += colours ? "\x1b[0m\n" : "\n";
  }
  return out;
}

}  // namespace parley::cli
