// Symmetric-key chains, which sessions and sender keys have in common: one secret
// is hashed forward, each step gives one message's seed, and seeds of messages
// that did not come yet are kept for a while.
//
// Values are immutable: a step gives a new chain and leaves the old one as it is.
// Internal to lib/signal.
//
// Source: "The Double Ratchet Algorithm" §2.2, §2.6, §5.2.
#pragma once

#include <memory>
#include <optional>

#include "lib/base/result.h"
#include "lib/base/secret.h"

namespace parley::signal {

using ChainSecret = Secret<32>;
using MessageSeed = Secret<32>;

struct ChainKey {
  ChainSecret key;
  std::uint32_t index = 0;  // of the message it is the key of

  ChainKey next() const;  // index must be below 2^32 - 1
  MessageSeed message_seed() const;
  ChainKey clone() const { return {key.clone(), index}; }
};

// Seeds of skipped messages, ascending by index; at most kMaxSkippedKeys. Kept in
// the form they are stored in: u32 big-endian index, 32 bytes of seed.
class SkippedKeys {
 public:
  static constexpr std::size_t kEntryBytes = 36;

  SkippedKeys() = default;
  // ErrorCode::malformed unless `packed` is what packed() gives.
  static Result<SkippedKeys> parse(ByteView packed);
  ByteView packed() const { return packed_.view(); }
  std::size_t size() const { return packed_.size() / kEntryBytes; }

  bool all_below(std::uint32_t index) const { return lower_bound(index) == size(); }
  std::optional<MessageSeed> find(std::uint32_t index) const;
  SkippedKeys without(std::uint32_t index) const;

 private:
  friend struct ReceivingChain;
  explicit SkippedKeys(SecretBuffer packed) : packed_(std::move(packed)) {}
  // Position of the first entry whose index is not below `index`.
  std::size_t lower_bound(std::uint32_t index) const;
  std::uint32_t index_at(std::size_t position) const;

  SecretBuffer packed_;
};

// The receiving end of a chain.
struct ReceivingChain {
  ChainKey next;                               // of the newest message not seen yet
  std::shared_ptr<const SkippedKeys> skipped;  // null: none

  ReceivingChain share() const { return {next.clone(), skipped}; }

  struct Taken;
  // The seed of message `counter`, and the chain without it.
  // Errors: duplicate_message (taken before, or dropped as too old),
  // too_far_in_future, limit_reached (the last possible message).
  Result<Taken> take(std::uint32_t counter) const;

 private:
  Result<Taken> take_skipped(std::uint32_t counter) const;
};

struct ReceivingChain::Taken {
  MessageSeed seed;
  ReceivingChain chain;
};

// HMAC-SHA256 whose result is a secret.
Secret<32> secret_hmac(ByteView key, ByteView data);

}  // namespace parley::signal
