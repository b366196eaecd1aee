#include "lib/base/random.h"

#include <cassert>
#include <cstring>

namespace parley {

std::uint64_t RandomSource::next_u64() {
  const auto bytes = array<8>();
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  return value;
}

std::uint64_t RandomSource::below(std::uint64_t bound) {
  assert(bound > 0);
  // Rejection sampling: values below `reject` would make some results likelier.
  const std::uint64_t reject = (0 - bound) % bound;
  std::uint64_t value = next_u64();
  while (value < reject) value = next_u64();
  return value % bound;
}

}  // namespace parley
