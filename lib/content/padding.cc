#include "lib/content/padding.h"

namespace parley::content {
namespace {

constexpr std::uint8_t kMark = 0x80;
constexpr std::size_t kSmallest = 256;
constexpr std::size_t kSmall = 1024;
constexpr std::size_t kStep = 4096;

}  // namespace

std::size_t padded_size(std::size_t size) {
  const std::size_t with_mark = size + 1;
  if (with_mark <= kSmallest) return kSmallest;
  if (with_mark <= kSmall) return kSmall;
  return (with_mark + kStep - 1) / kStep * kStep;
}

Bytes pad(Bytes message) {
  const std::size_t size = padded_size(message.size());
  message.reserve(size);
  message.push_back(kMark);
  message.resize(size);
  return message;
}

Result<ByteView> unpad(ByteView padded) {
  std::size_t end = padded.size();
  while (end > 0 && padded[end - 1] == 0) --end;
  if (end == 0 || padded[end - 1] != kMark) return fail(ErrorCode::malformed, "padding");
  return padded.first(end - 1);
}

}  // namespace parley::content
