// Hexadecimal literals for tests. Ends the test program on a typing error.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "lib/base/encoding.h"
#include "lib/base/secret.h"

namespace parley::crypto {

inline Bytes hex(std::string_view text) {
  auto bytes = hex_decode(text);
  if (!bytes) std::abort();
  return *std::move(bytes);
}

template <std::size_t N>
ByteArray<N> hex_array(std::string_view text) {
  const Bytes bytes = hex(text);
  if (bytes.size() != N) std::abort();
  ByteArray<N> out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

template <std::size_t N>
Secret<N> hex_secret(std::string_view text) {
  return Secret<N>(hex_array<N>(text));
}

}  // namespace parley::crypto
