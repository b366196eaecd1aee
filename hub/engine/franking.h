// Franking stamps: R, by which the hub can later confirm that it passed on a message with
// tag T from one account to another at one time. Nobody without the stamp key can make one,
// and the hub learns nothing about the content.
//
//   R = HMAC-SHA256(stamp key, T ‖ sender ‖ recipient ‖ conversation ‖ accepted time ‖ key id)
//   each field as u32be length ‖ bytes; ids raw; time i64be microseconds; key id u32be
//
// Keys rotate; each stays verifiable for `lifetime` after its last use. Source: the
// franking chapter of docs/protocol.
#pragma once

#include <optional>
#include <vector>

#include "hub/engine/records.h"
#include "lib/base/random.h"
#include "lib/base/result.h"

namespace parley::hub {

struct StampedFacts {
  ByteView tag;  // T, 32 bytes
  AccountId sender;
  AccountId recipient;
  ConversationId conversation;
  AcceptedAt accepted_at;
};

class StampKeys {
 public:
  StampKeys(Duration rotation, Duration lifetime) : rotation_(rotation), lifetime_(lifetime) {}

  void restore(std::vector<StampKey> keys) { keys_ = std::move(keys); }

  // A key to write now, if there is none or the newest is due for rotation. It is used
  // only once add() says it is durable.
  std::optional<StampKey> key_wanted(Time now, RandomSource& random) const;
  void add(StampKey key) { keys_.push_back(std::move(key)); }
  // Keys past their lifetime, forgotten here; remove them from the store as well.
  std::vector<std::uint32_t> drop_expired(Time now);

  bool ready() const { return !keys_.empty(); }
  // By the newest key. Precondition: ready().
  std::uint32_t current_id() const { return keys_.back().id; }
  ByteArray<32> stamp(const StampedFacts& facts) const;

  // not_found: the key is unknown or too old. bad_signature: the stamp does not fit.
  Status verify(std::uint32_t key_id, ByteView mac, const StampedFacts& facts) const;

 private:
  Duration rotation_;
  Duration lifetime_;
  std::vector<StampKey> keys_;  // by id
};

}  // namespace parley::hub
