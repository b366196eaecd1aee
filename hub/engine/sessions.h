// Who is connected: every open channel from its challenge to its end, the device it
// authenticated as, and the answers to its requests.
//
// Limits: a connection that does not say hello in time, or falls silent, is closed; at most
// `max_open_requests` of its requests are open. A device has one connection: a new one ends
// the old. One thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "hub/engine/directory.h"
#include "hub/engine/frames.h"
#include "hub/engine/route.h"
#include "hub/engine/shared.h"

namespace parley::hub {

struct Connection {
  enum class State : std::uint8_t {
    greeting,  // challenged
    joining,   // its hello is being checked
    open,
  };

  ConnectionId id;
  AddressBucket origin;
  Time heard;
  State state = State::greeting;
  // Its device has been told that prekeys run low; until the next upload.
  bool low_told = false;
  // The first held frame waits for something.
  bool waiting = false;
  std::uint32_t open_requests = 0;
  ByteArray<32> nonce{};                         // of its challenge
  AccountPtr account;                            // while open
  DeviceId device;                               // while open
  std::vector<wire::channel::ClientFrame> held;  // frames in order, behind one that waits

  DeviceAddress address() const { return {account->id(), device}; }
};

class Sessions {
 public:
  explicit Sessions(Shared& shared) : shared_(shared) {}
  // Called with a connection that ended, after it was forgotten.
  void on_left(std::function<void(Connection&)> then) { left_ = std::move(then); }

  Connection& open(ConnectionId id, AddressBucket origin);
  Connection* find(ConnectionId id);
  // The device's connection, if it has one.
  Connection* find(const DeviceAddress& device);
  bool is_online(const DeviceAddress& device) { return find(device) != nullptr; }
  // Its hello is being checked; from now on its time is the hub's.
  void start_joining(Connection& connection);
  std::size_t joining() const { return joining_; }
  // The connection is authenticated as a device now; an older one of the device is closed.
  void join(Connection& connection, AccountPtr account, DeviceId device);

  // The network ended it.
  void ended(ConnectionId id);
  // Says Closing{why} and ends it.
  void dismiss(ConnectionId id, ErrorCode why, Duration reconnect_after = {},
               const std::string& detail = {});
  // Says Failure{error} and ends it.
  void reject(ConnectionId id, std::uint64_t reply_to, const Error& error);

  // Answers a request; where the connection is gone, nobody.
  template <typename Body>
  void reply(ConnectionId id, std::uint64_t request, Body body) {
    Connection* connection = find(id);
    if (connection == nullptr) return;
    if (connection->open_requests > 0) --connection->open_requests;
    const ByteView frame = encode_frame(request, std::move(body));
    // The sender may have more to send meanwhile; only its tick comes a little later.
    if constexpr (std::is_same_v<Body, wire::channel::Accepted>) {
      shared_.connections.send_unhurried(id, frame);
    } else {
      shared_.connections.send(id, frame);
    }
  }
  void refuse(ConnectionId id, std::uint64_t request, const Error& error);
  template <typename Body>
  void push(ConnectionId id, Body body) {
    shared_.connections.send(id, encode_frame(0, std::move(body)));
  }

  template <typename Visit>
  void for_each(Visit visit) {
    std::vector<ConnectionId> ids;
    ids.reserve(connections_.size());
    for (const auto& [id, connection] : connections_) ids.push_back(id);
    for (const ConnectionId id : ids) visit(id);
  }
  std::size_t size() const { return connections_.size(); }
  std::size_t open_count() const { return devices_.size(); }

  std::optional<Time> next_wakeup() const;
  void tick();

 private:
  struct Deadline {
    ConnectionId id;
    Time at;
  };

  void forget(ConnectionId id);
  void check_hellos();
  void check_silence();

  Shared& shared_;
  std::function<void(Connection&)> left_;
  std::unordered_map<ConnectionId, Connection> connections_;
  std::unordered_map<DeviceAddress, ConnectionId> devices_;
  std::size_t joining_ = 0;
  std::deque<Deadline> hellos_;   // in order of time
  std::deque<Deadline> silence_;  // in order of time; looked at again when it comes up
};

}  // namespace parley::hub
