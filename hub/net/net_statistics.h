// Numbers about sockets, for the operator. Counted on the engine's thread. No user data.
#pragma once

#include <array>
#include <cstdint>

#include "hub/net/service_traffic.h"

namespace parley::hub {

struct NetStatistics {
  // --- counters
  std::uint64_t sockets_accepted = 0;
  std::uint64_t sockets_refused = 0;  // over a limit of connections
  std::uint64_t accept_failures = 0;  // e.g. no file descriptors left
  std::uint64_t tls_failures = 0;
  std::uint64_t timeouts = 0;      // handshakes and requests that took too long
  std::uint64_t slow_readers = 0;  // channels ended because nobody read them
  std::uint64_t channel_messages_in = 0;
  std::uint64_t channel_messages_out = 0;
  std::uint64_t bytes_in = 0;  // of channels, without TLS and framing
  std::uint64_t bytes_out = 0;
  std::array<std::uint64_t, 6> http_answers{};  // by status / 100

  // --- gauges
  std::uint64_t sockets = 0;
  std::uint64_t channels = 0;
  std::uint64_t queued_bytes = 0;
  std::uint64_t password_queue = 0;

  // --- with services' servers, by provider id
  TrafficTable services;
};

}  // namespace parley::hub
