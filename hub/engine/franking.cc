#include "hub/engine/franking.h"

#include <algorithm>

#include "lib/crypto/hash.h"

namespace parley::hub {

namespace {

template <std::size_t N>
ByteArray<N> big_endian(std::uint64_t value) {
  ByteArray<N> out;
  for (std::size_t i = 0; i < N; ++i) out[N - 1 - i] = static_cast<std::uint8_t>(value >> (8 * i));
  return out;
}

ByteArray<32> mac_of(const StampKey& key, const StampedFacts& facts) {
  const auto time = big_endian<8>(static_cast<std::uint64_t>(facts.accepted_at.value));
  const auto id = big_endian<4>(key.id);
  const ByteView fields[] = {
      facts.tag, facts.sender.view(), facts.recipient.view(), facts.conversation.view(), time, id};
  ByteArray<4 * 6 + 32 + 16 + 16 + 32 + 8 + 4> joined;
  std::size_t at = 0;
  for (const ByteView field : fields) {
    const auto length = big_endian<4>(field.size());
    at = static_cast<std::size_t>(
        std::copy(length.begin(), length.end(), joined.begin() + static_cast<long>(at)) -
        joined.begin());
    at = static_cast<std::size_t>(
        std::copy(field.begin(), field.end(), joined.begin() + static_cast<long>(at)) -
        joined.begin());
  }
  return crypto::hmac_sha256(key.key.view(), ByteView(joined).first(at));
}

}  // namespace

std::optional<StampKey> StampKeys::key_wanted(Time now, RandomSource& random) const {
  if (!keys_.empty() && now - keys_.back().created < rotation_) return std::nullopt;
  return StampKey{keys_.empty() ? 1 : keys_.back().id + 1, random.secret<32>(), now};
}

std::vector<std::uint32_t> StampKeys::drop_expired(Time now) {
  std::vector<std::uint32_t> dropped;
  // A key was last used when its successor came.
  while (keys_.size() > 1 && now - keys_[1].created > lifetime_) {
    dropped.push_back(keys_.front().id);
    keys_.erase(keys_.begin());
  }
  return dropped;
}

ByteArray<32> StampKeys::stamp(const StampedFacts& facts) const {
  return mac_of(keys_.back(), facts);
}

Status StampKeys::verify(std::uint32_t key_id, ByteView mac, const StampedFacts& facts) const {
  if (facts.tag.size() != 32) return fail(ErrorCode::malformed, "tag has a wrong length");
  const auto key = std::find_if(keys_.begin(), keys_.end(),
                                [&](const StampKey& candidate) { return candidate.id == key_id; });
  if (key == keys_.end()) return fail(ErrorCode::not_found, "stamp key unknown or too old");
  if (!crypto::constant_time_equal(mac_of(*key, facts), mac)) {
    return fail(ErrorCode::bad_signature, "stamp does not fit");
  }
  return {};
}

}  // namespace parley::hub
