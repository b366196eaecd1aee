#include "hub/daemon/daemon.h"

#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "hub/daemon/admin_client.h"
#include "hub/daemon/admin_password.h"
#include "hub/daemon/signing_key.h"

namespace parley::hub {
namespace {

// Sockets are not all: the database, its threads, the log.
constexpr std::size_t kOtherFiles = 64;
// The channels' closing handshakes come after the engine has finished.
constexpr std::int64_t kGiveUpFactor = 2;

}  // namespace

std::string software_name() { return std::string("parleyd/") + PARLEY_VERSION; }

Daemon::Daemon(DaemonConfig config, Log& log, crypto::PasswordCost password_cost)
    : config_(std::move(config)),
      log_(log),
      password_cost_(password_cost),
      // One thread runs it; others only post to it.
      io_(1),
      work_(io_.get_executor()),
      signals_(io_),
      patience_(io_),
      loop_(io_),
      server_(io_, loop_, config_.net, random_, log_) {
  config_.engine.software = software_name();
}

// The engine's completions hold sockets; they go before the io_context does.
Daemon::~Daemon() {
  admin_.reset();
  engine_.reset();
  keeper_.reset();
  services_.reset();
  passwords_.reset();
  store_.reset();
}

Status Daemon::open() {
  PARLEY_CHECK(check(config_.engine));
  // Sockets first: a taken port is told before the database is touched.
  PARLEY_CHECK(server_.open());
  PARLEY_CHECK(open_store());
  const auto post = [this](std::function<void()> work) { loop_.post(std::move(work)); };
  passwords_ = std::make_unique<PasswordPool>(config_.net.password_threads,
                                              config_.net.password_queue, password_cost_, post);
  services_ = std::make_unique<ServicePorts>(io_, HttpClientConfig{}, post, random_);
  PARLEY_CHECK(open_browser_pushes());
  server_.on_statistics([this](NetStatistics& statistics) {
    statistics.password_queue = passwords_->waiting();
    statistics.services = services_->traffic();
  });
  engine_ =
      std::make_unique<Engine>(config_.engine, Engine::Ports{.store = *store_,
                                                             .connections = server_.connections(),
                                                             .passwords = *passwords_,
                                                             .random = random_,
                                                             .tokens = services_.get(),
                                                             .pushes = services_.get()});
  loop_.attach(*engine_);
  PARLEY_CHECK(start_engine());
  PARLEY_CHECK(open_services());
  PARLEY_CHECK(open_media());
  PARLEY_CHECK(open_admin());
  PARLEY_CHECK(open_admin_page());
  raise_file_limit();
  server_.start();
  started_ = true;
  return {};
}

// Before the engine is made, which tells browsers the key.
Status Daemon::open_browser_pushes() {
  if (config_.web_push.contact.empty()) return {};
  PARLEY_TRY(key, load_vapid_key(config_.data));
  config_.engine.push_key = key.public_point();
  config_.engine.private_push_addresses = config_.web_push.private_addresses;
  services_->sign_browser_pushes_with(std::move(key), config_.web_push);
  services_->on_endpoint_gone([this](const DeviceAddress& device, const std::string& endpoint) {
    loop_.enter(
        [&](Engine& engine, Time now) { engine.push_endpoint_gone(device, endpoint, now); });
  });
  return {};
}

Status Daemon::open_store() {
  std::error_code error;
  const std::filesystem::path folder(config_.data);
  const bool existed = std::filesystem::exists(folder, error);
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::store_unwritable, error.message());
  if (!existed) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  }
  PARLEY_TRY(store,
             SqliteStore::open((folder / "hub.db").string(), [this](std::function<void()> work) {
               loop_.post(std::move(work));
             }));
  store_ = std::move(store);
  return {};
}

Status Daemon::start_engine() {
  std::optional<Status> ready;
  loop_.enter([&](Engine& engine, Time now) {
    engine.start(now, [&](Status status) { ready = std::move(status); });
  });
  while (!ready) io_.run_one();
  return *ready;
}

// After the engine has started: the hub's id goes into what is signed.
Status Daemon::open_services() {
  PARLEY_TRY(key, load_signing_key(config_.data, random_));
  const HubId id = HubId::from(engine_->hub_info().hub_id).value_or(HubId{});
  services_->sign_with(std::move(key), id.text());
  server_.publish_keys(services_->key_set());
  desk_ = std::make_unique<EngineDesk>(loop_, *services_);
  std::optional<Status> put;
  desk_->put_configured(config_.providers, [&](Status status) { put = std::move(status); });
  while (!put) io_.run_one();
  return *put;
}

Status Daemon::open_media() {
  if (!config_.media.enabled) return {};
  keeper_ = std::make_unique<MediaKeeper>(io_, loop_, log_);
  PARLEY_CHECK(
      keeper_->open(config_.media, (std::filesystem::path(config_.data) / "media").string()));
  media_ = std::make_shared<MediaServices>(MediaServices{.io = io_,
                                                         .worker = keeper_->worker(),
                                                         .ports = *services_,
                                                         .quotas = Quotas(config_.engine.quotas),
                                                         .limits = config_.net.media});
  server_.serve_media(media_);
  return {};
}

