// The operating system's randomness (getrandom; crypto.getRandomValues in a
// browser). Ends the process if it fails. Thread-safe.
#pragma once

#include "lib/base/random.h"

namespace parley::crypto {

class SystemRandom final : public RandomSource {
 public:
  void fill(MutableByteView out) override;
};

// Deterministic (ChaCha20 keyed by the seed); for tests and the simulator only.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed);
  void fill(MutableByteView out) override;

 private:
  ByteArray<32> key_{};
  std::uint64_t block_ = 0;
};

}  // namespace parley::crypto
