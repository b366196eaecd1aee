// The channel's WebSocket as something that is either up or coming back: it keeps
// one connection to the hub open for as long as it is wanted, reconnects with
// jittered exponential back-off, and always can say how it stands.
//
// Single-threaded, on the io_context given. open, close and reset may call the
// handler before they return.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "client/runtime/transport.h"
#include "lib/base/random.h"
#include "lib/base/secret.h"
#include "proto/client_local.h"

namespace parley::client {

class LinkHandler {
 public:
  virtual ~LinkHandler() = default;
  virtual void on_link_up() = 0;
  // After each on_link_up exactly once.
  virtual void on_link_down(const Error& why) = 0;
  // One binary WebSocket message; borrowed.
  virtual void on_batch(ByteView batch) = 0;
  // The state or its reason has changed.
  virtual void on_link_report(const wire::client_local::LinkReport& report) = 0;
};

// One connection; see link.cc.
class LinkConnection;

class Link {
 public:
  // A connection that lived this long was a good one: failures count from 0 again.
  static constexpr Duration kGoodConnection = seconds(10);
  // A hub that reads so slowly that more than this waits is given up.
  static constexpr std::size_t kMaxQueuedBytes = 16u * 1024 * 1024;

  // `tls` may be null for a plain address. All must outlive the link.
  Link(boost::asio::io_context& io, HubAddress address,
       std::shared_ptr<boost::asio::ssl::context> tls, RandomSource& random, LinkHandler& handler);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Keep a connection open from now on. No effect if that is so already.
  void open();
  // No connection from now on.
  void close();
  // This connection is useless: drop it. If wanted, the next attempt follows with back-off.
  void reset(Error why);
  // While up: sends one binary message, in order. Otherwise the message is dropped.
  void send(SecretBuffer message);
  // Sends what is queued, closes in an orderly way, then calls back; at the latest
  // after `at_most`.
  void finish(Duration at_most, std::function<void()> done);

  const wire::client_local::LinkReport& report() const { return report_; }

 private:
  friend class LinkConnection;
  void attempt();
  void connected();
  void ended(Error why);
  void retry_later(const Error& why);
  void set_state(wire::client::LinkState state);
  void drop_connection();

  boost::asio::io_context& io_;
  HubAddress address_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  RandomSource& random_;
  LinkHandler& handler_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<LinkConnection> connection_;
  wire::client_local::LinkReport report_;
  std::chrono::steady_clock::time_point up_since_;
  bool wanted_ = false;
  bool up_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace parley::client
