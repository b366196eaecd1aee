#include "hub/net/admin_server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "hub/net/admin_api.h"

namespace parley::hub {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Local = boost::asio::local::stream_protocol;
using LocalSocket = boost::asio::basic_stream_socket<Local, IoContext::executor_type>;
using LocalAcceptor = boost::asio::basic_socket_acceptor<Local, IoContext::executor_type>;

constexpr std::size_t kMaxAdminConnections = 8;
constexpr std::chrono::seconds kAdminPatience{30};
constexpr std::chrono::milliseconds kAcceptPause{100};
// sockaddr_un's room, with its final zero.
constexpr std::size_t kMaxSocketPath = 107;

}  // namespace

struct AdminServer::Core : std::enable_shared_from_this<Core> {
  Core(IoContext& io_context, std::string file, Handler function)
      : io(io_context),
        path(std::move(file)),
        handler(std::move(function)),
        acceptor(io),
        pause(io) {}

  void accept();
  void stop();

  IoContext& io;
  std::string path;
  Handler handler;
  LocalAcceptor acceptor;
  boost::asio::steady_timer pause;
  std::size_t connections = 0;
  bool stopped = false;
};

namespace {

// One request and its answer.
class AdminSession : public std::enable_shared_from_this<AdminSession> {
 public:
  AdminSession(std::shared_ptr<AdminServer::Core> core, LocalSocket socket)
      : core_(std::move(core)), socket_(std::move(socket)), timer_(core_->io) {
    ++core_->connections;
  }
  ~AdminSession() { --core_->connections; }

  void start() {
    timer_.expires_after(kAdminPatience);
    timer_.async_wait([weak = weak_from_this()](IoError error) {
      const auto self = weak.lock();
      IoError ignored;
      if (!error && self) self->socket_.close(ignored);
    });
    parser_.body_limit(kMaxAdminBodyBytes);
    http::async_read(
        socket_, buffer_, parser_,
        [self = shared_from_this()](IoError error, std::size_t) { self->received(error); });
  }

 private:
  void received(IoError error) {
    if (error == http::error::body_limit) {
      return answer(failure_answer({ErrorCode::too_large, "the request is too large", 0}));
    }
    if (error || core_->stopped) return end();
    auto request = parser_.release();
    core_->handler(std::string(request.method_string()), std::string(request.target()),
                   std::move(request.body()),
                   [self = shared_from_this()](Answer reply) { self->answer(std::move(reply)); });
  }

  void answer(Answer reply) {
    response_.result(static_cast<unsigned>(reply.status));
    response_.version(11);
    response_.set(http::field::content_type, reply.content_type);
    response_.keep_alive(false);
    response_.body() = std::move(reply.body);
    response_.prepare_payload();
    http::async_write(socket_, response_,
                      [self = shared_from_this()](IoError, std::size_t) { self->end(); });
  }

  void end() {
    IoError ignored;
    timer_.cancel();
    socket_.shutdown(LocalSocket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  std::shared_ptr<AdminServer::Core> core_;
  LocalSocket socket_;
  boost::asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  http::request_parser<http::string_body> parser_;
  http::response<http::string_body> response_;
};

}  // namespace

void AdminServer::Core::accept() {
  acceptor.async_accept([self = shared_from_this()](IoError error, LocalSocket socket) {
    if (self->stopped) return;
    if (!error && self->connections < kMaxAdminConnections) {
      std::make_shared<AdminSession>(self, std::move(socket))->start();
    }
    if (!error) return self->accept();
    // E.g. no file descriptors left: not in a hurry.
    self->pause.expires_after(kAcceptPause);
    self->pause.async_wait([self](IoError cancelled) {
      if (!cancelled && !self->stopped) self->accept();
    });
  });
}

void AdminServer::Core::stop() {
  if (stopped) return;
  stopped = true;
  IoError ignored;
  acceptor.close(ignored);
  pause.cancel();
  ::unlink(path.c_str());
}

Result<std::unique_ptr<AdminServer>> AdminServer::open(IoContext& io, const std::string& path,
                                                       Handler handler) {
  if (path.size() > kMaxSocketPath) {
    return fail(ErrorCode::bad_config, "the path " + path + " is too long for a socket");
  }
  ::unlink(path.c_str());
  auto core = std::make_shared<Core>(io, path, std::move(handler));
  IoError error;
  core->acceptor.open(Local(), error);
  // The file is never open to others, not even between two calls.
  const mode_t before = ::umask(0177);
  if (!error) core->acceptor.bind(Local::endpoint(path), error);
  ::umask(before);
  if (!error) core->acceptor.listen(LocalAcceptor::max_listen_connections, error);
  if (error) return fail(ErrorCode::store_unwritable, path + ": " + error.message());
  core->accept();
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(core)));
}

AdminServer::~AdminServer() { stop(); }
void AdminServer::stop() { core_->stop(); }

}  // namespace parley::hub
