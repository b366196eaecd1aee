// One WebSocket connection of a Link, over TCP or TLS. It keeps itself alive while
// operations are pending; a Link that has let go of it (detach) hears no more.
#pragma once

#include <functional>
#include <memory>

#include "client/runtime/link.h"

namespace parley::client {

class LinkConnection : public std::enable_shared_from_this<LinkConnection> {
 public:
  virtual ~LinkConnection() = default;
  // Connects, then reads until the end.
  virtual void start() = 0;
  virtual void send(SecretBuffer message) = 0;
  // Ends at once.
  virtual void abort() = 0;
  // Closes once everything queued is sent.
  virtual void close_when_sent(std::function<void()> closed) = 0;

  void detach() { link_ = nullptr; }

 protected:
  explicit LinkConnection(Link& link) : link_(&link) {}
  void report_up() {
    if (link_ != nullptr) link_->connected();
  }
  void report_batch(ByteView batch) {
    if (link_ != nullptr) link_->handler_.on_batch(batch);
  }
  void report_end(Error why) {
    if (link_ != nullptr) link_->ended(std::move(why));
  }

 private:
  Link* link_;
};

std::shared_ptr<LinkConnection> make_link_connection(
    Link& link, boost::asio::io_context& io, const HubAddress& address,
    const std::shared_ptr<boost::asio::ssl::context>& tls);

}  // namespace parley::client
