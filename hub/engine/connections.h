// The port through which the engine talks to open channels. The network layer
// implements it; tests and the simulator do as well.
//
// Threads: called on the engine's thread only. Re-entrance: no method may call back
// into the engine before it returned.
#pragma once

#include <cstddef>

#include "hub/engine/types.h"
#include "lib/base/bytes.h"
#include "proto/errors.h"

namespace parley::hub {

// When a connection's outgoing queue grows over the high mark, the engine delivers no
// further messages to it and the network layer stops reading from it; when it falls
// below the low mark again, the network layer reads on and calls Engine::drained.
inline constexpr std::size_t kQueueHighBytes = 512 * 1024;
inline constexpr std::size_t kQueueLowBytes = 128 * 1024;

class Connections {
 public:
  virtual ~Connections() = default;

  // Queues one encoded ServerFrame (`frame` is borrowed for the call). All frames queued
  // for a connection during one turn leave as few ServerBatch messages as fit.
  // Unknown connections are ignored.
  virtual void send(ConnectionId connection, ByteView frame) = 0;

  // As send, for an answer that nobody is held up by: it may wait a moment (a few
  // milliseconds) for others to leave with, which saves a system call. Order is kept.
  virtual void send_unhurried(ConnectionId connection, ByteView frame) { send(connection, frame); }

  // Flushes what is queued, then closes. The engine has already said why in a frame
  // (Failure or Closing); `why` is for the close code and the statistics. The engine
  // forgets the connection at once: neither frames nor connection_closed need to follow.
  virtual void close(ConnectionId connection, ErrorCode why) = 0;

  // Bytes queued and not yet handed to the operating system.
  virtual std::size_t queued_bytes(ConnectionId connection) const = 0;
};

}  // namespace parley::hub
