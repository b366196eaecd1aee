#include "hub/net/transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <cstring>

namespace parley::hub {
namespace {

// One TLS record: header and body of a message leave as one, in one call.
constexpr std::size_t kTlsRecordBytes = 16 * 1024;
// What a lingering connection may still send before it is cut off.
constexpr std::size_t kLingerReads = 64;

IoError last_system_error() { return {errno, boost::system::system_category()}; }

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

void Transport::close() {
  IoError ignored;
  // Best effort: tells the peer that nothing was cut off.
  if (ssl_ && socket_.is_open() && SSL_is_init_finished(ssl_.get())) {
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  socket_.close(ignored);
}

bool Transport::peer_has_left() {
  pollfd asked{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&asked, 1, 0) > 0;
}

Transport::Progress Transport::try_handshake() {
  if (!ssl_) return {};
  ERR_clear_error();
  return tls_progress(SSL_do_handshake(ssl_.get()));
}

Transport::Progress Transport::try_read(boost::asio::mutable_buffer into) {
  if (ssl_) return try_tls_read(into);
  const ssize_t got = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
  if (got > 0) {
    read_on_ = static_cast<std::size_t>(got) == into.size();
    return {.bytes = static_cast<std::size_t>(got)};
  }
  read_on_ = false;
  if (got == 0) return {.error = boost::asio::error::eof};
  if (would_block()) return {.want = Want::read};
  return {.error = last_system_error()};
}

Transport::Progress Transport::try_tls_read(boost::asio::mutable_buffer into) {
  ERR_clear_error();
  const int size = static_cast<int>(std::min<std::size_t>(into.size(), kTlsRecordBytes));
  const int got = SSL_read(ssl_.get(), into.data(), size);
  read_on_ = got > 0 && SSL_pending(ssl_.get()) > 0;
  return tls_progress(got);
}

Transport::Progress Transport::try_write(ConstBuffers buffers) {
  if (ssl_) return try_tls_write(buffers);
  std::array<iovec, kMaxBuffers> pieces;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    pieces[i] = {const_cast<void*>(buffers[i].data()), buffers[i].size()};
  }
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = buffers.size();
  const ssize_t put = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
  if (put < 0) {
    if (would_block()) return {.want = Want::write};
    return {.error = last_system_error()};
  }
  bytes_written_ += static_cast<std::size_t>(put);
  return {.bytes = static_cast<std::size_t>(put)};
}

// A retried call must offer the same bytes: the caller's buffers do not change meanwhile,
// and SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER allows another address.
Transport::Progress Transport::try_tls_write(ConstBuffers buffers) {
  static thread_local std::array<std::uint8_t, kTlsRecordBytes> record;
  std::size_t size = 0;
  for (const auto& piece : buffers) {
    const std::size_t part = std::min(piece.size(), record.size() - size);
    std::memcpy(record.data() + size, piece.data(), part);
    size += part;
  }
  if (size == 0) return {};
  ERR_clear_error();
  const int put = SSL_write(ssl_.get(), record.data(), static_cast<int>(size));
  if (put > 0) bytes_written_ += static_cast<std::size_t>(put);
  return tls_progress(put);
}

Transport::Progress Transport::tls_progress(int result) {
  if (result > 0) return {.bytes = static_cast<std::size_t>(result)};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {.want = Want::read};
    case SSL_ERROR_WANT_WRITE:
      return {.want = Want::write};
    case SSL_ERROR_ZERO_RETURN:
      return {.error = boost::asio::error::eof};
    case SSL_ERROR_SYSCALL:
      return {.error = errno != 0 ? last_system_error() : IoError(boost::asio::error::eof)};
    default:
      ERR_clear_error();
      return {.error = boost::asio::error::connection_aborted};
  }
}

Transport::Progress Transport::try_linger() {
  std::array<std::uint8_t, 4096> scratch;
  for (std::size_t i = 0; i < kLingerReads; ++i) {
    const ssize_t got = ::recv(socket_.native_handle(), scratch.data(), scratch.size(), 0);
    if (got == 0) return {};
    if (got < 0) return would_block() ? Progress{.want = Want::read} : Progress{};
  }
  return {.error = boost::asio::error::connection_aborted};
}

void teardown(boost::beast::role_type, Transport& transport, IoError& error) {
  transport.close();
  error = {};
}

}  // namespace parley::hub
