// Accepts sockets on one address and gives each to a callback, for as long as it lives.
// When the system has no file descriptor left it pauses for a moment instead of spinning.
// One thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "hub/net/log.h"
#include "hub/net/transport.h"
#include "lib/base/result.h"

namespace parley::hub {

using Endpoint = boost::asio::ip::tcp::endpoint;

class Listener {
 public:
  using OnSocket = std::function<void(Socket, const Endpoint& peer)>;
  using OnFailure = std::function<void()>;

  // ErrorCode::address_in_use where another program listens there, otherwise bad_config.
  static Result<std::unique_ptr<Listener>> open(IoContext& io, const Endpoint& where, Log& log);

  // Where it listens, the port chosen by the system included.
  Endpoint endpoint() const { return endpoint_; }
  void start(OnSocket on_socket, OnFailure on_failure);
  void stop();

 private:
  using Acceptor =
      boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, IoContext::executor_type>;

  Listener(IoContext& io, Log& log) : acceptor_(io.get_executor()), pause_(io), log_(log) {}
  void accept();
  void accepted(IoError error, Socket socket);
  void failed(IoError error);

  Acceptor acceptor_;
  boost::asio::steady_timer pause_;
  Log& log_;
  Endpoint endpoint_;
  Endpoint peer_;
  OnSocket on_socket_;
  OnFailure on_failure_;
  bool complained_ = false;
};

}  // namespace parley::hub
