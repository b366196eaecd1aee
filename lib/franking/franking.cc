#include "lib/franking/franking.h"

#include <array>

#include "lib/crypto/hash.h"

namespace parley::franking {
namespace {

constexpr std::string_view kLabel = "parley-frank-1";

ByteArray<4> u32be(std::size_t size) {
  return {static_cast<std::uint8_t>(size >> 24), static_cast<std::uint8_t>(size >> 16),
          static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
}

}  // namespace

Tag make_tag(ByteView franking_key, const Facts& facts) {
  const std::array<ByteView, 5> fields = {as_bytes(kLabel), as_bytes(facts.sender_uri),
                                          as_bytes(facts.recipient_uri), facts.conversation.view(),
                                          facts.content};
  std::array<ByteArray<4>, fields.size()> sizes;
  std::array<ByteView, 2 * fields.size()> pieces;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    sizes[i] = u32be(fields[i].size());
    pieces[2 * i] = sizes[i];
    pieces[2 * i + 1] = fields[i];
  }
  return crypto::hmac_sha256(franking_key, pieces);
}

Status verify_tag(ByteView tag, ByteView franking_key, const Facts& facts) {
  if (franking_key.size() != kKeyBytes) {
    return fail(ErrorCode::franking_mismatch, "key of a wrong length");
  }
  if (!crypto::constant_time_equal(tag, make_tag(franking_key, facts))) {
    return fail(ErrorCode::franking_mismatch);
  }
  return {};
}

}  // namespace parley::franking
