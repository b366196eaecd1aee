#include "hub/engine/sessions.h"

#include <algorithm>
#include <utility>

namespace parley::hub {

namespace {
// A client that pings as told is heard at least this often, even over a slow network.
Duration patience(const EngineConfig& config) { return 3 * config.ping_interval; }
}  // namespace

Connection& Sessions::open(ConnectionId id, AddressBucket origin) {
  Connection& connection = connections_[id];
  connection.id = id;
  connection.origin = origin;
  connection.heard = shared_.now;
  hellos_.push_back({id, shared_.now + shared_.config.hello_timeout});
  silence_.push_back({id, shared_.now + patience(shared_.config)});
  return connection;
}

Connection* Sessions::find(ConnectionId id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : &found->second;
}

Connection* Sessions::find(const DeviceAddress& device) {
  const auto found = devices_.find(device);
  return found == devices_.end() ? nullptr : find(found->second);
}

void Sessions::start_joining(Connection& connection) {
  connection.state = Connection::State::joining;
  ++joining_;
}

void Sessions::join(Connection& connection, AccountPtr account, DeviceId device) {
  if (Connection* older = find(DeviceAddress{account->id(), device})) {
    dismiss(older->id, ErrorCode::session_replaced);
  }
  --joining_;
  connection.state = Connection::State::open;
  connection.account = std::move(account);
  connection.device = device;
  devices_[connection.address()] = connection.id;
}

void Sessions::forget(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection connection = std::move(found->second);
  connections_.erase(found);
  if (connection.state == Connection::State::joining) --joining_;
  if (connection.state == Connection::State::open) {
    devices_.erase(connection.address());
  } else {
    ++shared_.statistics.connections_refused;
  }
  left_(connection);
}

void Sessions::ended(ConnectionId id) { forget(id); }

void Sessions::dismiss(ConnectionId id, ErrorCode why, Duration reconnect_after,
                       const std::string& detail) {
  if (find(id) == nullptr) return;
  push(id, wire::channel::Closing{why, reconnect_after.ms, fitting_detail(detail)});
  shared_.connections.close(id, why);
  forget(id);
}

void Sessions::reject(ConnectionId id, std::uint64_t reply_to, const Error& error) {
  if (find(id) == nullptr) return;
  shared_.connections.send(id, encode_frame(reply_to, failure(error)));
  shared_.connections.close(id, error.code);
  forget(id);
}

void Sessions::refuse(ConnectionId id, std::uint64_t request, const Error& error) {
  if (error.code == ErrorCode::rate_limited) ++shared_.statistics.rate_limited;
  if (error.code == ErrorCode::overloaded) ++shared_.statistics.overloaded;
  reply(id, request, failure(error));
}

std::optional<Time> Sessions::next_wakeup() const {
  std::optional<Time> at;
  if (!hellos_.empty()) at = hellos_.front().at;
  if (!silence_.empty() && (!at || silence_.front().at < *at)) at = silence_.front().at;
  return at;
}

void Sessions::tick() {
  check_hellos();
  check_silence();
}

void Sessions::check_hellos() {
  while (!hellos_.empty() && hellos_.front().at <= shared_.now) {
    const ConnectionId id = hellos_.front().id;
    hellos_.pop_front();
    const Connection* connection = find(id);
    if (connection == nullptr || connection->state != Connection::State::greeting) continue;
    reject(id, 0, {ErrorCode::out_of_place, "no hello in time", 0});
  }
}

void Sessions::check_silence() {
  const Duration allowed = patience(shared_.config);
  while (!silence_.empty() && silence_.front().at <= shared_.now) {
    const ConnectionId id = silence_.front().id;
    silence_.pop_front();
    const Connection* connection = find(id);
    if (connection == nullptr) continue;
    const Time at = connection->heard + allowed;
    if (at <= shared_.now) {
      dismiss(id, ErrorCode::timed_out);
    } else {
      // Never before the last one, so that the queue stays in order.
      silence_.push_back({id, silence_.empty() ? at : std::max(at, silence_.back().at)});
    }
  }
}

}  // namespace parley::hub
