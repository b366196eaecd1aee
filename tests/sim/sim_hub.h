// The real hub engine over its in-memory store, with connections that are queues and
// passwords that cost nothing. What is on `disk` survives crash(); nothing else does.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "hub/engine/engine.h"
#include "hub/engine/memory_store.h"
#include "lib/base/random.h"
#include "proto/client.h"

namespace parley::sim {

class SimHub {
 public:
  explicit SimHub(RandomSource& random);
  ~SimHub();

  void start(Time now);
  // Power off: connections, caches and uncommitted batches are gone.
  void crash();
  bool running() const { return engine_ != nullptr; }

  // --- channels
  hub::ConnectionId open(Time now);
  void receive(hub::ConnectionId connection, ByteView batch, Time now);
  void close(hub::ConnectionId connection, Time now);

  struct Outgoing {
    std::deque<Bytes> batches;
    std::optional<ErrorCode> closed;  // after the batches
  };
  // Null for a connection that is gone.
  Outgoing* outgoing(hub::ConnectionId connection);
  void forget(hub::ConnectionId connection);

  // --- set-up
  using Reply = std::function<void(wire::client::SetupReply)>;
  void setup(wire::client::SetupRequest request, Time now, Reply reply);

  // --- the store's queue and time
  bool has_store_work() const { return store_ && store_->queued() > 0; }
  void run_store(Time now);
  std::optional<Time> next_wakeup() const;
  void tick(Time now);

  hub::MemoryStore& store() { return *store_; }
  const hub::Engine& engine() const { return *engine_; }

 private:
  class Wires;
  class Passwords;

  RandomSource& random_;
  hub::MemoryDisk disk_;
  std::unique_ptr<Wires> wires_;
  std::unique_ptr<Passwords> passwords_;
  std::unique_ptr<hub::MemoryStore> store_;
  std::unique_ptr<hub::Engine> engine_;
  std::uint64_t last_connection_ = 0;
};

}  // namespace parley::sim
