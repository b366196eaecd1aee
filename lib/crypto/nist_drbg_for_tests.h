// The AES-256-CTR generator by which NIST's known-answer files of the post-quantum
// competition expand their seeds (SP 800-90A, no derivation function, no reseeding).
#pragma once

#include "lib/base/random.h"

namespace parley::crypto {

class NistDrbg final : public RandomSource {
 public:
  explicit NistDrbg(const ByteArray<48>& seed) { update(seed); }
  void fill(MutableByteView out) override;

 private:
  ByteArray<16> next_block();
  void update(const ByteArray<48>& provided);

  ByteArray<32> key_{};
  ByteArray<16> counter_{};
};

}  // namespace parley::crypto
