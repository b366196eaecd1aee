#include "lib/content/meaning.h"

#include <gtest/gtest.h>

#include "lib/base/encoding.h"
#include "lib/content/make.h"

namespace parley::content {
namespace {

const Origin kOrigin = {"mimi://example.com/u/alice", "mimi://example.com/r/room", Salt{1}};
const MessageId kFirst{.bytes = {1, 1}};
const MessageId kSecond{.bytes = {1, 2}};

// As the other person sees it.
Meaning received(const Message& message) {
  const auto bytes = encode(message);
  EXPECT_TRUE(bytes) << bytes.error().detail;
  return interpret(*decode(*bytes));
}

NestedPart part(std::string_view content_type, std::string_view content) {
  return {.disposition = Disposition::render,
          .language = "",
          .body = SinglePart{std::string(content_type), to_bytes(as_bytes(content))}};
}

Meaning received(PartSemantics semantics, std::vector<NestedPart> parts) {
  Message message = make_text(kOrigin, "");
  message.body.body = MultiPart{semantics, std::move(parts)};
  return received(message);
}

TEST(Meaning, OfTextIsAPost) {
  Message message = make_text(kOrigin, "**hi**");
  message.expires = Expiry{.relative = true, .time_s = 60};
  const Meaning meaning = received(message);
  EXPECT_EQ(meaning.action, Action::post);
  EXPECT_EQ(meaning.text, "**hi**");
  EXPECT_TRUE(meaning.is_markdown);
  EXPECT_EQ(meaning.expires, message.expires);
  EXPECT_FALSE(meaning.is_incomplete);
}

TEST(Meaning, OfAReplyNamesTheVersionAnswered) {
  const Meaning meaning = received(make_reply(kOrigin, kFirst, "yes", kPlainText));
  EXPECT_EQ(meaning.action, Action::post);
  EXPECT_EQ(meaning.in_reply_to, kFirst);
  EXPECT_FALSE(meaning.is_markdown);
}

TEST(Meaning, OfReactionsAndTheirRemoval) {
  Meaning meaning = received(make_reaction(kOrigin, kFirst, "👍"));
  EXPECT_EQ(meaning.action, Action::reaction);
  EXPECT_EQ(meaning.in_reply_to, kFirst);
  EXPECT_EQ(meaning.text, "👍");
  meaning = received(make_reaction_removal(kOrigin, kSecond, kFirst));
  EXPECT_EQ(meaning.action, Action::reaction_removal);
  EXPECT_EQ(meaning.replaces, kSecond);
}

TEST(Meaning, OfAReactionNeedsOneShortEmojiAndATarget) {
  EXPECT_EQ(received(make_reaction(kOrigin, kFirst, std::string(kMaxReactionBytes, 'x'))).action,
            Action::reaction);
  EXPECT_EQ(
      received(make_reaction(kOrigin, kFirst, std::string(kMaxReactionBytes + 1, 'x'))).action,
      Action::unsupported);
  EXPECT_EQ(received(make_reaction(kOrigin, kFirst, "")).action, Action::unsupported);
  Message message = make_reaction(kOrigin, kFirst, "x");
  message.in_reply_to.reset();
  EXPECT_EQ(received(message).action, Action::unsupported);
}

TEST(Meaning, OfEditsAndDeletions) {
  Meaning meaning = received(make_edit(kOrigin, kFirst, "better", kSecond));
  EXPECT_EQ(meaning.action, Action::edit);
  EXPECT_EQ(meaning.replaces, kFirst);
  EXPECT_EQ(meaning.in_reply_to, kSecond);
  meaning = received(make_deletion(kOrigin, kFirst));
  EXPECT_EQ(meaning.action, Action::deletion);
  EXPECT_EQ(meaning.replaces, kFirst);
  Message empty = make_deletion(kOrigin, kFirst);
  empty.replaces.reset();
  EXPECT_EQ(received(empty).action, Action::unsupported);
}

TEST(Meaning, OfAnAttachmentCarriesTheDigestOfThePlaintext) {
  const ByteArray<32> digest{7};
  const Meaning meaning = received(
      make_attachment(kOrigin, {.content_type = "image/png", .url = "https://x/1"}, digest));
  EXPECT_EQ(meaning.action, Action::post);
  ASSERT_EQ(meaning.attachments.size(), 1u);
  EXPECT_EQ(meaning.attachments[0].plaintext_sha256, digest);
  EXPECT_EQ(meaning.attachments[0].file.url, "https://x/1");
}

TEST(Meaning, GivesEachAttachmentItsOwnDigest) {
  Message message = make_text(kOrigin, "");
  const NestedPart file = {
      .disposition = Disposition::attachment, .language = "", .body = ExternalPart{}};
  message.body.body = MultiPart{PartSemantics::process_all, {part(kPlainText, "two"), file, file}};
  set_plaintext_digest(message, 3, ByteArray<32>{3});
  set_plaintext_digest(message, 2, ByteArray<32>{2});
  const Meaning meaning = received(message);
  EXPECT_EQ(meaning.text, "two");
  ASSERT_EQ(meaning.attachments.size(), 2u);
  EXPECT_EQ(meaning.attachments[0].part_index, 2u);
  EXPECT_EQ(meaning.attachments[0].plaintext_sha256, ByteArray<32>{2});
  EXPECT_EQ(meaning.attachments[1].plaintext_sha256, ByteArray<32>{3});
}

TEST(Meaning, OfAlternativesIsTheFirstThatCanBeShown) {
  const Meaning meaning =
      received(PartSemantics::choose_one,
               {part("text/html", "<b>hi</b>"), part(kMarkdown, "*hi*"), part(kPlainText, "hi")});
  EXPECT_EQ(meaning.action, Action::post);
  EXPECT_EQ(meaning.text, "*hi*");
  EXPECT_FALSE(meaning.is_incomplete);
}

TEST(Meaning, OfASingleUnitIsAllOrNothing) {
  EXPECT_EQ(received(PartSemantics::single_unit, {part(kPlainText, "a"), part("x/y", "b")}).action,
            Action::unsupported);
  const Meaning meaning =
      received(PartSemantics::single_unit, {part(kPlainText, "a"), part(kPlainText, "b")});
  EXPECT_EQ(meaning.text, "a\nb");
}

TEST(Meaning, OfIndependentPartsIsWhatCanBeShown) {
  const Meaning meaning =
      received(PartSemantics::process_all, {part(kPlainText, "a"), part("x/y", "b")});
  EXPECT_EQ(meaning.action, Action::post);
  EXPECT_EQ(meaning.text, "a");
  EXPECT_TRUE(meaning.is_incomplete);
}

TEST(Meaning, IgnoresHowAMediaTypeIsWritten) {
  Message message = make_text(kOrigin, "x", "Text/PLAIN ; Charset=\"UTF-8\"");
  EXPECT_EQ(received(message).action, Action::post);
  message = make_text(kOrigin, "x", "text/plain;charset=utf-16");
  EXPECT_EQ(received(message).action, Action::unsupported);
  message = make_text(kOrigin, "x", "text/markdown;variant=CommonMark");
  EXPECT_EQ(received(message).action, Action::post);
  EXPECT_FALSE(received(message).is_markdown);
  EXPECT_EQ(media_type(""), "");
  EXPECT_EQ(media_type(" A/b ;c=d"), "a/b");
}

TEST(Meaning, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(received(make_text(kOrigin, "\xff")).action, Action::unsupported);
}

TEST(Meaning, OfAStatusReportIsItsEntries) {
  const ReportedStatus entries[] = {{kFirst, DeliveryStatus::read},
                                    {kSecond, static_cast<DeliveryStatus>(99)}};
  const Meaning meaning = received(make_status_report(kOrigin, entries));
  EXPECT_EQ(meaning.action, Action::status_report);
  EXPECT_EQ(meaning.statuses, std::vector<ReportedStatus>(std::begin(entries), std::end(entries)));
}

// The example of draft-mahy-mimi-message-status-01.
TEST(StatusReport, HasTheBytesOfTheDraft) {
  const auto bytes = *hex_decode(
      "84825820017ce54837404c3696e0c747b985cb172716d0ed0a3d249ca63ace7d82a096f402"
      "825820015354973c2b65ca937bf1e035ae53a5ab80e947afa43d46920d4202e5cc0b2702"
      "825820018d825adf9f6be00dcafc5704c4102f5022e74219d0b603e4ba7622654042af00"
      "82582001e59db8173939facc2c8a4a0f0ae8d0c7a11a81239626630c9464a8d6717a0303");
  const auto report = decode_status_report(bytes);
  ASSERT_TRUE(report) << report.error().detail;
  ASSERT_EQ(report->size(), 4u);
  EXPECT_EQ((*report)[1].status, DeliveryStatus::read);
  EXPECT_EQ((*report)[3].status, DeliveryStatus::expired);
  EXPECT_EQ(encode_status_report(*report), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_status_report(ByteView(bytes).first(size)));
  }
}

TEST(StatusReport, KeepsToItsLimit) {
  std::vector<ReportedStatus> entries(kMaxReportedStatuses);
  Bytes bytes = encode_status_report(entries);
  EXPECT_LT(bytes.size(), limits::kMaxContentBytes / 2 + 8192);
  EXPECT_TRUE(decode_status_report(bytes));
  ASSERT_EQ(bytes[1], 0x04);  // 0x99 0x0400: 1,024 entries
  bytes[2] = 0x01;
  EXPECT_FALSE(decode_status_report(bytes));
}

TEST(ReplyChain, IsRefusedWhenItLeadsBack) {
  const auto none = [](const MessageId&) { return std::optional<MessageId>(); };
  const auto back = [](const MessageId& id) {
    return std::optional<MessageId>(id == kSecond ? kFirst : kSecond);
  };
  EXPECT_TRUE(check_reply_chain(kFirst, std::nullopt, none));
  EXPECT_TRUE(check_reply_chain(kFirst, kSecond, none));
  EXPECT_FALSE(check_reply_chain(kFirst, kFirst, none));
  EXPECT_FALSE(check_reply_chain(kFirst, kSecond, back));
  // A loop that does not involve the message ends at the limit.
  EXPECT_TRUE(check_reply_chain(MessageId{}, kSecond, back));
}

}  // namespace
}  // namespace parley::content
