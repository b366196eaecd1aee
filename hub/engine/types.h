// The hub's own small vocabulary: names of connections, origins and secrets' hashes.
// Plain values, copyable, no threads, no errors.
#pragma once

#include <functional>

#include "lib/base/bytes.h"
#include "lib/base/ids.h"
#include "lib/base/result.h"

namespace parley::hub {

// One open channel. Chosen by the network layer; unique while the process lives.
using ConnectionId = NumberId<struct ConnectionIdTag, std::uint64_t>;

// Where a request comes from, as quotas see it: equal for requests that should share
// one allowance (an IPv4 address, an IPv6 /64). The network layer derives it by a
// keyed hash, so that the engine never holds an address.
using AddressBucket = NumberId<struct AddressBucketTag, std::uint64_t>;

// SHA-256 of a session or login token. The token itself is never stored.
using TokenHash = OpaqueId<struct TokenHashTag, 32>;

// Called exactly once, on the engine's thread, possibly before the call that was given
// it returns.
template <typename T>
using Completion = std::function<void(T)>;

}  // namespace parley::hub
