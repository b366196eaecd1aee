#include "lib/crypto/nist_drbg_for_tests.h"

#include <algorithm>

#include "lib/crypto/backend.h"

namespace parley::crypto {

ByteArray<16> NistDrbg::next_block() {
  for (std::size_t i = counter_.size(); i-- > 0;) {
    if (++counter_[i] != 0) break;
  }
  // One block of CBC with an IV of zeros is the bare cipher.
  ByteArray<16> block = counter_;
  backend::aes256_cbc_encrypt_blocks(key_, ByteArray<16>{}, block);
  return block;
}

void NistDrbg::update(const ByteArray<48>& provided) {
  ByteArray<48> fresh;
  for (std::size_t i = 0; i < fresh.size(); i += 16) {
    const auto block = next_block();
    std::copy(block.begin(), block.end(), fresh.begin() + i);
  }
  for (std::size_t i = 0; i < fresh.size(); ++i) fresh[i] ^= provided[i];
  std::copy_n(fresh.begin(), 32, key_.begin());
  std::copy_n(fresh.begin() + 32, 16, counter_.begin());
}

void NistDrbg::fill(MutableByteView out) {
  while (!out.empty()) {
    const auto block = next_block();
    const std::size_t take = std::min(out.size(), block.size());
    std::copy_n(block.begin(), take, out.begin());
    out = out.subspan(take);
  }
  update({});
}

}  // namespace parley::crypto
