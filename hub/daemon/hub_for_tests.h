// A hub in this process for tests: a real Daemon on an ephemeral loopback port, its
// database in a temporary folder, its loop on a thread of its own.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "hub/daemon/daemon.h"

namespace parley::hub {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "parley-XXXXXX").string();
    if (!mkdtemp(pattern.data())) std::abort();
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Quotas out of the way, cheap passwords, any port.
inline DaemonConfig test_config(const std::string& data) {
  DaemonConfig config;
  config.data = data;
  config.net.listen = "127.0.0.1:0";
  config.net.closing_timeout = seconds(1);
  QuotaConfig& quotas = config.engine.quotas;
  for (Allowance* each :
       {&quotas.sends, &quotas.send_bytes, &quotas.lookups, &quotas.changes, &quotas.sign_ups,
        &quotas.logins, &quotas.connects, &quotas.links, &quotas.polls, &quotas.password_tries}) {
    *each = {1e12, 1e12};
  }
  return config;
}
inline constexpr crypto::PasswordCost kCheapPasswords{1, 64 * 1024};

class HubForTests {
 public:
  explicit HubForTests(DaemonConfig config) : daemon_(std::move(config), log_, kCheapPasswords) {
    opened_ = daemon_.open();
    if (opened_) thread_ = std::thread([this] { status_ = daemon_.run(); });
  }
  ~HubForTests() { stop(); }

  const Status& opened() const { return opened_; }
  std::uint16_t port() const { return daemon_.endpoint().port(); }
  Daemon& daemon() { return daemon_; }
  ExitStatus stop() {
    if (thread_.joinable()) {
      daemon_.stop();
      thread_.join();
    }
    return status_;
  }

 private:
  NoLog log_;
  Daemon daemon_;
  Status opened_;
  std::thread thread_;
  ExitStatus status_ = ExitStatus::failed;
};

}  // namespace parley::hub
