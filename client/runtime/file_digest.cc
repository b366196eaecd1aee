#include "client/runtime/file_digest.h"

#include <algorithm>

#include "lib/media/file_cipher.h"

namespace parley::client {

Result<bool> FileDigest::read_more(const LocalFile& file) {
  if (!begun_) {
    PARLEY_TRY(size, file.size());
    if (size > media::kMaxFileBytes) {
      return fail(ErrorCode::too_large, "a file is at most 2 GiB");
    }
    size_ = size;
    begun_ = true;
  }
  if (done_ < size_) {
    SecretBuffer chunk(static_cast<std::size_t>(std::min(media::kChunkBytes, size_ - done_)));
    PARLEY_CHECK(file.read(done_, chunk.mutable_view()));
    running_.update(chunk.view());
    chunks_.push_back(crypto::sha256(chunk.view()));
    done_ += chunk.size();
    return true;
  }
  if (!std::exchange(ended_, true)) whole_ = running_.finish();
  return false;
}

Status FileDigest::check(std::uint32_t index, ByteView chunk) const {
  const bool is_padding = chunk.empty() && index >= chunks_.size();
  if (is_padding || (index < chunks_.size() && crypto::sha256(chunk) == chunks_[index])) return {};
  return fail(ErrorCode::file_changed, "the file changed while it was being sent");
}

}  // namespace parley::client
