// A send that was accepted and is not answered yet: shared by the log of sends and by the
// mailboxes of its targets. Plain data.
#pragma once

#include <utility>
#include <vector>

#include "hub/engine/committer.h"

namespace parley::hub {

struct SendKey {
  DeviceAddress sender;
  SendId id;
  friend bool operator==(const SendKey&, const SendKey&) = default;
};

struct OpenSend {
  SendKey key;
  SendResult result;
  // Targets that have neither acknowledged nor gone away.
  std::size_t targets_left = 0;
  // Dropped silently for one of its recipients: answered with the commit and not before, as
  // a message to somebody who is away.
  bool must_commit = false;
  Committer::Slot slot;  // of the PutSendResult
  Time since;
  // Whom to answer; more than one where the sender asked again.
  std::vector<std::pair<ConnectionId, std::uint64_t>> waiting;
};

}  // namespace parley::hub

template <>
struct std::hash<parley::hub::SendKey> {
  std::size_t operator()(const parley::hub::SendKey& key) const noexcept {
    return std::hash<parley::SendId>{}(key.id) ^ std::hash<parley::DeviceAddress>{}(key.sender);
  }
};
