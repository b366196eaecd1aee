#include "hub/daemon/admin_password.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "hub/daemon/exit_status.h"
#include "hub/daemon/secret_file.h"
#include "lib/base/secret.h"
#include "lib/crypto/system_random.h"

namespace parley::hub {
namespace {

// It guards everything an operator may do, and is typed seldom.
constexpr std::size_t kLeastCharacters = 12;
constexpr std::size_t kMostCharacters = 1024;
constexpr std::size_t kMaxHashBytes = 256;
constexpr std::string_view kHashBegin = "$argon2id$";

constexpr char kPasswordExamples[] =
    "Example:\n"
    "  parleyd admin password /etc/parley/admin-password\n"
    "then, in parleyd.toml:\n"
    "  [admin]\n"
    "  password_file = \"/etc/parley/admin-password\"\n"
    "Asks twice at a terminal; otherwise reads one line from standard input. A running hub takes "
    "a\n"
    "new password with kill -HUP, which logs everybody out of the page.";

auto unusable(const std::string& file, const std::string& why) {
  return fail(ErrorCode::bad_config, file + ": " + why);
}

void wipe_text(std::string& text) {
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
}

// A line without its end; nothing is shown of it at a terminal.
std::string read_hidden(const char* question) {
  termios before{};
  const bool terminal = ::tcgetattr(STDIN_FILENO, &before) == 0;
  if (terminal) {
    std::fprintf(stderr, "%s: ", question);
    termios hidden = before;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  std::string line;
  std::getline(std::cin, line);
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    std::fputc('\n', stderr);
  }
  return line;
}

Status ask_and_write(const std::string& file) {
  std::string password = read_hidden("New password for the operator's page");
  if (::isatty(STDIN_FILENO) == 1) {
    std::string again = read_hidden("The same again");
    const bool same = again == password;
    wipe_text(again);
    if (!same) return fail(ErrorCode::invalid_argument, "the two are not the same");
  }
  const Status written = write_admin_password(file, password);
  wipe_text(password);
  return written;
}

}  // namespace

Result<std::string> load_admin_password(const std::string& file) {
  const OpenFile in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about{};
  if (!in || ::fstat(in.get(), &about) != 0) {
    return unusable(
        file, std::string(std::strerror(errno)) + "; make it with: parleyd admin password FILE");
  }
  if (!S_ISREG(about.st_mode)) return unusable(file, "is not a file");
  if ((about.st_mode & 077) != 0) {
    return unusable(file, "others may read or write it; run: chmod 600 FILE");
  }
  std::array<char, kMaxHashBytes + 1> text{};
  const ssize_t size = ::read(in.get(), text.data(), text.size());
  std::string hash(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  while (hash.ends_with('\n')) hash.pop_back();
  if (hash.size() >= kMaxHashBytes || !hash.starts_with(kHashBegin)) {
    return unusable(file, "holds no password; make it with: parleyd admin password FILE");
  }
  return hash;
}

Status write_admin_password(const std::string& file, const std::string& password,
                            crypto::PasswordCost cost) {
  if (password.size() < kLeastCharacters || password.size() > kMostCharacters) {
    return fail(ErrorCode::invalid_argument, "expected a password of 12 to 1024 characters");
  }
  crypto::SystemRandom random;
  PARLEY_TRY(hash, crypto::hash_password(password, cost, random));
  return replace_secret_file(file, as_bytes(hash + "\n"));
}

AdminCommand::AdminCommand(CLI::App& app) {
  CLI::App* group = app.add_subcommand("admin", "The operator's page (/admin).");
  group->footer(kPasswordExamples);
  group->require_subcommand(1);
  password_ = group->add_subcommand("password", "Set the page's password.");
  password_->footer(kPasswordExamples);
  password_->add_option("FILE", file_, "Where its hash is written")->required();
}

std::optional<int> AdminCommand::run() const {
  if (!password_->parsed()) return {};
  const Status done = ask_and_write(file_);
  if (!done) {
    std::fprintf(stderr, "parleyd: %s\n", done.error().detail.c_str());
    return static_cast<int>(done.error().code == ErrorCode::invalid_argument
                                ? ExitStatus::wrong_usage
                                : exit_status(done.error().code));
  }
  std::printf(
      "%s holds the password's hash. Name it in parleyd.toml:\n\n[admin]\n"
      "password_file = \"%s\"\n",
      file_.c_str(), file_.c_str());
  return static_cast<int>(ExitStatus::ok);
}

}  // namespace parley::hub
