// Numbers for the operator: counted by the engine on its own thread, read as a snapshot.
// No user data: no ids, no names. Counters only grow; gauges say what is now.
#pragma once

#include <array>
#include <cstdint>

namespace parley::hub {

// Counts of values in buckets that double: bucket i holds values <= first << i, the last
// one everything above. Units are stated where a histogram is used.
class Histogram {
 public:
  static constexpr std::size_t kBuckets = 20;
  explicit constexpr Histogram(std::uint64_t first = 1) : first_(first) {}

  void add(std::uint64_t value);
  // The upper bound of a bucket; the last has none (UINT64_MAX).
  std::uint64_t bound(std::size_t bucket) const;
  std::uint64_t count(std::size_t bucket) const { return counts_[bucket]; }
  std::uint64_t total() const { return total_; }
  std::uint64_t sum() const { return sum_; }

 private:
  std::uint64_t first_;
  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t sum_ = 0;
};

struct Statistics {
  // --- counters
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_refused = 0;  // closed by the engine before a welcome
  std::uint64_t batches_received = 0;
  std::uint64_t frames_received = 0;
  std::uint64_t malformed_batches = 0;
  std::uint64_t sends_accepted = 0;      // answered, or about to be, by Accepted
  std::uint64_t sends_repeated = 0;      // answered from memory or the store
  std::uint64_t sends_mismatched = 0;    // answered by DeviceMismatch
  std::uint64_t sends_failed = 0;        // answered by Failure
  std::uint64_t sends_dropped = 0;       // silently, by policy
  std::uint64_t messages_delivered = 0;  // Deliver frames, repeats included
  std::uint64_t messages_acknowledged = 0;
  std::uint64_t messages_never_written = 0;  // acknowledged before their commit
  std::uint64_t messages_written = 0;
  std::uint64_t messages_expired = 0;
  std::uint64_t prekeys_handed_out = 0;
  std::uint64_t last_resort_handed_out = 0;
  std::uint64_t sign_ups = 0;
  std::uint64_t logins = 0;
  std::uint64_t wrong_passwords = 0;
  std::uint64_t rate_limited = 0;
  std::uint64_t overloaded = 0;
  std::uint64_t commits = 0;
  std::uint64_t commit_failures = 0;

  // --- gauges
  std::uint64_t connections = 0;
  std::uint64_t sessions = 0;
  std::uint64_t cached_accounts = 0;
  std::uint64_t remembered_sends = 0;
  std::uint64_t pending_ops = 0;
  std::uint64_t pending_bytes = 0;
  std::uint64_t waiting_requests = 0;  // held back by a read or a device change
  bool storage_available = true;

  // --- histograms
  Histogram commit_ops{1};  // operations in a batch
  Histogram commit_ms{1};   // from hand-over to durable
  Histogram accept_ms{1};   // from receipt of a Send to Accepted
};

}  // namespace parley::hub
