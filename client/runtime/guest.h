// A program that uses an account whose store another program holds: it passes
// commands to that host and gets the events back (messenger.h).
#pragma once

#include "client/runtime/local_socket.h"
#include "client/runtime/messenger.h"

namespace parley::client {

class Guest final : public Messenger {
 public:
  // Errors: store_locked where no host answers, or one of another version.
  static Result<std::unique_ptr<Guest>> open(boost::asio::io_context& io,
                                             const std::filesystem::path& folder, Duration patience,
                                             MessengerHandler& handler);
  ~Guest() override;

  void submit(wire::client::Command command) override;
  void read_inbox(std::uint64_t after, std::uint32_t limit) override;
  void drop_inbox(std::uint64_t through) override;
  void stop(std::function<void()> stopped) override;
  bool is_host() const override { return false; }

 private:
  Guest(boost::asio::io_context& io, std::shared_ptr<LocalConnection> connection,
        MessengerHandler& handler);
  void receive(ByteView message);
  template <typename Body>
  void ask(Body body);

  std::shared_ptr<LocalConnection> connection_;
  MessengerHandler& handler_;
};

}  // namespace parley::client
