// What people and scripts get to read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <qrencode.h>

#include <cstdlib>

#include "apps/cli/chat_screen.h"
#include "apps/cli/describe.h"
#include "apps/cli/json_line.h"
#include "apps/cli/problem.h"
#include "apps/cli/safety_number.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"
#include "lib/base/encoding.h"

namespace parley::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

bool has_control(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

TEST(PrintableTest, nothing_received_controls_the_terminal) {
  // Clears the screen, sets the title, moves up, changes colours, rings; C1 forms too.
  for (const std::string text :
       {"\x1b[2J\x1b[H", "\x1b]0;owned\x07", "a\x1b[1Ab", "\x9b\x32J", "\xc2\x9b\x32J",
        "\x08\x08\x7f", "a\rb", "\x1b(0", "\x1bP+q\x1b\\"}) {
    EXPECT_FALSE(has_control(printable(text))) << hex_encode(as_bytes(text));
    EXPECT_TRUE(is_valid_utf8(as_bytes(printable(text))));
    EXPECT_THAT(printable(text), Not(HasSubstr("\xc2\x9b")));
  }
}

TEST(PrintableTest, text_cannot_be_reordered) {
  EXPECT_EQ(printable("a\u202eb"), "a\ufffdb");
  EXPECT_EQ(printable("\u2066x\u2069"), "\ufffdx\ufffd");
  EXPECT_EQ(printable("one\u2028two"), "one\ufffdtwo");
}

TEST(PrintableTest, ordinary_text_stays_as_it_is) {
  const std::string text = "Grüße aus København, 日本 👩‍👩‍👧 – it's fine";
  EXPECT_EQ(printable(text), text);
  EXPECT_EQ(printable("a\tb\nc\r\nd"), "a b c d");
  EXPECT_EQ(printable_lines("a\nb\r\nc"), "a\nb\nc");
}

TEST(PrintableTest, what_is_no_utf8_is_replaced_byte_by_byte) {
  EXPECT_EQ(printable("a\xff"
                      "b"),
            "a\ufffdb");
  EXPECT_EQ(printable("\xc0\xaf"), "\ufffd\ufffd");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");
  EXPECT_EQ(printable("\xf0\x9f"), "\ufffd\ufffd");
}

TEST(JsonLineTest, members_stay_in_order_and_text_is_escaped) {
  JsonLine line;
  line.add("text", "a\"b\\c\nd\x1b\x7f é").add("n", 7).add("yes", true);
  line.add("list", std::vector<std::string>{"x", "y"});
  EXPECT_EQ(line.text(),
            "{\"text\":\"a\\\"b\\\\c\\nd\\u001b\\u007f é\",\"n\":7,\"yes\":true,"
            "\"list\":[\"x\",\"y\"]}");
}

TEST(TimeTest, scripts_get_utc_with_milliseconds) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(1'763'899'385'042), "2025-11-23T12:03:05.042Z");
}

TEST(TimeTest, people_get_their_own_clock_and_only_what_they_need) {
  ::setenv("TZ", "Europe/Berlin", 1);
  ::tzset();
  const std::int64_t now = 1'763'899'385'042;  // a Sunday, 13:03 in Berlin
  EXPECT_EQ(local_time(now, now), "13:03");
  EXPECT_EQ(local_time(now - 2 * 86'400'000, now), "Fri 13:03");
  EXPECT_EQ(local_time(now - 30ll * 86'400'000, now), "2025-10-24 14:03");
  ::unsetenv("TZ");
  ::tzset();
}

api::Message message(std::string text) {
  api::Message made;
  made.message_id = Bytes(32, 1);
  made.peer_handle = "bob";
  made.text = std::move(text);
  made.time_ms = 1'763'899'385'042;
  made.state = api::MessageState::received;
  return made;
}

TEST(DescribeTest, a_message_for_scripts_has_what_is_promised) {
  const std::string json = message_json("message", message("hi \x1b[2J"), "alice").text();
  EXPECT_THAT(json, HasSubstr("{\"type\":\"message\",\"from\":\"bob\",\"text\":\"hi \\u001b[2J\","
                              "\"id\":\"aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaq\","
                              "\"time\":\"2025-11-23T12:03:05.042Z\""));
  EXPECT_FALSE(has_control(json));
}

TEST(DescribeTest, a_message_for_people_cannot_control_the_terminal) {
  auto hostile = message("\x1b[2J\x1b]0;x\x07 hello");
  hostile.peer_handle = "bob\x1b[31m";
  hostile.reactions.push_back({false, "\x1b[5m"});
  hostile.files.emplace_back();
  hostile.files.back().filename = "a\x1b[2Jb";
  const std::string line = message_line(hostile, "alice");
  EXPECT_THAT(line, HasSubstr("hello"));
  EXPECT_THAT(line, Not(HasSubstr("\x1b")));
}

