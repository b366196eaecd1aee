// Fields of proto/signal_store.proto from and to keys. The decoder has checked
// lengths, but an absent field passes as an empty one: the loaders refuse it with
// ErrorCode::malformed. Internal to lib/signal.
#pragma once

#include "lib/signal/chain.h"
#include "lib/signal/keys.h"

namespace parley::signal {

// Of every stored record; raised when an older program could not read one rightly.
inline constexpr std::uint32_t kStoreFormat = 1;

inline Status check_format(std::uint32_t format) {
  if (format == kStoreFormat) return {};
  if (format == 0) return fail(ErrorCode::malformed, "stored format is missing");
  return fail(ErrorCode::store_too_new, "stored format");
}

inline Bytes store_key(const PublicKey& key) { return to_bytes(key.bytes); }

inline Result<PublicKey> load_key(ByteView bytes) {
  if (bytes.size() != 32) return fail(ErrorCode::malformed, "a stored public key is missing");
  PublicKey key;
  std::ranges::copy(bytes, key.bytes.begin());
  return key;
}

template <std::size_t N>
SecretBuffer store_secret(const Secret<N>& secret) {
  return SecretBuffer(secret.view());
}

template <std::size_t N>
Result<Secret<N>> load_secret(const SecretBuffer& stored) {
  if (stored.size() != N) return fail(ErrorCode::malformed, "a stored secret is missing");
  return Secret<N>(stored.view().first<N>());
}

inline SecretBuffer store_skipped(const std::shared_ptr<const SkippedKeys>& skipped) {
  return skipped ? SecretBuffer(skipped->packed()) : SecretBuffer();
}

inline Result<ReceivingChain> load_chain(const SecretBuffer& key, std::uint32_t index,
                                         const SecretBuffer& skipped) {
  PARLEY_TRY(secret, load_secret<32>(key));
  ReceivingChain chain{{std::move(secret), index}, {}};
  if (skipped.empty()) return chain;
  PARLEY_TRY(keys, SkippedKeys::parse(skipped.view()));
  if (!keys.all_below(index)) return fail(ErrorCode::malformed, "a skipped key is ahead");
  chain.skipped = std::make_shared<const SkippedKeys>(std::move(keys));
  return chain;
}

}  // namespace parley::signal
