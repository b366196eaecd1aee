#include "tests/interop/peer_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

namespace parley::interop {
namespace {

struct Pipe {
  int read = -1;
  int write = -1;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
  return {ends[0], ends[1]};
}

// Peers are tests' own processes: running out of pipes or memory is no case to handle.
[[noreturn]] void become(const std::vector<std::string>& argv) {
  std::vector<char*> pointers;
  for (const std::string& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

ErrorCode code_of(const std::string& name) {
  if (name == "duplicate") return ErrorCode::duplicate_message;
  if (name == "no-session") return ErrorCode::no_session;
  return ErrorCode::decryption_failed;
}

}  // namespace

PeerProcess::PeerProcess(std::vector<std::string> argv) {
  const Pipe in = make_pipe();
  const Pipe out = make_pipe();
  pid_ = ::fork();
  if (pid_ < 0) std::abort();
  if (pid_ == 0) {
    ::dup2(in.read, STDIN_FILENO);
    ::dup2(out.write, STDOUT_FILENO);
    become(argv);
  }
  ::close(in.read);
  ::close(out.write);
  to_ = ::fdopen(in.write, "w");
  from_ = ::fdopen(out.read, "r");
  // A peer that died shows as a failed read, not as a signal to us.
  ::signal(SIGPIPE, SIG_IGN);
}

PeerProcess::~PeerProcess() {
  std::fclose(to_);  // the peer ends when its input does
  std::fclose(from_);
  ::waitpid(pid_, nullptr, 0);
}

Result<std::vector<std::string>> PeerProcess::ask(const std::string& line) {
  std::fprintf(to_, "%s\n", line.c_str());
  std::fflush(to_);
  char* text = nullptr;
  std::size_t room = 0;
  const auto size = ::getline(&text, &room, from_);
  std::istringstream answer(size > 0 ? std::string(text, static_cast<std::size_t>(size)) : "");
  std::free(text);

  std::string status;
  answer >> status;
  if (status == "ok") {
    std::vector<std::string> words;
    for (std::string word; answer >> word;) words.push_back(word);
    return words;
  }
  if (status != "error") return fail(ErrorCode::internal, "the peer is gone");
  std::string code;
  std::string detail;
  answer >> code;
  std::getline(answer, detail);
  return fail(code_of(code), "peer:" + detail);
}

}  // namespace parley::interop
