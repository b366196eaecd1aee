// The tag that binds a message to who says it to whom. The expected value was computed with
// Python's hmac from the definition in the header.
#include "lib/franking/franking.h"

#include <gtest/gtest.h>

#include "lib/base/encoding.h"

namespace parley::franking {
namespace {

ConversationId sevens() {
  ConversationId id;
  id.bytes.fill(7);
  return id;
}

Bytes counting(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

const ConversationId kConversation = sevens();
const Facts kFacts = {"mimi://h/u/a", "mimi://h/u/b", kConversation, as_bytes("hello")};

TEST(Franking, ComputesTheDocumentedTag) {
  EXPECT_EQ(hex_encode(make_tag(counting(32), kFacts)),
            "13086d2cb79a722f9807071085cfcff7d0d6fbe2e1e1c4898b922f77020cb676");
}

TEST(Franking, RefusesATagForAnythingElse) {
  const Bytes key = counting(32);
  const Tag tag = make_tag(key, kFacts);
  EXPECT_TRUE(verify_tag(tag, key, kFacts));

  Facts other = kFacts;
  other.content = as_bytes("hellp");
  EXPECT_EQ(verify_tag(tag, key, other).error().code, ErrorCode::franking_mismatch);
  other = kFacts;
  std::swap(other.sender_uri, other.recipient_uri);
  EXPECT_FALSE(verify_tag(tag, key, other));
  // Moving a byte between neighbouring fields changes the tag: lengths are bound.
  other = kFacts;
  other.sender_uri = "mimi://h/u/am";
  other.recipient_uri = "imi://h/u/b";
  EXPECT_FALSE(verify_tag(tag, key, other));
  other = kFacts;
  other.conversation = ConversationId{};
  EXPECT_FALSE(verify_tag(tag, key, other));

  EXPECT_FALSE(verify_tag(tag, Bytes(32), kFacts));
  EXPECT_FALSE(verify_tag(tag, counting(31), kFacts));
  EXPECT_FALSE(verify_tag(ByteView(tag).first(31), key, kFacts));
  EXPECT_FALSE(verify_tag({}, key, kFacts));
}

}  // namespace
}  // namespace parley::franking