// The store's lock is held: an admin socket in the folder is no other hub's.
Status Daemon::open_admin() {
  admin_api_ = std::make_unique<AdminApi>(*desk_);
  const std::string path = (std::filesystem::path(config_.data) / kAdminSocketName).string();
  auto opened = AdminServer::open(io_, path,
                                  [this](const std::string& method, const std::string& target,
                                         const std::string& body, Completion<Answer> done) {
                                    loop_.enter([&](Engine&, Time) {
                                      admin_api_->handle(method, target, body, std::move(done));
                                    });
                                  });
  // A folder whose path is too long for a socket has no operator commands; the hub runs.
  if (!opened && opened.error().code == ErrorCode::bad_config) {
    log_.warning("no_admin_socket", {{"code", opened.error().code}});
    return {};
  }
  if (!opened) return fail(opened.error());
  admin_ = *std::move(opened);
  return {};
}

Status Daemon::open_admin_page() {
  if (config_.net.admin_password_file.empty()) return {};
  PARLEY_TRY(hash, load_admin_password(config_.net.admin_password_file));
  history_ = std::make_unique<HistoryKeeper>(HistoryKeeper::Parts{.io = io_,
                                                                  .loop = loop_,
                                                                  .desk = *desk_,
                                                                  .server = server_,
                                                                  .store = *store_,
                                                                  .data_folder = config_.data});
  admin_page_ = std::make_unique<AdminPage>(
      AdminPage::Parts{.api = *admin_api_,
                       .passwords = *passwords_,
                       .random = random_,
                       .history = history_->history(),
                       .read = [this](Completion<HubHistory::Now> done) { history_->read(done); },
                       .log = log_},
      std::move(hash));
  server_.serve_admin(*admin_page_);
  history_->start();
  return {};
}

void Daemon::handle_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) signals_.add(signal);
  wait_for_signal();
}

void Daemon::wait_for_signal() {
  signals_.async_wait([this](IoError error, int signal) {
    if (error) return;
    if (signal == SIGHUP) {
      reload();
    } else if (stopping_) {
      // Asked twice: what is not committed was not acknowledged.
      log_.warning("stopped_at_once");
      std::_Exit(static_cast<int>(ExitStatus::cut_short));
    } else {
      stop_now();
    }
    wait_for_signal();
  });
}

ExitStatus Daemon::run() {
  log_.info("started", {{"port", endpoint().port()}, {"tls", uses_tls() ? 1 : 0}});
  io_.run();
  log_.info("stopped", {{"status", static_cast<int>(status_)}});
  return status_;
}

void Daemon::stop() {
  boost::asio::post(io_, [this] { stop_now(); });
}

void Daemon::reload() {
  boost::asio::post(io_, [this] {
    Status loaded = server_.reload();
    if (loaded && admin_page_) {
      auto hash = load_admin_password(config_.net.admin_password_file);
      if (hash) {
        admin_page_->change_password(*std::move(hash));
      } else {
        loaded = fail(hash.error());
      }
    }
    if (loaded) return log_.info("reloaded");
    log_.error("reload_refused", {{"code", loaded.error().code}});
  });
}

void Daemon::stop_now() {
  if (stopping_ || !started_) return;
  stopping_ = true;
  log_.info("stopping");
  server_.stop_accepting();
  give_up_after(milliseconds(config_.net.shutdown_timeout.ms * kGiveUpFactor));
  loop_.enter([this](Engine& engine, Time now) {
    engine.shut_down(now, [this](Status committed) { stopped(std::move(committed)); });
  });
}

void Daemon::stopped(Status committed) {
  if (!committed) {
    log_.error("last_commit_failed", {{"code", committed.error().code}});
    status_ = ExitStatus::cut_short;
  }
  server_.finish([this] { end(); });
}

// Lets the io_context run empty: every socket is closed, nothing is waited for any more.
void Daemon::end() {
  services_->stop();
  if (keeper_) keeper_->stop();
  if (history_) history_->stop();
  admin_.reset();
  loop_.stop();
  patience_.cancel();
  signals_.cancel();
  work_.reset();
}

void Daemon::give_up_after(Duration time) {
  patience_.expires_after(std::chrono::milliseconds(time.ms));
  patience_.async_wait([this](IoError error) {
    if (error) return;
    log_.error("stopping_took_too_long");
    status_ = ExitStatus::cut_short;
    io_.stop();
  });
}

void Daemon::raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const std::size_t wanted = config_.net.max_connections + kOtherFiles;
  if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= wanted) return;
  log_.warning("open_files_limited", {{"limit", limit.rlim_max}, {"wanted", wanted}});
}

}  // namespace parley::hub
