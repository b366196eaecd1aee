// What surrounds a message: URIs and padding. Expected values were computed
// with Python's hashlib and base64 from the definitions in the headers.
#include <gtest/gtest.h>

#include "lib/base/encoding.h"
#include "lib/content/padding.h"
#include "lib/content/uri.h"

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

}  // namespace
}  // namespace parley::content
