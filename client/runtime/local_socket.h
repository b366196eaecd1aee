// The Unix socket over which a host and its guests exchange the messages of
// proto/client_local.proto. Only this user can reach it: the folder and the socket
// are private, and the kernel tells whose process is at the other end.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>

#include "lib/base/result.h"
#include "lib/base/secret.h"
#include "lib/base/time.h"

namespace parley::client {

// A piece of an import is the largest message.
inline constexpr std::size_t kMaxLocalMessageBytes = 2u * 1024 * 1024;
// A guest that does not read is dropped when more than this waits for it.
inline constexpr std::size_t kMaxLocalQueueBytes = 32u * 1024 * 1024;
inline constexpr std::uint32_t kLocalVersion = 1;

// One end of a connection. Messages are delivered until `closed` is called, once.
class LocalConnection : public std::enable_shared_from_this<LocalConnection> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  using OnMessage = std::function<void(ByteView)>;
  using OnClosed = std::function<void()>;

  explicit LocalConnection(Socket socket) : socket_(std::move(socket)) {}

  void start(OnMessage on_message, OnClosed on_closed);
  void send(SecretBuffer message);
  // Calls nothing any more.
  void close();
  // Calls back when everything queued has been written (possibly at once).
  void flush(std::function<void()> flushed);

 private:
  void read_head();
  void read_body(std::size_t size);
  void write_next();
  void end();

  Socket socket_;
  OnMessage on_message_;
  OnClosed on_closed_;
  std::function<void()> flushed_;
  ByteArray<4> head_{};
  SecretBuffer body_;
  std::deque<SecretBuffer> queue_;  // framed; the front one is being written
  std::size_t queued_bytes_ = 0;
};

// Listens in an account's folder, from construction on.
class LocalListener {
 public:
  using OnConnection = std::function<void(std::shared_ptr<LocalConnection>)>;

  static Result<std::unique_ptr<LocalListener>> open(boost::asio::io_context& io,
                                                     const std::filesystem::path& folder,
                                                     OnConnection on_connection);
  ~LocalListener();
  LocalListener(const LocalListener&) = delete;
  LocalListener& operator=(const LocalListener&) = delete;

 private:
  LocalListener(boost::asio::io_context& io, std::filesystem::path socket_file,
                OnConnection on_connection);
  void accept();

  boost::asio::local::stream_protocol::acceptor acceptor_;
  std::filesystem::path socket_file_;
  OnConnection on_connection_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

// Connects and waits (blocking, at most `patience`) for the host's first message.
// Errors: store_locked where nobody answers.
struct LocalGreeting {
  std::shared_ptr<LocalConnection> connection;
  Bytes first_message;
};
Result<LocalGreeting> connect_local(boost::asio::io_context& io,
                                    const std::filesystem::path& folder, Duration patience);

}  // namespace parley::client
