// A real parleyd as a child process: started, killed with SIGKILL and started again
// on the same port and data folder.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace parley::crash {

class HubProcess {
 public:
  // `program` is the path of parleyd. Picks a free port.
  HubProcess(std::string program, std::filesystem::path data);
  ~HubProcess();
  HubProcess(const HubProcess&) = delete;
  HubProcess& operator=(const HubProcess&) = delete;

  // Returns when it accepts connections; false if that does not happen.
  bool start();
  // SIGKILL: no handler runs, nothing is flushed.
  void kill();
  // SIGTERM; the exit status, or -1 if it did not end by itself.
  int stop();

  std::uint16_t port() const { return port_; }

 private:
  bool accepts_connections() const;

  std::string program_;
  std::filesystem::path data_;
  std::uint16_t port_;
  pid_t pid_ = -1;
};

}  // namespace parley::crash
