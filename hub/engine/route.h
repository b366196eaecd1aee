// How the engine reaches the live sessions of a device or an account, wherever their sockets
// are. The local sessions are the first implementation (local_route.h); a cluster adds one
// that also tells other nodes.
//
// Fire and forget: whoever is not connected misses nothing that matters, because messages
// wait in mailboxes and the rest is ephemeral or asked for again. One thread.
#pragma once

#include "hub/engine/types.h"
#include "lib/base/bytes.h"

namespace parley::hub {

class Route {
 public:
  virtual ~Route() = default;

  // New entries may lie in this device's mailbox.
  virtual void messages_waiting(const DeviceAddress& device) = 0;
  // An encoded ServerFrame for every connected device of an account; dropped where a
  // connection has no room. Borrowed for the call.
  virtual void ephemeral(const AccountId& account, ByteView frame) = 0;
  // The account's devices, their names or their presence changed.
  virtual void devices_changed(const AccountId& account) = 0;
};

}  // namespace parley::hub
