// What a file holds, remembered before it is encrypted: a hash of the whole and of each chunk.
//
// A chunk is sealed only if it is the one that was hashed, and the key belongs to the hash of
// the whole. So a file that changes while it is being sent, or between two attempts, is
// noticed before a second version of it is sealed under the same key and nonce.
#pragma once

#include <vector>

#include "client/runtime/local_file.h"
#include "lib/crypto/hash.h"

namespace parley::client {

class FileDigest {
 public:
  // Reads the next chunk; false: there is none. Call until it says so.
  Result<bool> read_more(const LocalFile& file);

  std::uint64_t size() const { return size_; }
  // After the last read.
  const crypto::Sha256Digest& whole() const { return whole_; }
  // out_of_place unless the chunk is as it was.
  Status check(std::uint32_t index, ByteView chunk) const;

 private:
  crypto::Sha256 running_;
  crypto::Sha256Digest whole_{};
  std::vector<crypto::Sha256Digest> chunks_;  // at most 2,048
  std::uint64_t size_ = 0, done_ = 0;
  bool begun_ = false, ended_ = false;
};

}  // namespace parley::client
