#include "hub/net/server.h"

#include <csignal>
#include <filesystem>

namespace parley::hub {
namespace {

constexpr std::chrono::milliseconds kRound{1'000};
constexpr std::chrono::milliseconds kFinishingRound{20};
constexpr char kAdminNeedsTls[] =
    "without TLS the operator's page is served on loopback only: listen on 127.0.0.1 for it and "
    "reach it through ssh -L, or set tls.certificate and tls.key";

}  // namespace

Server::Server(IoContext& io, EngineLoop& loop, const NetConfig& config, RandomSource& random,
               Log& log)
    : io_(io),
      config_(config),
      log_(log),
      peers_(
          std::make_shared<PeerTable>(config.max_connections, config.max_connections_per_address)),
      channels_(loop, config, peers_, statistics_),
      addresses_(random),
      services_{.loop = loop,
                .channels = channels_,
                .setup = SetupApi(loop),
                .proxies = {},
                .addresses = addresses_,
                .refresh_statistics = [this] { statistics(); }},
      round_(io) {
  // A peer that went away is an error of the call, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  loop.on_turn_end([this] { channels_.flush(); });
}

Status Server::open_tls() {
  if (config_.tls_certificate.empty() != config_.tls_key.empty()) {
    return fail(ErrorCode::bad_config, "tls.certificate and tls.key belong together");
  }
  if (config_.tls_certificate.empty()) return {};
  PARLEY_TRY(context, TlsContext::load(config_.tls_certificate, config_.tls_key));
  tls_ = std::move(context);
  return {};
}

std::filesystem::path Server::web_folder() const {
  std::error_code error;
  std::filesystem::path folder = config_.web_folder;
  if (folder.empty()) {
    folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "web";
    if (!std::filesystem::is_directory(folder, error)) return {};
  }
  return std::filesystem::canonical(folder, error);
}

Status Server::open_web() {
  if (!config_.web || (config_.web_folder.empty() && web_folder().empty())) return {};
  PARLEY_TRY(web, WebFiles::load(web_folder()));
  services_.web = std::make_shared<const WebFiles>(std::move(web));
  return {};
}

Status Server::open_admin() {
  if (config_.admin_password_file.empty()) return {};
  PARLEY_TRY(files, WebFiles::load(web_folder(), WebFiles::Part::admin));
  admin_files_ = std::make_shared<const WebFiles>(std::move(files));
  if (services_.admin) services_.admin->serve(admin_files_);
  if (admin_listener_) return {};
  PARLEY_TRY(where, parse_endpoint(config_.admin_listen));
  if (!tls_ && !where.address().is_loopback()) {
    return fail(ErrorCode::bad_config, kAdminNeedsTls);
  }
  PARLEY_TRY(listener, Listener::open(io_, where, log_));
  admin_listener_ = std::move(listener);
  return {};
}

Status Server::open() {
  PARLEY_TRY(where, parse_endpoint(config_.listen));
  PARLEY_TRY(proxies, TrustedProxies::parse(config_.trusted_proxies));
  services_.proxies = std::move(proxies);
  PARLEY_CHECK(open_tls());
  PARLEY_CHECK(open_web());
  if (!tls_ && !where.address().is_loopback()) {
    return fail(ErrorCode::bad_config,
                "without TLS the hub listens on loopback only: set tls.certificate and tls.key, "
                "or listen on 127.0.0.1 behind a proxy that does TLS");
  }
  PARLEY_TRY(listener, Listener::open(io_, where, log_));
  listener_ = std::move(listener);
  PARLEY_CHECK(open_admin());
  if (config_.metrics_listen.empty()) return {};
  PARLEY_TRY(metrics_where, parse_endpoint(config_.metrics_listen));
  PARLEY_TRY(metrics_listener, Listener::open(io_, metrics_where, log_));
  metrics_listener_ = std::move(metrics_listener);
  return {};
}

void Server::start() {
  const auto count_failure = [this] { ++statistics_.accept_failures; };
  const Door door = metrics_listener_ ? Door::everything_but_metrics : Door::everything;
  listener_->start(
      [this, door](Socket socket, const Endpoint& peer) {
        took(std::move(socket), peer, door, tls_.has_value());
      },
      count_failure);
  if (metrics_listener_) {
    metrics_listener_->start(
        [this](Socket socket, const Endpoint& peer) {
          took(std::move(socket), peer, Door::metrics_only, false);
        },
        count_failure);
  }
  if (admin_listener_ && services_.admin) {
    const bool encrypted = !admin_listener_->endpoint().address().is_loopback();
    admin_listener_->start(
        [this, encrypted](Socket socket, const Endpoint& peer) {
          took(std::move(socket), peer, Door::admin_only, encrypted);
        },
        count_failure);
  }
  check_later();
}

void Server::serve_admin(AdminPage& page) {
  page.serve(admin_files_);
  services_.admin = &page;
}

Status Server::reload() {
  PARLEY_CHECK(open_web());
  PARLEY_CHECK(open_admin());
  if (!tls_) return {};
  PARLEY_TRY(context, TlsContext::load(config_.tls_certificate, config_.tls_key));
  tls_ = std::move(context);
  return {};
}

void Server::took(Socket socket, const Endpoint& peer, Door door, bool encrypted) {
  ++statistics_.sockets_accepted;
  std::optional<AddressBucket> origin;
  if (!services_.proxies.contains(peer.address())) origin = addresses_.bucket(peer.address());
  Seat seat = peers_->admit(origin);
  if (!seat) {
    ++statistics_.sockets_refused;
    return;
  }
  SslPtr ssl = encrypted ? tls_->wrap(socket.native_handle()) : nullptr;
  if (encrypted && !ssl) return;
  start_http_session(services_, door, Transport(std::move(socket), std::move(ssl)), std::move(seat),
                     peer.address());
}

void Server::check_later() {
  round_.expires_after(finished_ ? kFinishingRound : kRound);
  round_.async_wait([this](IoError error) {
    if (error) return;
    peers_->check_all(steady_now());
    if (finished_) return check_finished();
    check_later();
  });
}

void Server::stop_accepting() {
  services_.stopping = true;
  if (listener_) listener_->stop();
  if (admin_listener_) admin_listener_->stop();
}

void Server::finish(std::function<void()> done) {
  finished_ = std::move(done);
  finish_by_ = steady_now() + config_.shutdown_timeout;
  if (metrics_listener_) metrics_listener_->stop();
  check_later();
}

void Server::check_finished() {
  if (channels_.size() > 0 && steady_now() < finish_by_) return check_later();
  if (channels_.size() > 0) {
    log_.warning("channels_cut_off", {{"count", channels_.size()}});
  }
  peers_->abort_all();
  channels_.stop();
  finished_();
}

std::optional<Endpoint> Server::metrics_endpoint() const {
  if (!metrics_listener_) return {};
  return metrics_listener_->endpoint();
}

std::optional<Endpoint> Server::admin_endpoint() const {
  if (!admin_listener_) return {};
  return admin_listener_->endpoint();
}

const NetStatistics& Server::statistics() {
  statistics_.sockets = peers_->size();
  statistics_.channels = channels_.size();
  statistics_.queued_bytes = channels_.queued_bytes();
  if (add_statistics_) add_statistics_(statistics_);
  return statistics_;
}

}  // namespace parley::hub
