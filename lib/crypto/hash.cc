#include "lib/crypto/hash.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "lib/crypto/backend.h"
#include "lib/crypto/sodium.h"

namespace parley::crypto {
namespace {

// Its memory is wiped: after a key went in, the state is as good as the key.
class Hasher {
 public:
  Hasher() { backend::sha256_begin(state_); }
  ~Hasher() { wipe(state_); }
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  Hasher& update(ByteView data) {
    backend::sha256_update(state_, data);
    return *this;
  }
  void finish(std::span<std::uint8_t, 32> out) { backend::sha256_finish(state_, out); }

 private:
  alignas(16) backend::Sha256Memory state_;
};

// RFC 2104. Composed here because the libraries' own HMAC is three to five times
// slower than its four compressions, and the ratchet does little else.
class Hmac {
 public:
  explicit Hmac(ByteView key) {
    Secret<kBlockBytes> pad;
    const auto block = pad.mutable_view();
    if (key.size() > kBlockBytes) {
      Hasher().update(key).finish(block.first<32>());
    } else {
      std::copy(key.begin(), key.end(), block.begin());
    }
    for (std::uint8_t& byte : block) byte ^= kInnerPad;
    inner_.update(block);
    for (std::uint8_t& byte : block) byte ^= kInnerPad ^ kOuterPad;
    outer_.update(block);
  }

  Hmac& update(ByteView data) {
    inner_.update(data);
    return *this;
  }
  void finish(std::span<std::uint8_t, 32> out) {
    Secret<32> digest;
    inner_.finish(digest.mutable_view());
    outer_.update(digest.view()).finish(out);
  }

 private:
  static constexpr std::size_t kBlockBytes = 64;
  static constexpr std::uint8_t kInnerPad = 0x36;
  static constexpr std::uint8_t kOuterPad = 0x5c;

  Hasher inner_;
  Hasher outer_;
};

}  // namespace

Sha256Digest sha256(ByteView data) { return Sha256().update(data).finish(); }

Sha512Digest sha512(ByteView data) {
  Sha512Digest digest;
  crypto_hash_sha512(digest.data(), data.data(), data.size());
  return digest;
}

Sha256::Sha256() { backend::sha256_begin(state_); }

Sha256::~Sha256() { wipe(state_); }

Sha256& Sha256::update(ByteView data) {
  backend::sha256_update(state_, data);
  return *this;
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  backend::sha256_finish(state_, digest);
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
