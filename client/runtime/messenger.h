// One account in use by one program: commands in, events out (proto/client.proto).
//
// The first program that opens an account is its host (host.h): it holds the store
// and the connection to the hub. A second one, say `parley send` while `parley
// chat` is open, becomes a guest (guest.h) that talks to the host over a Unix
// socket in the account's folder. To their users both are a Messenger, and
// `join` chooses. docs/adr/0007-one-host-many-guests.md says why.
//
// Single-threaded, on one io_context. No function calls the handler before it
// returns, except where it says so.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "client/runtime/hub_address.h"
#include "lib/base/random.h"
#include "lib/base/time.h"
#include "proto/client.h"
#include "proto/client_local.h"

namespace parley::client {

class MessengerHandler {
 public:
  virtual ~MessengerHandler() = default;
  // The answer to a command of this program, or something that happened by itself
  // (command_id 0). Position 0: not in the inbox.
  virtual void on_event(const wire::client::Event& event, std::uint64_t inbox_position) = 0;
  // The answer to read_inbox.
  virtual void on_inbox(const wire::client_local::InboxPage& page) = 0;
  virtual void on_link(const wire::client_local::LinkReport& report) = 0;
  // No more will come. Of a host: its store cannot be used any longer. Of a guest:
  // its host is gone (store_locked), and it may join again.
  virtual void on_end(const Error& why) = 0;
};

class Messenger {
 public:
  virtual ~Messenger() = default;

  // `id` must not be in use by another open command of this program.
  virtual void submit(wire::client::Command command) = 0;
  // The inbox holds what arrived and was not dropped yet, whichever program received it.
  virtual void read_inbox(std::uint64_t after, std::uint32_t limit) = 0;
  virtual void drop_inbox(std::uint64_t through) = 0;
  // Sends what is under way, then calls back (possibly at once); destroy it after that.
  virtual void stop(std::function<void()> stopped) = 0;
  // True: this program holds the account's store.
  virtual bool is_host() const = 0;
};

struct MessengerConfig {
  std::filesystem::path folder;  // the account's
  HubAddress hub;
  std::string ca_file;  // whom to trust instead of the system's authorities; empty: those
};

// How long another program may take to start or end before it counts as in the way.
inline constexpr Duration kJoinPatience = seconds(5);

// The operating system's randomness, for programs that have no other. Lives as long as
// the program.
RandomSource& system_random();

// Becomes host or guest of the account. Blocks for up to kJoinPatience where another
// program holds the store and does not answer (store_locked). `random` and
// `handler` must outlive the messenger.
Result<std::unique_ptr<Messenger>> join(boost::asio::io_context& io, const MessengerConfig& config,
                                        RandomSource& random, MessengerHandler& handler);

}  // namespace parley::client
