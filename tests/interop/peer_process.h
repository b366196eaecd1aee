// Another implementation of the Signal Protocol, in a process of its own that
// answers one line to each line (peer.mjs, c_peer.cc describe the commands). A
// process holds any number of devices. It ends with this object.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "lib/base/result.h"

namespace parley::interop {

class PeerProcess {
 public:
  // Starts argv[0] with the arguments; stderr goes to ours.
  explicit PeerProcess(std::vector<std::string> argv);
  ~PeerProcess();
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  // The words after "ok". An "error" answer becomes duplicate_message, no_session
  // or decryption_failed with the peer's words; no answer at all becomes internal.
  Result<std::vector<std::string>> ask(const std::string& line);

 private:
  int pid_ = -1;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
};

}  // namespace parley::interop
