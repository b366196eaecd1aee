// One accepted socket as a byte stream, plain or TLS: Beast reads HTTP and WebSocket from
// it (Asio's AsyncReadStream and AsyncWriteStream).
//
// Why not asio::ssl::stream: it keeps 34 KiB of buffers for every connection, busy or not.
// OpenSSL works on the socket itself here and gives its buffers back when idle, and one
// type serves both kinds, so that the rest of the module is compiled once.
//
// Reading waits for the socket first unless more is expected to be there: an idle
// connection holds no operation but that wait. At most one read, one write and one
// handshake or linger are under way. One thread.
// Ownership: movable while nothing is under way; operations keep a pointer to it.
#pragma once

#include <array>
#include <boost/asio/compose.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/role.hpp>
#include <optional>
#include <span>
#include <utility>

#include "hub/net/tls.h"

namespace parley::hub {

using IoContext = boost::asio::io_context;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, IoContext::executor_type>;
using IoError = boost::system::error_code;

class Transport {
 public:
  using executor_type = Socket::executor_type;

  // A plain connection, or TLS where `ssl` wraps the socket.
  Transport(Socket socket, SslPtr ssl) : socket_(std::move(socket)), ssl_(std::move(ssl)) {}

  executor_type get_executor() { return socket_.get_executor(); }
  bool is_tls() const { return ssl_ != nullptr; }
  // Grows with every byte the operating system took: whether a reader makes progress.
  std::uint64_t bytes_written() const { return bytes_written_; }

  // Ends everything at once; operations under way fail with operation_aborted.
  void close();

  // The peer has ended its side, or the connection broke, whether or not that was read yet.
  bool peer_has_left();

  template <typename Handler>
  auto async_handshake(Handler&& handler);
  template <typename Buffers, typename Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler);
  template <typename Buffers, typename Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler);
  // Says that nothing more comes and reads until the peer says so too: closing at once
  // while the peer still sends would take back what it has not read yet.
  template <typename Handler>
  auto async_linger(Handler&& handler);

 private:
  enum class Want : std::uint8_t { nothing, read, write };
  struct Progress {
    Want want = Want::nothing;  // what to wait for before the next try
    IoError error{};
    std::size_t bytes = 0;
  };
  using ConstBuffers = std::span<const boost::asio::const_buffer>;
  // A message is a header and a body; more are written in several calls.
  static constexpr std::size_t kMaxBuffers = 8;

  Progress try_handshake();
  Progress try_read(boost::asio::mutable_buffer into);
  Progress try_write(ConstBuffers buffers);
  Progress try_tls_read(boost::asio::mutable_buffer into);
  Progress try_tls_write(ConstBuffers buffers);
  Progress tls_progress(int result);
  Progress try_linger();
  bool read_at_once() const { return read_on_; }

  template <typename Self>
  void wait(Want want, Self&& self);

  Socket socket_;
  SslPtr ssl_;
  std::uint64_t bytes_written_ = 0;
  // The last read filled its buffer: there is probably more.
  bool read_on_ = true;
};

// Beast's customisation points.
void teardown(boost::beast::role_type role, Transport& transport, IoError& error);
template <typename Handler>
void async_teardown(boost::beast::role_type, Transport& transport, Handler&& handler) {
  transport.async_linger(std::forward<Handler>(handler));
}
inline void beast_close_socket(Transport& transport) { transport.close(); }

// --- templates

template <typename Self>
void Transport::wait(Want want, Self&& self) {
  socket_.async_wait(want == Want::write ? Socket::wait_write : Socket::wait_read,
                     std::forward<Self>(self));
}

template <typename Handler>
auto Transport::async_handshake(Handler&& handler) {
  return boost::asio::async_compose<Handler, void(IoError)>(
      [this](auto& self, IoError error = {}) {
        if (error) return self.complete(error);
        const Progress progress = try_handshake();
        if (progress.want != Want::nothing) return wait(progress.want, std::move(self));
        self.complete(progress.error);
      },
      handler, socket_);
}

template <typename Buffers, typename Handler>
auto Transport::async_read_some(const Buffers& buffers, Handler&& handler) {
  const boost::asio::mutable_buffer into = *boost::asio::buffer_sequence_begin(buffers);
  // Completion from inside the initiating call is not allowed: it goes round the loop.
  enum class Step : std::uint8_t { begin, waited, done };
  return boost::asio::async_compose<Handler, void(IoError, std::size_t)>(
      [this, into, step = Step::begin, result = Progress{}](auto& self,
                                                            IoError error = {}) mutable {
        if (step == Step::done) return self.complete(result.error, result.bytes);
        if (error) return self.complete(error, 0);
        const bool initiating = step == Step::begin;
        step = Step::waited;
        if (initiating && !read_at_once()) return wait(Want::read, std::move(self));
        result = try_read(into);
        if (result.want != Want::nothing) return wait(result.want, std::move(self));
        if (!initiating) return self.complete(result.error, result.bytes);
        step = Step::done;
        boost::asio::post(get_executor(), std::move(self));
      },
      handler, socket_);
}

template <typename Buffers, typename Handler>
auto Transport::async_write_some(const Buffers& buffers, Handler&& handler) {
  std::array<boost::asio::const_buffer, kMaxBuffers> pieces;
  std::size_t count = 0;
  const auto end = boost::asio::buffer_sequence_end(buffers);
  for (auto it = boost::asio::buffer_sequence_begin(buffers); it != end && count < kMaxBuffers;
       ++it) {
    const boost::asio::const_buffer piece = *it;
    if (piece.size() > 0) pieces[count++] = piece;
  }
  enum class Step : std::uint8_t { begin, waited, done };
  return boost::asio::async_compose<Handler, void(IoError, std::size_t)>(
      [this, pieces, count, step = Step::begin, result = Progress{}](auto& self,
                                                                     IoError error = {}) mutable {
        if (step == Step::done) return self.complete(result.error, result.bytes);
        if (error) return self.complete(error, 0);
        result = try_write(ConstBuffers(pieces).first(count));
        const bool initiating = std::exchange(step, Step::waited) == Step::begin;
        if (result.want != Want::nothing) return wait(result.want, std::move(self));
        if (!initiating) return self.complete(result.error, result.bytes);
        step = Step::done;
        boost::asio::post(get_executor(), std::move(self));
      },
      handler, socket_);
}

template <typename Handler>
auto Transport::async_linger(Handler&& handler) {
  return boost::asio::async_compose<Handler, void(IoError)>(
      [this, begun = false](auto& self, IoError error = {}) mutable {
        if (!begun) {
          begun = true;
          IoError ignored;
          socket_.shutdown(Socket::shutdown_send, ignored);
          return wait(Want::read, std::move(self));
        }
        if (error) return self.complete(error);
        const Progress progress = try_linger();
        if (progress.want != Want::nothing) return wait(progress.want, std::move(self));
        self.complete(progress.error);
      },
      handler, socket_);
}

}  // namespace parley::hub
