#include "hub/net/listener.h"

namespace parley::hub {
namespace {

constexpr std::chrono::milliseconds kPause{200};

std::string where_text(const Endpoint& where) {
  const std::string address = where.address().to_string();
  const std::string host = where.address().is_v6() ? "[" + address + "]" : address;
  return host + ":" + std::to_string(where.port());
}

Error open_error(const Endpoint& where, const IoError& error) {
  if (error == boost::asio::error::address_in_use) {
    return {ErrorCode::address_in_use, "another program already listens on " + where_text(where)};
  }
  return {ErrorCode::bad_config, "cannot listen on " + where_text(where) + ": " + error.message()};
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(IoContext& io, const Endpoint& where, Log& log) {
  std::unique_ptr<Listener> listener(new Listener(io, log));
  Acceptor& acceptor = listener->acceptor_;
  IoError error;
  acceptor.open(where.protocol(), error);
  if (!error) acceptor.set_option(Acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(where, error);
  if (!error) acceptor.listen(Acceptor::max_listen_connections, error);
  if (!error) listener->endpoint_ = acceptor.local_endpoint(error);
  if (error) return fail(open_error(where, error));
  return listener;
}

void Listener::start(OnSocket on_socket, OnFailure on_failure) {
  on_socket_ = std::move(on_socket);
  on_failure_ = std::move(on_failure);
  accept();
}

void Listener::stop() {
  IoError ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void Listener::accept() {
  acceptor_.async_accept(
      peer_, [this](IoError error, Socket socket) { accepted(error, std::move(socket)); });
}

void Listener::accepted(IoError error, Socket socket) {
  if (error == boost::asio::error::operation_aborted || !acceptor_.is_open()) return;
  if (error) return failed(error);
  complained_ = false;
  IoError ignored;
  socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  socket.non_blocking(true, ignored);
  socket.native_non_blocking(true, ignored);
  on_socket_(std::move(socket), peer_);
  accept();
}

void Listener::failed(IoError error) {
  on_failure_();
  if (!complained_) log_.warning("accept_failed", {{"reason", error}});
  complained_ = true;
  pause_.expires_after(kPause);
  pause_.async_wait([this](IoError stopped) {
    if (!stopped) accept();
  });
}

}  // namespace parley::hub
