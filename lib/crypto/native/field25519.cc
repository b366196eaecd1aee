// Inversion modulo 2^255 - 19 by OpenSSL's big numbers. Debian's libsodium keeps
// its own field arithmetic to itself.
#include <openssl/bn.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "lib/crypto/backend.h"

namespace parley::crypto::backend {
namespace {

struct Free {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, Free>;

BIGNUM* field_order() {
  BIGNUM* order = nullptr;
  if (BN_hex2bn(&order, "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed") == 0) {
    std::abort();
  }
  return order;
}

void must(int ok) {
  if (ok != 1) std::abort();
}

}  // namespace

bool edwards_y_from_montgomery_u(std::span<const std::uint8_t, 32> u,
                                 std::span<std::uint8_t, 32> y) {
  static const Number order(field_order());
  thread_local const std::unique_ptr<BN_CTX, Free> context(BN_CTX_new());
  ByteArray<32> masked;
  std::copy(u.begin(), u.end(), masked.begin());
  masked[31] &= 0x7f;

  const Number value(BN_lebin2bn(masked.data(), static_cast<int>(masked.size()), nullptr));
  const Number above(BN_new());
  const Number below(BN_new());
  const Number one(BN_new());
  if (!context || !value || !above || !below || !one) std::abort();
  must(BN_one(one.get()));
  must(BN_mod_sub(below.get(), value.get(), one.get(), order.get(), context.get()));
  must(BN_mod_add(above.get(), value.get(), one.get(), order.get(), context.get()));
  if (BN_is_zero(above.get())) return false;
  if (BN_mod_inverse(above.get(), above.get(), order.get(), context.get()) == nullptr) std::abort();
  must(BN_mod_mul(value.get(), below.get(), above.get(), order.get(), context.get()));
  if (BN_bn2lebinpad(value.get(), y.data(), static_cast<int>(y.size())) < 0) std::abort();
  return true;
}

}  // namespace parley::crypto::backend
