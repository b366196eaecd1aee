#include "lib/signal/chain.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "lib/crypto/hash.h"
#include "lib/signal/session.h"

namespace parley::signal {
namespace {

constexpr std::uint8_t kMessageLabel[] = {0x01};
constexpr std::uint8_t kChainLabel[] = {0x02};

void put_entry(MutableByteView out, std::uint32_t index, const MessageSeed& seed) {
  for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(index >> (24 - 8 * i));
  std::ranges::copy(seed.view(), out.begin() + 4);
}

// Walks the chain to `target`; the seeds on the way are appended to `old`, the
// oldest falling off the limit.
std::pair<ChainKey, SecretBuffer> walk(const ChainKey& from, ByteView old, std::uint32_t target) {
  constexpr std::size_t kEntry = SkippedKeys::kEntryBytes;
  const std::size_t jump = target - from.index;
  const std::size_t added = std::min(jump, kMaxSkippedKeys);
  const std::size_t kept = std::min(old.size() / kEntry, kMaxSkippedKeys - added);
  SecretBuffer packed((kept + added) * kEntry);
  std::ranges::copy(old.last(kept * kEntry), packed.mutable_view().begin());

  ChainKey chain = from.clone();
  for (std::size_t i = 0; i < jump; ++i) {
    if (i >= jump - added) {
      const std::size_t position = kept + i - (jump - added);
      put_entry(packed.mutable_view().subspan(position * kEntry, kEntry), chain.index,
                chain.message_seed());
    }
    chain = chain.next();
  }
  return {std::move(chain), std::move(packed)};
}

}  // namespace

Secret<32> secret_hmac(ByteView key, ByteView data) {
  crypto::Sha256Digest digest = crypto::hmac_sha256(key, data);
  Secret<32> secret{std::span<const std::uint8_t, 32>(digest)};
  wipe(digest);
  return secret;
}

ChainKey ChainKey::next() const {
  assert(index < std::numeric_limits<std::uint32_t>::max());
  return {secret_hmac(key.view(), kChainLabel), index + 1};
}

MessageSeed ChainKey::message_seed() const { return secret_hmac(key.view(), kMessageLabel); }

Result<SkippedKeys> SkippedKeys::parse(ByteView packed) {
  if (packed.size() % kEntryBytes != 0 || packed.size() / kEntryBytes > kMaxSkippedKeys) {
    return fail(ErrorCode::malformed, "skipped keys have a wrong size");
  }
  SkippedKeys keys{SecretBuffer(packed)};
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (keys.index_at(i - 1) >= keys.index_at(i)) {
      return fail(ErrorCode::malformed, "skipped keys are not ascending");
    }
  }
  return keys;
}

std::uint32_t SkippedKeys::index_at(std::size_t position) const {
  const ByteView entry = packed_.view().subspan(position * kEntryBytes, 4);
  return std::uint32_t{entry[0]} << 24 | std::uint32_t{entry[1]} << 16 |
         std::uint32_t{entry[2]} << 8 | std::uint32_t{entry[3]};
}

std::size_t SkippedKeys::lower_bound(std::uint32_t index) const {
  std::size_t low = 0;
  for (std::size_t high = size(); low < high;) {
    const std::size_t middle = low + (high - low) / 2;
    if (index_at(middle) < index) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::optional<MessageSeed> SkippedKeys::find(std::uint32_t index) const {
  const std::size_t position = lower_bound(index);
  if (position == size() || index_at(position) != index) return std::nullopt;
  return MessageSeed(packed_.view().subspan(position * kEntryBytes + 4).first<32>());
}

SkippedKeys SkippedKeys::without(std::uint32_t index) const {
  const std::size_t position = lower_bound(index);
  assert(position < size() && index_at(position) == index);
  const ByteView before = packed_.view().first(position * kEntryBytes);
  const ByteView after = packed_.view().subspan((position + 1) * kEntryBytes);
  SecretBuffer rest(before.size() + after.size());
  const auto middle = std::ranges::copy(before, rest.mutable_view().begin()).out;
  std::ranges::copy(after, middle);
  return SkippedKeys(std::move(rest));
}

Result<ReceivingChain::Taken> ReceivingChain::take_skipped(std::uint32_t counter) const {
  auto seed = skipped ? skipped->find(counter) : std::nullopt;
  if (!seed) return fail(ErrorCode::duplicate_message);
  std::shared_ptr<const SkippedKeys> rest;
  if (skipped->size() > 1) rest = std::make_shared<const SkippedKeys>(skipped->without(counter));
  return Taken{std::move(*seed), {next.clone(), std::move(rest)}};
}

Result<ReceivingChain::Taken> ReceivingChain::take(std::uint32_t counter) const {
  if (counter < next.index) return take_skipped(counter);
  if (counter - next.index > kMaxForwardJumps) return fail(ErrorCode::too_far_in_future);
  if (counter == std::numeric_limits<std::uint32_t>::max()) return fail(ErrorCode::limit_reached);
  if (counter == next.index) return Taken{next.message_seed(), {next.next(), skipped}};

  auto [chain, packed] = walk(next, skipped ? skipped->packed() : ByteView(), counter);
  auto keys = std::make_shared<const SkippedKeys>(SkippedKeys(std::move(packed)));
  return Taken{chain.message_seed(), {chain.next(), std::move(keys)}};
}

}  // namespace parley::signal
