// Inversion modulo 2^255 - 19 by libsodium's own field arithmetic, which is there
// because its sources are compiled in.
#include <algorithm>

#include "lib/crypto/backend.h"

extern "C" {
#include "private/ed25519_ref10.h"
}

namespace parley::crypto::backend {

bool edwards_y_from_montgomery_u(std::span<const std::uint8_t, 32> u,
                                 std::span<std::uint8_t, 32> y) {
  fe25519 value, one, above, below, inverse, quotient;
  fe25519_frombytes(value, u.data());  // ignores the top bit
  fe25519_1(one);
  fe25519_sub(below, value, one);
  fe25519_add(above, value, one);
  if (fe25519_iszero(above) != 0) return false;
  fe25519_invert(inverse, above);
  fe25519_mul(quotient, below, inverse);
  fe25519_tobytes(y.data(), quotient);
  return true;
}

}  // namespace parley::crypto::backend
