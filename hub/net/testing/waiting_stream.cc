#include "hub/net/testing/waiting_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <boost/asio/error.hpp>
#include <cerrno>
#include <csignal>

namespace parley::hub::testing {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

void limit_waiting(int socket, int option) {
  timeval patience{};
  patience.tv_sec = WaitingStream::kPatience.count();
  ::setsockopt(socket, SOL_SOCKET, option, &patience, sizeof(patience));
}

SSL_CTX* trusting_context() {
  static const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
      SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  return context.get();
}

}  // namespace

void WaitingStream::FreeSsl::operator()(ssl_st* ssl) const { SSL_free(ssl); }

WaitingStream::WaitingStream(std::uint16_t port, bool tls, int receive_buffer) : socket_(io_) {
  Error error;
  socket_.open(Tcp::v4(), error);
  if (receive_buffer > 0) {
    socket_.set_option(asio::socket_base::receive_buffer_size(receive_buffer), error);
  }
  if (socket_.connect({asio::ip::address_v4::loopback(), port}, error); error) return;
  socket_.set_option(Tcp::no_delay(true), error);
  limit_waiting(socket_.native_handle(), SO_RCVTIMEO);
  limit_waiting(socket_.native_handle(), SO_SNDTIMEO);
  connected_ = !tls || shake_hands();
}

WaitingStream::~WaitingStream() = default;

bool WaitingStream::shake_hands() {
  // OpenSSL writes to sockets without MSG_NOSIGNAL.
  std::signal(SIGPIPE, SIG_IGN);
  ssl_.reset(SSL_new(trusting_context()));
  SSL_set_fd(ssl_.get(), socket_.native_handle());
  ERR_clear_error();
  return SSL_connect(ssl_.get()) == 1;
}

void WaitingStream::cut() {
  Error ignored;
  socket_.close(ignored);
}

std::size_t WaitingStream::read(asio::mutable_buffer into, Error& error) {
  ERR_clear_error();
  errno = 0;
  const long result = ssl_ ? SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()))
                           : ::recv(socket_.native_handle(), into.data(), into.size(), 0);
  return moved(result, error);
}

std::size_t WaitingStream::write(asio::const_buffer from, Error& error) {
  if (from.size() == 0) return 0;
  ERR_clear_error();
  errno = 0;
  const long result = ssl_
                          ? SSL_write(ssl_.get(), from.data(), static_cast<int>(from.size()))
                          : ::send(socket_.native_handle(), from.data(), from.size(), MSG_NOSIGNAL);
  return moved(result, error);
}

std::size_t WaitingStream::moved(long result, Error& error) const {
  error = {};
  if (result > 0) return static_cast<std::size_t>(result);
  if (errno == EAGAIN) {
    error = asio::error::timed_out;
  } else if (errno != 0) {
    error = Error(errno, boost::system::system_category());
  } else if (!ssl_ ||
             SSL_get_error(ssl_.get(), static_cast<int>(result)) == SSL_ERROR_ZERO_RETURN) {
    error = asio::error::eof;
  } else {
    error = asio::error::connection_aborted;
  }
  return 0;
}

void teardown(boost::beast::role_type, WaitingStream& stream, WaitingStream::Error& error) {
  stream.cut();
  error = {};
}

}  // namespace parley::hub::testing
