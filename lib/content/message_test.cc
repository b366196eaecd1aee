#include "lib/content/message.h"

#include <gtest/gtest.h>

#include "lib/base/encoding.h"
#include "lib/content/cbor.h"
#include "lib/content/make.h"

namespace parley::content {
namespace {

const Origin kOrigin = {"mimi://example.com/u/alice", "mimi://example.com/r/room", Salt{1, 2, 3}};

NestedPart text_part(std::string_view text) {
  return {.disposition = Disposition::render,
          .language = "en",
          .body = SinglePart{std::string(kPlainText), to_bytes(as_bytes(text))}};
}

NestedPart multi(std::vector<NestedPart> parts) {
  return {.disposition = Disposition::render,
          .language = {},
          .body = MultiPart{PartSemantics::process_all, std::move(parts)}};
}

Message with_body(NestedPart body) {
  Message message = make_text(kOrigin, "");
  message.body = std::move(body);
  return message;
}

void expect_round_trip(const Message& message) {
  const auto bytes = encode(message);
  ASSERT_TRUE(bytes) << bytes.error().detail;
  const auto back = decode(*bytes);
  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(*back, message);
  EXPECT_EQ(*encode(*back), *bytes);
}

void expect_refused(const Message& message, std::string_view why,
                    ErrorCode code = ErrorCode::invalid_argument) {
  const auto bytes = encode(message);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, code);
  EXPECT_NE(bytes.error().detail.find(why), std::string::npos) << bytes.error().detail;
}

void expect_malformed(const Bytes& bytes, std::string_view why) {
  const auto message = decode(bytes);
  ASSERT_FALSE(message) << why;
  EXPECT_EQ(message.error().code, ErrorCode::malformed);
  EXPECT_EQ(message.error().detail, "content: " + std::string(why));
}

TEST(Message, SurvivesARoundTripWithEveryField) {
  Message message = make_text(kOrigin, "hello");
  message.replaces = MessageId{.bytes = {1, 9}};
  message.in_reply_to = MessageId{.bytes = {1, 8}};
  message.topic_id = {1, 2, 3};
  message.expires = Expiry{.relative = true, .time_s = 0xffffffff};
  message.extensions.set(std::int64_t{-7}, *hex_decode("83010203"));
  message.extensions.set(std::string("vendor"), *hex_decode("f5"));
  message.body =
      multi({text_part("a"),
             {.disposition = static_cast<Disposition>(200), .language = "", .body = NullPart{}},
             {.disposition = Disposition::attachment,
              .language = "",
              .body = ExternalPart{.content_type = "image/png",
                                   .url = "https://example.com/1",
                                   .expires_s = 5,
                                   .size = 0xffffffffffffffff,
                                   .encryption = EncryptionAlgorithm::parley_chunked,
                                   .key = Bytes(16, 1),
                                   .nonce = Bytes(12, 2),
                                   .aad = {},
                                   .hash = HashAlgorithm::sha256,
                                   .content_hash = Bytes(32, 3),
                                   .description = "a picture",
                                   .filename = "p.png"}}});
  expect_round_trip(message);
}

TEST(Message, KeepsToTheDepthOfParts) {
  NestedPart deep = text_part("x");
  for (int depth = 1; depth < kMaxPartDepth; ++depth) deep = multi({deep, text_part("y")});
  expect_round_trip(with_body(deep));
  expect_refused(with_body(multi({deep, text_part("y")})), "nested too deeply");
}

TEST(Message, KeepsToTheNumberOfParts) {
  std::vector<NestedPart> parts(kMaxParts - 1, text_part(""));
  expect_round_trip(with_body(multi(parts)));
  parts.push_back(text_part(""));
  expect_refused(with_body(multi(parts)), "too many parts");
}

TEST(Message, HasAtLeastTwoPartsInAMultipart) {
  expect_round_trip(with_body(multi({text_part("a"), text_part("b")})));
  expect_refused(with_body(multi({text_part("a")})), "fewer than two");
  expect_refused(with_body(multi({})), "fewer than two");
}

TEST(Message, KeepsToTheSizeOfContent) {
  const std::size_t overhead = encode(make_text(kOrigin, ""))->size() + 2;  // a longer head
  const std::size_t most = limits::kMaxContentBytes - overhead;
  Message message = make_text(kOrigin, std::string(most, 'x'));
  ASSERT_EQ(encode(message)->size(), limits::kMaxContentBytes);
  expect_round_trip(message);
  expect_refused(make_text(kOrigin, std::string(most + 1, 'x')), "content", ErrorCode::too_large);
}

TEST(Message, KeepsToTheSizeOfExtensions) {
  Message message = make_text(kOrigin, "x");
  message.extensions.set_bytes(std::string(255, 'n'), Bytes(4092));
  expect_round_trip(message);
  message.extensions.set_bytes(std::string(255, 'n'), Bytes(4093));  // 4,096 with its head
  expect_refused(message, "extension value too long");

  message = make_text(kOrigin, "x");
  message.extensions.set_bytes(std::string(256, 'n'), {});
  expect_refused(message, "extension name");
  message = make_text(kOrigin, "x");
  message.extensions.set_bytes(std::string(), {});
  expect_refused(message, "extension name");
}

TEST(Message, KeepsToTheNumberOfExtensions) {
  Message message = make_text(kOrigin, "x");  // has two
  for (std::size_t i = 2; i < kMaxExtensions; ++i) {
    message.extensions.set_text(-static_cast<std::int64_t>(i), "v");
  }
  expect_round_trip(message);
  message.extensions.set_text(std::string("one more"), "v");
  expect_refused(message, "too many extensions");
}

TEST(Message, RefusesExtensionsThatAreNotCbor) {
  Message message = make_text(kOrigin, "x");
  message.extensions.set(std::int64_t{9}, *hex_decode("1817"));
  expect_refused(message, "shortest");
  message.extensions.set(std::int64_t{9}, {});
  EXPECT_FALSE(encode(message));
  message.extensions.set(std::int64_t{9}, *hex_decode("0000"));  // two values
  EXPECT_FALSE(encode(message));
  message.extensions.set(std::int64_t{9}, *hex_decode("00"));
  expect_round_trip(message);
  message.extensions.set(std::int64_t{0}, *hex_decode("00"));
  expect_refused(message, "reserved");
}

TEST(Message, RefusesTextThatIsNotUtf8) {
  Message message = make_text(kOrigin, "x");
  message.body.language = "\xff";
  expect_refused(message, "UTF-8");
}

// salt, replaces, topicId, expires, inReplyTo, extensions, body
Bytes raw_message(std::string_view replaces, std::string_view expires, std::string_view extensions,
                  std::string_view body) {
  std::string hex = "8750000102030405060708090a0b0c0d0e0f";
  hex.append(replaces).append("40").append(expires).append("f6").append(extensions).append(body);
  return *hex_decode(hex);
}

const std::string kNullBody = "83016000";

TEST(Message, RefusesEveryOtherShape) {
  ASSERT_TRUE(decode(raw_message("f6", "f6", "a0", kNullBody)));
  expect_malformed(*hex_decode("f6"), "array expected");
  expect_malformed(*hex_decode("80"), "message with a wrong field count");
  expect_malformed(*hex_decode("87f6"), "bytes expected");
  expect_malformed(*hex_decode("8741aa"), "salt of a wrong length");
  expect_malformed(raw_message("41aa", "f6", "a0", kNullBody), "message id of a wrong length");
  expect_malformed(raw_message("f7", "f6", "a0", kNullBody), "bytes expected");
  expect_malformed(raw_message("f6", "01", "a0", kNullBody), "array expected");
  expect_malformed(raw_message("f6", "81f5", "a0", kNullBody), "expiry is not a pair");
  expect_malformed(raw_message("f6", "820101", "a0", kNullBody), "boolean expected");
  expect_malformed(raw_message("f6", "82f51b0000000100000000", "a0", kNullBody),
                   "number out of range");
  expect_malformed(raw_message("f6", "f6", "80", kNullBody), "map expected");
  expect_malformed(raw_message("f6", "f6", "a1f600", kNullBody),
                   "extension key is neither number nor text");
  expect_malformed(raw_message("f6", "f6", "a14100f6", kNullBody),
                   "extension key is neither number nor text");
  expect_malformed(raw_message("f6", "f6", "a202f601f6", kNullBody), "map keys out of order");
  expect_malformed(raw_message("f6", "f6", "a201f601f6", kNullBody), "map keys out of order");
  expect_malformed(raw_message("f6", "f6", "a11b8000000000000000f6", kNullBody),
                   "extension key out of range");
  expect_malformed(raw_message("f6", "f6", "a0", kNullBody + "00"), "bytes after the message");
  expect_malformed(raw_message("f6", "f6", "a0", "8301600000"), "bytes after the message");
  expect_malformed(raw_message("f6", "f6", "a0", "84016000f6"), "part with a wrong field count");
  expect_malformed(raw_message("f6", "f6", "a0", "83016004"), "number out of range");
  expect_malformed(raw_message("f6", "f6", "a0",
                               "8319010060"
                               "00"),
                   "number out of range");
  expect_malformed(raw_message("f6", "f6", "a0",
                               "85016003"
                               "03"
                               "80"),
                   "number out of range");
  expect_malformed(raw_message("f6", "f6", "a0",
                               "85016003"
                               "0099ffff"),
                   "too many parts");
  expect_malformed(raw_message("f6", "f6", "a0",
                               "85016001"
                               "6161"
                               "6161"),
                   "bytes expected");
}

TEST(Message, ReadsTheSmallestAndLargestExtensionNumbers) {
  const auto message =
      decode(raw_message("f6", "f6", "a21b7fffffffffffffff613f3b7fffffffffffffff6121", kNullBody));
  ASSERT_TRUE(message) << message.error().detail;
  EXPECT_EQ(message->extensions.text(std::int64_t{INT64_MAX}), "?");
  EXPECT_EQ(message->extensions.text(std::int64_t{INT64_MIN}), "!");
}

TEST(Message, IsRefusedWhenItClaimsAnotherOrigin) {
  const Message message = make_text(kOrigin, "x");
  EXPECT_TRUE(check_origin(message, kOrigin.sender_uri, kOrigin.room_uri));
  EXPECT_EQ(check_origin(message, kOrigin.sender_uri + "x", kOrigin.room_uri).error().code,
            ErrorCode::sender_mismatch);
  EXPECT_EQ(check_origin(message, kOrigin.sender_uri, "").error().code, ErrorCode::sender_mismatch);
  EXPECT_FALSE(check_origin(Message{}, "", ""));
}

TEST(Message, HasAnotherIdWhenAnythingDiffers) {
  const Bytes bytes = {1, 2, 3};
  const MessageId id = message_id("a", "b", bytes, Salt{1});
  EXPECT_EQ(id.bytes[0], 1);
  EXPECT_EQ(id, message_id("a", "b", bytes, Salt{1}));
  EXPECT_NE(id, message_id("ab", "", bytes, Salt{1}));
  EXPECT_NE(id, message_id("a", "b", bytes, Salt{2}));
  EXPECT_NE(id, message_id("a", "b", Bytes{1, 2}, Salt{1}));
}

}  // namespace
}  // namespace parley::content
