// Randomness as an argument. Production code passes `crypto::SystemRandom`;
// tests and the simulator pass a seeded source.
#pragma once

#include <cstdint>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"

namespace parley {

class RandomSource {
 public:
  virtual ~RandomSource() = default;
  // Fills all of `out`. An implementation that cannot must end the process:
  // weak randomness is never returned.
  virtual void fill(MutableByteView out) = 0;

  template <std::size_t N>
  ByteArray<N> array() {
    ByteArray<N> out;
    fill(out);
    return out;
  }
  template <std::size_t N>
  Secret<N> secret() {
    Secret<N> out;
    fill(out.mutable_view());
    return out;
  }
  std::uint64_t next_u64();
  // Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound);
};

}  // namespace parley
