#include "apps/cli/line_editor.h"

#include <gtest/gtest.h>

#include "apps/cli/text.h"

namespace parley::cli {
namespace {

class LineEditorTest : public testing::Test {
 protected:
  // Types and gives the last event; nothing if there was none.
  std::optional<LineEditor::Event> type(std::string_view bytes) {
    std::optional<LineEditor::Event> last;
    for (const char byte : bytes) {
      LineEditor::Event event{};
      if (editor_.feed(static_cast<unsigned char>(byte), event)) last = event;
    }
    return last;
  }
  // The text with a bar where the cursor is.
  std::string shown() const {
    std::u32string text = editor_.text();
    text.insert(editor_.cursor(), 1, U'|');
    return encode_utf8(text);
  }

  LineEditor editor_;
};

TEST_F(LineEditorTest, text_of_any_script_is_edited_by_characters) {
  type("grüße 👋");
  EXPECT_EQ(shown(), "grüße 👋|");
  type("\x7f\x7f\x7f");
  EXPECT_EQ(shown(), "grüß|");
  type("\x1b[D\x1b[D\x1b[3~");
  EXPECT_EQ(shown(), "gr|ß");
}

TEST_F(LineEditorTest, keys_of_a_shell_move_and_delete) {
  type("one two three");
  type("\x01");
  EXPECT_EQ(shown(), "|one two three");
  type(
      "\x1b"
      "f");
  EXPECT_EQ(shown(), "one| two three");
  type("\x05\x17");
  EXPECT_EQ(shown(), "one two |");
  type(
      "\x1b"
      "b\x0b");
  EXPECT_EQ(shown(), "one |");
  type("\x15");
  EXPECT_EQ(shown(), "|");
  type("ab\x14");
  EXPECT_EQ(shown(), "ba|");
  type("\x1b[H\x1b[1;5C\x1bOF");
  EXPECT_EQ(shown(), "ba|");
}

TEST_F(LineEditorTest, enter_submits_and_history_comes_back) {
  EXPECT_EQ(type("first\r"), LineEditor::Event::submitted);
  EXPECT_EQ(editor_.take_line(), "first");
  EXPECT_EQ(type("second\r"), LineEditor::Event::submitted);
  EXPECT_EQ(editor_.take_line(), "second");
  type("draft");
  type("\x1b[A\x1b[A");
  EXPECT_EQ(shown(), "first|");
  type("\x1b[A");
  EXPECT_EQ(shown(), "first|");
  type("\x1b[B\x1b[B");
  EXPECT_EQ(shown(), "draft|");
}

TEST_F(LineEditorTest, a_return_with_line_feed_is_one_enter) {
  EXPECT_EQ(type("a\r"), LineEditor::Event::submitted);
  editor_.take_line();
  EXPECT_FALSE(type("\n"));
  EXPECT_EQ(type("b\n"), LineEditor::Event::submitted);
}

TEST_F(LineEditorTest, a_pasted_text_keeps_its_lines_and_is_not_sent) {
  type("\x1b[200~one\rtwo\n\tthree\x1b[201~");
  EXPECT_EQ(shown(), "one\ntwo\n three|");
  EXPECT_EQ(type("\r"), LineEditor::Event::submitted);
}

TEST_F(LineEditorTest, ending_depends_on_what_is_written) {
  EXPECT_EQ(type("\x04"), LineEditor::Event::end);
  EXPECT_EQ(type("\x03"), LineEditor::Event::interrupt);
  type("ab\x02\x04");
  EXPECT_EQ(shown(), "a|");
}

TEST_F(LineEditorTest, unknown_sequences_and_broken_bytes_leave_no_trace) {
  type("a\x1b[99;99;99Xb\x1b[<0;1;2Mc\x1b\x1b[Cd");
  EXPECT_EQ(shown(), "abcd|");
  type("\x1b[111111111111111111111");  // too long to be a key: given up
  type("\x15");
  type(
      "\xc3\x28\xff\xfe"
      "e");
  for (const char32_t c : editor_.text()) EXPECT_TRUE(c == 0xfffd || (c >= 0x20 && c < 0x7f));
}

TEST_F(LineEditorTest, a_line_has_a_largest_length) {
  for (std::size_t i = 0; i < LineEditor::kMaxCharacters + 100; ++i) type("x");
  EXPECT_EQ(editor_.text().size(), LineEditor::kMaxCharacters);
}

}  // namespace
}  // namespace parley::cli
