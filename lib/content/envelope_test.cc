// What surrounds a message: URIs, padding, franking. Expected values were computed
// with Python's hashlib, hmac and base64 from the definitions in the headers.
#include <gtest/gtest.h>

#include "lib/base/encoding.h"
#include "lib/content/padding.h"
#include "lib/content/uri.h"
#include "lib/franking/franking.h"

namespace parley::content {
namespace {

template <typename Id>
Id id_of(std::uint8_t first, std::uint8_t step) {
  Id id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    id.bytes[i] = static_cast<std::uint8_t>(first + i * step);
  }
  return id;
}

const AccountId kAlice = id_of<AccountId>(0, 1);
const AccountId kBob = id_of<AccountId>(0xff, 0);
const HubId kHub = id_of<HubId>(0, 0);

TEST(Uri, NamesPeopleAndConversations) {
  EXPECT_EQ(sender_uri(kHub, kAlice),
            "mimi://aaaaaaaaaaaaaaaaaaaaaaaaaa/u/aaaqeayeaudaocajbifqydiob4");
  EXPECT_EQ(room_uri(kHub, ConversationId{}),
            "mimi://aaaaaaaaaaaaaaaaaaaaaaaaaa/r/" + std::string(52, 'a'));
}

TEST(Uri, ReadsBackWhatItMade) {
  EXPECT_EQ(*parse_sender_uri(sender_uri(kHub, kAlice)), (SenderName{kHub, kAlice}));
  for (const char* text : {"", "mimi://", "mimi:///u/",
                           "mimi://aaaaaaaaaaaaaaaaaaaaaaaaaa/r/aaaqeayeaudaocajbifqydiob4",
                           "mimi://aaaaaaaaaaaaaaaaaaaaaaaaaa/u/aaaqeayeaudaocajbifqydiob4/",
                           "MIMI://aaaaaaaaaaaaaaaaaaaaaaaaaa/u/aaaqeayeaudaocajbifqydiob4",
                           "mimi://example.com/u/alice"}) {
    EXPECT_FALSE(parse_sender_uri(text)) << text;
  }
}

TEST(ConversationId, IsTheSameForBothPeople) {
  // As text Bob's 777… sorts before Alice's aaa…, as bytes after.
  EXPECT_EQ(hex_encode(conversation_id(kAlice, kBob).view()),
            "49c2549d9dfa8041e02ef85d87aeb545264cf96f22f5f6378c60ab516748de54");
  EXPECT_EQ(conversation_id(kBob, kAlice), conversation_id(kAlice, kBob));
  EXPECT_EQ(hex_encode(conversation_id(kAlice, kAlice).view()),
            "006c73fc27114d6d54c6258ccc8b0a293e4fdcb68e05a2639f6a12cd2330dcb4");
}

TEST(Padding, FillsToTheBuckets) {
  for (const auto& [size, padded] : {std::pair<std::size_t, std::size_t>{0, 256},
                                     {255, 256},
                                     {256, 1024},
                                     {1023, 1024},
                                     {1024, 4096},
                                     {4095, 4096},
                                     {4096, 8192},
                                     {65536, 69632}}) {
    EXPECT_EQ(padded_size(size), padded) << size;
    const Bytes message(size, 0x80);
    const Bytes filled = pad(message);
    EXPECT_EQ(filled.size(), padded);
    EXPECT_TRUE(equal(*unpad(filled), message));
  }
}

TEST(Padding, IsRefusedWithoutItsMark) {
  EXPECT_FALSE(unpad({}));
  EXPECT_FALSE(unpad(Bytes(256)));
  EXPECT_FALSE(unpad(Bytes{1, 2, 0x81, 0}));
  EXPECT_EQ(unpad(Bytes{0x80})->size(), 0u);
}

Bytes counting(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

const ConversationId kConversation = id_of<ConversationId>(7, 0);
const franking::Facts kFacts = {"mimi://h/u/a", "mimi://h/u/b", kConversation, as_bytes("hello")};

TEST(Franking, ComputesTheDocumentedTag) {
  EXPECT_EQ(hex_encode(franking::make_tag(counting(32), kFacts)),
            "13086d2cb79a722f9807071085cfcff7d0d6fbe2e1e1c4898b922f77020cb676");
}

TEST(Franking, RefusesATagForAnythingElse) {
  const Bytes key = counting(32);
  const franking::Tag tag = franking::make_tag(key, kFacts);
  EXPECT_TRUE(franking::verify_tag(tag, key, kFacts));

  franking::Facts other = kFacts;
  other.content = as_bytes("hellp");
  EXPECT_EQ(franking::verify_tag(tag, key, other).error().code, ErrorCode::franking_mismatch);
  other = kFacts;
  std::swap(other.sender_uri, other.recipient_uri);
  EXPECT_FALSE(franking::verify_tag(tag, key, other));
  // Moving a byte between neighbouring fields changes the tag: lengths are bound.
  other = kFacts;
  other.sender_uri = "mimi://h/u/am";
  other.recipient_uri = "imi://h/u/b";
  EXPECT_FALSE(franking::verify_tag(tag, key, other));
  other = kFacts;
  other.conversation = ConversationId{};
  EXPECT_FALSE(franking::verify_tag(tag, key, other));

  EXPECT_FALSE(franking::verify_tag(tag, Bytes(32), kFacts));
  EXPECT_FALSE(franking::verify_tag(tag, counting(31), kFacts));
  EXPECT_FALSE(franking::verify_tag(ByteView(tag).first(31), key, kFacts));
  EXPECT_FALSE(franking::verify_tag({}, key, kFacts));
}

}  // namespace
}  // namespace parley::content
