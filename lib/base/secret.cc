#include "lib/base/secret.h"

#include <cassert>
#include <cstring>

namespace parley {

void wipe(MutableByteView memory) {
  if (memory.empty()) return;
  std::memset(memory.data(), 0, memory.size());
  // The barrier makes the compiler assume that the zeros are read.
  __asm__ __volatile__("" : : "r"(memory.data()) : "memory");
}

void SecretBuffer::truncate(std::size_t size) {
  assert(size <= bytes_.size());
  wipe(MutableByteView(bytes_).subspan(size));
  bytes_.resize(size);
}

}  // namespace parley
