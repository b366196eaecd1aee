// Hides a message's length: before encryption 0x80 and zeros are appended up to
// 256 B, 1 KiB or the next multiple of 4 KiB, so that only the bucket shows
// (proto/e2e.proto). Lies inside the Signal plaintext. Pure functions.
#pragma once

#include <cstddef>

#include "lib/base/bytes.h"
#include "lib/base/result.h"

namespace parley::content {

// What `size` bytes become; always at least one byte more.
std::size_t padded_size(std::size_t size);

Bytes pad(Bytes message);

// The message without its padding; borrows. malformed if there is none. Any number
// of zeros is accepted, so that buckets can change.
Result<ByteView> unpad(ByteView padded);

}  // namespace parley::content