TEST(DescribeTest, every_notice_has_a_sentence_and_a_name) {
  for (const auto kind : {api::NoticeKind::identity_changed, api::NoticeKind::message_lost,
                          api::NoticeKind::message_refused, api::NoticeKind::own_identity_reset}) {
    EXPECT_THAT(notice_text(kind, "bob"), Not(HasSubstr("cannot show")));
    EXPECT_STRNE(notice_name(kind), "unknown");
  }
}

TEST(ProblemTest, every_code_has_a_status_and_two_sentences) {
  for (const auto& info : error_catalogue()) {
    const Problem problem(Error{info.code, "detail", 1500});
    EXPECT_NE(problem.status(), ExitStatus::ok);
    EXPECT_THAT(problem.for_people(), HasSubstr(std::string(info.advice)));
    EXPECT_THAT(problem.for_scripts(), HasSubstr("\"retry_after_ms\":1500"));
  }
  EXPECT_EQ(exit_status_of(ErrorCode::hub_unreachable), ExitStatus::unreachable);
  EXPECT_EQ(exit_status_of(ErrorCode::wrong_credentials), ExitStatus::refused);
  EXPECT_EQ(exit_status_of(ErrorCode::store_locked), ExitStatus::local_data);
  EXPECT_EQ(exit_status_of(ErrorCode::unknown_account), ExitStatus::not_found);
  EXPECT_EQ(exit_status_of(ErrorCode::mailbox_full), ExitStatus::try_later);
}

TEST(SafetyNumberTest, sixty_digits_are_twelve_groups_of_five) {
  const std::string digits = "123456789012345678901234567890123456789012345678901234567890";
  EXPECT_THAT(
      grouped_digits(digits, 4),
      ElementsAre("12345 67890 12345 67890", "12345 67890 12345 67890", "12345 67890 12345 67890"));
  api::Contact contact;
  contact.handle = "bob";
  contact.safety_number = digits;
  contact.scannable = Bytes(70, 7);
  EXPECT_THAT(safety_number_text(contact, true, false), HasSubstr("parley verify bob --mark"));
}

// Reads the half blocks back and compares them with the library's own matrix.
TEST(QrCodeTest, the_half_blocks_are_the_code) {
  const std::string data = "parley link code";
  QRcode* code =
      QRcode_encodeData(static_cast<int>(data.size()),
                        reinterpret_cast<const unsigned char*>(data.data()), 0, QR_ECLEVEL_L);
  ASSERT_NE(code, nullptr);
  const auto drawn = decode_utf8(qr_code(as_bytes(data), false));
  std::vector<std::vector<bool>> dark;  // by row
  std::vector<bool> upper, lower;
  for (const char32_t c : drawn) {
    if (c == '\n') {
      dark.push_back(std::exchange(upper, {}));
      dark.push_back(std::exchange(lower, {}));
      continue;
    }
    // Without colours the light modules are drawn.
    upper.push_back(c == U' ' || c == U'▄');
    lower.push_back(c == U' ' || c == U'▀');
  }
  constexpr int kQuiet = 2;
  for (int y = 0; y < code->width; ++y) {
    for (int x = 0; x < code->width; ++x) {
      EXPECT_EQ(dark[y + kQuiet][x + kQuiet], (code->data[y * code->width + x] & 1) != 0);
    }
  }
  EXPECT_FALSE(dark[0][0]);
  QRcode_free(code);
}

TEST(QrCodeTest, too_much_data_gives_none) { EXPECT_EQ(qr_code(Bytes(4000, 1), false), ""); }

TEST(ChatScreenTest, rows_are_counted_as_the_terminal_wraps) {
  use_utf8_locale();
  EXPECT_EQ(rows_of("", 10), 1);
  EXPECT_EQ(rows_of("1234567890", 10), 1);
  EXPECT_EQ(rows_of("12345678901", 10), 2);
  EXPECT_EQ(rows_of("a\nb", 10), 2);
  EXPECT_EQ(rows_of("\x1b[31m1234567890\x1b[0m", 10), 1);
  // A wide character does not fit into a row's last column.
  EXPECT_EQ(rows_of("123456789日", 10), 2);
}

TEST(ShortenedTest, cuts_by_columns) {
  use_utf8_locale();
  EXPECT_EQ(shortened("hello", 5), "hello");
  EXPECT_EQ(shortened("hello you", 5), "hell…");
  EXPECT_EQ(shortened("日本語", 5), "日本…");
}

}  // namespace
}  // namespace parley::cli
