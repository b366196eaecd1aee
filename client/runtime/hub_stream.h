// A connection to a hub as a byte stream, plain or TLS (Asio's AsyncReadStream and
// AsyncWriteStream): Beast reads HTTP and WebSocket from it.
//
// One type serves both kinds and hides the handlers from TLS, so that Beast's operations are
// compiled once for each use, and OpenSSL's and the socket's once in all.
//
// On one io_context in one thread. Operations keep a pointer to the stream.
#pragma once

#include <array>
#include <boost/asio/async_result.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>
#include <utility>

#include "lib/base/time.h"

namespace parley::client {

// What an operation calls when it is done: any move-only handler, called at most once.
template <typename... Results>
class AnyHandler {
 public:
  template <typename Handler>
  explicit AnyHandler(Handler&& handler)
      : held_(std::make_unique<Held<std::decay_t<Handler>>>(std::forward<Handler>(handler))) {}

  void operator()(Results... results) { std::exchange(held_, nullptr)->call(results...); }

 private:
  struct Callable {
    virtual ~Callable() = default;
    virtual void call(Results... results) = 0;
  };
  template <typename Handler>
  struct Held final : Callable {
    explicit Held(Handler&& handler) : handler_(std::move(handler)) {}
    explicit Held(const Handler& handler) : handler_(handler) {}
    void call(Results... results) override { std::move(handler_)(results...); }
    Handler handler_;
  };

  std::unique_ptr<Callable> held_;
};

class HubStream {
 public:
  using Tcp = boost::beast::tcp_stream;
  using executor_type = Tcp::executor_type;
  using IoError = boost::system::error_code;

  // Plain where `tls` is null.
  HubStream(const executor_type& executor, boost::asio::ssl::context* tls);
  ~HubStream();
  HubStream(HubStream&&) noexcept;
  HubStream& operator=(HubStream&&) = delete;

  executor_type get_executor() { return tcp().get_executor(); }
  Tcp& tcp();

  // To be set before async_handshake.
  void expect_host(const std::string& host);
  bool is_tls() const { return tls_ != nullptr; }

  template <typename Token>
  auto async_handshake(Token&& token) {
    return boost::asio::async_initiate<Token, void(IoError)>(
        [this](auto handler) { handshake(Done(std::move(handler))); }, token);
  }
  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(IoError, std::size_t)>(
        [this](auto handler, Into into) { read_some(into, Moved(std::move(handler))); }, token,
        into_of(buffers));
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(IoError, std::size_t)>(
        [this](auto handler, const From& from) { write_some(from, Moved(std::move(handler))); },
        token, from_of(buffers));
  }
  // Says goodbye as TLS or TCP have it and waits for the peer's.
  template <typename Handler>
  void async_teardown(boost::beast::role_type role, Handler&& handler) {
    say_goodbye(role, Done(std::forward<Handler>(handler)));
  }

 private:
  using Tls = struct TlsLayer;
  using Done = AnyHandler<IoError>;
  using Moved = AnyHandler<IoError, std::size_t>;
  using Into = boost::asio::mutable_buffer;
  // A message is a header and a body; more are written in several calls.
  using From = std::array<boost::asio::const_buffer, 8>;

  void handshake(Done done);
  void read_some(Into into, Moved moved);
  void write_some(const From& from, Moved moved);
  void say_goodbye(boost::beast::role_type role, Done done);

  template <typename Buffers>
  static Into into_of(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto it = boost::asio::buffer_sequence_begin(buffers); it != end; ++it) {
      if (const Into into = *it; into.size() > 0) return into;
    }
    return {};
  }
  template <typename Buffers>
  static From from_of(const Buffers& buffers) {
    From from;
    std::size_t count = 0;
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto it = boost::asio::buffer_sequence_begin(buffers); it != end && count < from.size();
         ++it) {
      if (const boost::asio::const_buffer piece = *it; piece.size() > 0) from[count++] = piece;
    }
    return from;
  }

  // Exactly one of them.
  std::unique_ptr<Tcp> plain_;
  std::unique_ptr<Tls> tls_;
};

// Beast's customisation points.
void teardown(boost::beast::role_type role, HubStream& stream, boost::system::error_code& error);
template <typename Handler>
void async_teardown(boost::beast::role_type role, HubStream& stream, Handler&& handler) {
  stream.async_teardown(role, std::forward<Handler>(handler));
}
void beast_close_socket(HubStream& stream);

}  // namespace parley::client
