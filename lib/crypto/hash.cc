#include "lib/crypto/hash.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <new>

#include "lib/crypto/sodium.h"

namespace parley::crypto {
namespace {

using Sha256State = crypto_hash_sha256_state;

Sha256State& as_state(ByteArray<128>& memory) {
  static_assert(sizeof(Sha256State) <= sizeof memory && alignof(Sha256State) <= 16);
  return *std::launder(reinterpret_cast<Sha256State*>(memory.data()));
}

// An HMAC state that is wiped: it is as good as the key.
class Hmac {
 public:
  explicit Hmac(ByteView key) { crypto_auth_hmacsha256_init(&state_, key.data(), key.size()); }
  ~Hmac() { sodium_memzero(&state_, sizeof state_); }
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;

  Hmac& update(ByteView data) {
    crypto_auth_hmacsha256_update(&state_, data.data(), data.size());
    return *this;
  }
  void finish(std::span<std::uint8_t, 32> out) {
    crypto_auth_hmacsha256_final(&state_, out.data());
  }

 private:
  crypto_auth_hmacsha256_state state_;
};

}  // namespace

Sha256Digest sha256(ByteView data) {
  Sha256Digest digest;
  crypto_hash_sha256(digest.data(), data.data(), data.size());
  return digest;
}

Sha512Digest sha512(ByteView data) {
  Sha512Digest digest;
  crypto_hash_sha512(digest.data(), data.data(), data.size());
  return digest;
}

Sha256::Sha256() { crypto_hash_sha256_init(new (state_.data()) Sha256State); }

Sha256::~Sha256() { wipe(state_); }

Sha256& Sha256::update(ByteView data) {
  crypto_hash_sha256_update(&as_state(state_), data.data(), data.size());
  return *this;
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  crypto_hash_sha256_final(&as_state(state_), digest.data());
  return digest;
}

Sha256Digest hmac_sha256(ByteView key, ByteView data) {
  Sha256Digest mac;
  Hmac(key).update(data).finish(mac);
  return mac;
}

Sha256Digest hmac_sha256(ByteView key, std::span<const ByteView> pieces) {
  Hmac hmac(key);
  for (const ByteView piece : pieces) hmac.update(piece);
  Sha256Digest mac;
  hmac.finish(mac);
  return mac;
}

SecretBuffer hkdf_sha256(ByteView input_key, ByteView salt, ByteView info, std::size_t size) {
  constexpr std::size_t kBlock = 32;
  assert(size <= 255 * kBlock);
  static constexpr ByteArray<kBlock> kNoSalt{};
  Secret<kBlock> pseudorandom_key;
  Hmac(salt.empty() ? ByteView(kNoSalt) : salt)
      .update(input_key)
      .finish(pseudorandom_key.mutable_view());

  SecretBuffer out(size);
  Secret<kBlock> block;
  std::size_t done = 0;
  for (std::uint8_t counter = 1; done < size; ++counter) {
    Hmac hmac(pseudorandom_key.view());
    if (counter > 1) hmac.update(block.view());
    hmac.update(info).update(std::array{counter});
    hmac.finish(block.mutable_view());
    const std::size_t take = std::min(kBlock, size - done);
    std::copy_n(block.view().begin(), take, out.mutable_view().begin() + done);
    done += take;
  }
  return out;
}

bool constant_time_equal(ByteView a, ByteView b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace parley::crypto
