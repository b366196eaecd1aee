// A whole hub in one object: store, engine, passwords, network, on one io_context.
//
//   Daemon daemon(config, log);
//   PARLEY_CHECK(daemon.open());     // everything that can go wrong at the start
//   ExitStatus status = daemon.run();  // until stop()
//
// Threads: open(), run() and the destructor on one thread (the engine's); stop() and
// reload() from any. Errors of open(): those of exit_status.h.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/signal_set.hpp>
#include <memory>

#include "hub/daemon/config.h"
#include "hub/daemon/engine_desk.h"
#include "hub/daemon/exit_status.h"
#include "hub/daemon/history_keeper.h"
#include "hub/daemon/media_keeper.h"
#include "hub/engine/engine.h"
#include "hub/net/admin_api.h"
#include "hub/net/admin_server.h"
#include "hub/net/engine_loop.h"
#include "hub/net/password_pool.h"
#include "hub/net/server.h"
#include "hub/net/service_ports.h"
#include "hub/store/sqlite_store.h"
#include "lib/crypto/system_random.h"

namespace parley::hub {

// "parleyd/0.1.0"
std::string software_name();

class Daemon {
 public:
  // `log` outlives it. The cost of passwords is lowered by tests only.
  Daemon(DaemonConfig config, Log& log,
         crypto::PasswordCost password_cost = crypto::kInteractiveCost);
  ~Daemon();

  Status open();
  // SIGINT and SIGTERM stop (a second one ends the process at once), SIGHUP reloads.
  void handle_signals();
  ExitStatus run();

  // Stops as gently as the configured time allows.
  void stop();
  // Reads the certificate again.
  void reload();

  // After open().
  Endpoint endpoint() const { return server_.endpoint(); }
  std::optional<Endpoint> metrics_endpoint() const { return server_.metrics_endpoint(); }
  std::optional<Endpoint> admin_endpoint() const { return server_.admin_endpoint(); }
  bool uses_tls() const { return server_.uses_tls(); }
  const DaemonConfig& config() const { return config_; }

 private:
  Status open_browser_pushes();
  Status open_store();
  Status open_services();
  Status open_media();
  Status open_admin();
  Status open_admin_page();
  Status start_engine();
  void wait_for_signal();
  void stop_now();
  void stopped(Status committed);
  void give_up_after(Duration time);
  void end();
  void raise_file_limit();

  DaemonConfig config_;
  Log& log_;
  crypto::PasswordCost password_cost_;
  crypto::SystemRandom random_;
  IoContext io_;
  boost::asio::executor_work_guard<IoContext::executor_type> work_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer patience_;
  EngineLoop loop_;
  Server server_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<PasswordPool> passwords_;
  std::unique_ptr<ServicePorts> services_;
  std::unique_ptr<MediaKeeper> keeper_;
  std::shared_ptr<MediaServices> media_;
  std::unique_ptr<EngineDesk> desk_;
  std::unique_ptr<AdminApi> admin_api_;
  std::unique_ptr<AdminServer> admin_;
  std::unique_ptr<HistoryKeeper> history_;
  std::unique_ptr<AdminPage> admin_page_;
  std::unique_ptr<Engine> engine_;
  bool started_ = false;
  bool stopping_ = false;
  ExitStatus status_ = ExitStatus::ok;
};

}  // namespace parley::hub
