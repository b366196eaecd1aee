// Message franking, the members' part: a sender commits to who says what to whom,
// so that a report to the operator can be checked and nobody can forge one.
//
//   T = HMAC-SHA256(N, fields), each field as u32be length ‖ bytes:
//       "parley-frank-1", sender URI, recipient URI, conversation id (32 bytes), C
//
// N is a random key inside the encrypted envelope, C the exact content bytes beside
// it. T travels in the clear; it reveals nothing without N. The recipient is the
// other person also in the copies to the sender's own devices. The hub's part (R)
// is in hub/engine. Pure functions.
#pragma once

#include <string_view>

#include "lib/base/ids.h"

namespace parley::franking {

inline constexpr std::size_t kKeyBytes = 32;
using Tag = ByteArray<32>;

// What a tag binds together; borrows.
struct Facts {
  std::string_view sender_uri;
  std::string_view recipient_uri;
  ConversationId conversation;
  ByteView content;  // C
};

Tag make_tag(ByteView franking_key, const Facts& facts);

// franking_mismatch if the key has a wrong length or the tag does not fit. Every
// receiver refuses such a message.
Status verify_tag(ByteView tag, ByteView franking_key, const Facts& facts);

}  // namespace parley::franking
