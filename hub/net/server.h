// The hub's network side in one piece: listeners, HTTP, channels, TLS.
//
//   Server server(io, loop, config, random, log);
//   Engine engine({...}, {.connections = server.connections(), ...});
//   loop.attach(engine);
//   server.open();            // binds, so that errors come before anything else starts
//   ... engine.start; then: server.start();
//   server.stop_accepting(); ... engine.shut_down; then: server.finish(done);
//
// Threads: all on the thread that runs `io`. Ownership: io, loop, config, random and log
// outlive it; it outlives the run of `io`.
// Errors of open(): bad_config (an address, a certificate, plain text beyond loopback),
// address_in_use.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "hub/net/http_session.h"
#include "hub/net/listener.h"
#include "hub/net/log.h"
#include "hub/net/net_config.h"
#include "hub/net/net_statistics.h"
#include "hub/net/tls.h"

namespace parley::hub {

class Server {
 public:
  Server(IoContext& io, EngineLoop& loop, const NetConfig& config, RandomSource& random, Log& log);

  Connections& connections() { return channels_; }

  Status open();
  void start();
  // Reads the certificate and the web app again. What it refuses changes nothing.
  Status reload();

  // New sockets are refused from now on, and answered connections are not kept.
  void stop_accepting();
  // After the engine's shut_down: waits until the channels have closed (at most
  // shutdown_timeout), ends every socket, then calls `done`.
  void finish(std::function<void()> done);

  // What /v1/jwks answers from now on.
  void publish_keys(std::string key_set) { services_.setup.publish_keys(std::move(key_set)); }

  // Serves files, from now on.
  void serve_media(std::shared_ptr<MediaServices> media) { services_.media = std::move(media); }

  // Serves the operator's page, from now on; only where NetConfig names a password file. The page
  // outlives the server's run.
  void serve_admin(AdminPage& page);

  // After open().
  std::optional<Endpoint> admin_endpoint() const;
  Endpoint endpoint() const { return listener_->endpoint(); }
  std::optional<Endpoint> metrics_endpoint() const;
  bool uses_tls() const { return tls_.has_value(); }

  // Called when the statistics are read, for numbers that others know.
  void on_statistics(std::function<void(NetStatistics&)> add) { add_statistics_ = std::move(add); }
  const NetStatistics& statistics();

 private:
  Status open_tls();
  Status open_web();
  // Nothing: there is none.
  std::filesystem::path web_folder() const;
  Status open_admin();
  void took(Socket socket, const Endpoint& peer, Door door, bool encrypted);
  void check_later();
  void check_finished();

  IoContext& io_;
  const NetConfig& config_;
  Log& log_;
  NetStatistics statistics_;
  std::function<void(NetStatistics&)> add_statistics_;
  std::shared_ptr<PeerTable> peers_;
  Channels channels_;
  AddressHasher addresses_;
  HttpServices services_;
  std::optional<TlsContext> tls_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Listener> metrics_listener_;
  std::unique_ptr<Listener> admin_listener_;
  std::shared_ptr<const WebFiles> admin_files_;
  boost::asio::steady_timer round_;
  std::function<void()> finished_;
  Time finish_by_;
};

}  // namespace parley::hub
