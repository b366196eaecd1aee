// libsodium, initialised. For use inside lib/crypto.
#pragma once

#include <sodium.h>

#include <cstdlib>

namespace parley::crypto {

// Picks libsodium's fastest code for this processor, once. Everything here also
// works without it; only slower.
inline void ensure_sodium() {
  static const int initialised = sodium_init();
  if (initialised < 0) std::abort();
}

}  // namespace parley::crypto
