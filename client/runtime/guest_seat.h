// A guest as its host sees it: what the guest asks for goes to the host, what the
// host tells goes into the guest's socket.
#pragma once

#include "client/runtime/host.h"

namespace parley::client {

class GuestSeat final : public MessengerHandler, public std::enable_shared_from_this<GuestSeat> {
 public:
  GuestSeat(Host& host, std::shared_ptr<LocalConnection> connection);
  ~GuestSeat() override;

  void start();
  // Calls back when all it was told has been written.
  void flush(std::function<void()> flushed) { connection_->flush(std::move(flushed)); }

  void on_event(const wire::client::Event& event, std::uint64_t inbox_position) override;
  void on_inbox(const wire::client_local::InboxPage& page) override;
  void on_link(const wire::client_local::LinkReport& report) override;
  void on_end(const Error& why) override;

 private:
  void receive(ByteView message);
  template <typename Body>
  void tell(Body body);

  Host& host_;
  std::shared_ptr<LocalConnection> connection_;
};

}  // namespace parley::client
