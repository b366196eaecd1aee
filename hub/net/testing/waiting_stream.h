// A connection to this machine, plain or TLS, whose reads and writes wait: for tests and load
// probes that do one thing after the other. It is Beast's SyncStream, which costs the compiler
// a fraction of what asynchronous operations cost.
// One thread; ownership: neither copied nor moved.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/role.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

struct ssl_st;

namespace parley::hub::testing {

class WaitingStream {
 public:
  using Error = boost::system::error_code;
  using Socket = boost::asio::ip::tcp::socket;
  using executor_type = Socket::executor_type;

  // How long one read or write waits; it then fails with error::timed_out.
  static constexpr std::chrono::seconds kPatience{30};

  // `receive_buffer`: bytes, 0 for the system's choice.
  WaitingStream(std::uint16_t port, bool tls, int receive_buffer = 0);
  ~WaitingStream();
  WaitingStream(const WaitingStream&) = delete;
  WaitingStream& operator=(const WaitingStream&) = delete;

  executor_type get_executor() { return socket_.get_executor(); }
  // Whether the connection, and TLS where wanted, came about. No certificate is verified: the
  // tests' are their own.
  bool connected() const { return connected_; }
  void cut();

  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers, Error& error) {
    return read(first_of<boost::asio::mutable_buffer>(buffers), error);
  }
  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers, Error& error) {
    return write(first_of<boost::asio::const_buffer>(buffers), error);
  }
  // Beast asks for these, and uses those above.
  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers) {
    Error error;
    const std::size_t size = read_some(buffers, error);
    if (error) throw boost::system::system_error(error);
    return size;
  }
  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers) {
    Error error;
    const std::size_t size = write_some(buffers, error);
    if (error) throw boost::system::system_error(error);
    return size;
  }

 private:
  struct FreeSsl {
    void operator()(ssl_st* ssl) const;
  };

  template <typename Buffer, typename Buffers>
  static Buffer first_of(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto it = boost::asio::buffer_sequence_begin(buffers); it != end; ++it) {
      if (const Buffer buffer = *it; buffer.size() > 0) return buffer;
    }
    return {};
  }
  bool shake_hands();
  std::size_t read(boost::asio::mutable_buffer into, Error& error);
  std::size_t write(boost::asio::const_buffer from, Error& error);
  std::size_t moved(long result, Error& error) const;

  boost::asio::io_context io_;
  Socket socket_;
  std::unique_ptr<ssl_st, FreeSsl> ssl_;
  bool connected_ = false;
};

// Beast's customisation points.
void teardown(boost::beast::role_type role, WaitingStream& stream, WaitingStream::Error& error);
inline void beast_close_socket(WaitingStream& stream) { stream.cut(); }

}  // namespace parley::hub::testing
