// Editing one line of text with the keys people know from a shell: bytes of a
// terminal in, what happened out. No I/O, so it is tested like any function.
//
// Arrows, Home, End, Backspace, Delete; Ctrl-A/E/B/F/D/H/K/U/W/L/T, Alt-B/F/D; history
// with Up and Down. A pasted text keeps its line breaks (bracketed paste).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace parley::cli {

class LineEditor {
 public:
  static constexpr std::size_t kMaxCharacters = 16'384;
  static constexpr std::size_t kMaxHistory = 200;

  enum class Event {
    changed,    // the text or the cursor
    submitted,  // Enter: take_line() has it
    interrupt,  // Ctrl-C
    end,        // Ctrl-D on an empty line
    redraw,     // Ctrl-L
  };

  // Takes one byte as the terminal sends it. Nothing: more bytes are to come, or the key
  // means nothing here.
  bool feed(unsigned char byte, Event& event);

  const std::u32string& text() const { return text_; }
  std::size_t cursor() const { return cursor_; }

  // The submitted line as UTF-8; it goes into the history and the editor is empty.
  std::string take_line();
  void clear();

 private:
  bool feed_character(char32_t c, Event& event);
  bool feed_control(unsigned char byte, Event& event);
  bool feed_escape(unsigned char byte, Event& event);
  bool run_escape(Event& event);
  bool run_csi(Event& event);
  bool insert(char32_t c, Event& event);
  bool erase(std::size_t from, std::size_t to, Event& event);
  bool move_to(std::size_t position, Event& event);
  bool show_history(int step, Event& event);
  std::size_t word_left() const;
  std::size_t word_right() const;

  std::u32string text_;
  std::size_t cursor_ = 0;
  std::string utf8_;    // a character under way
  std::string escape_;  // a sequence under way, without the escape itself
  bool in_escape_ = false;
  bool in_paste_ = false;
  bool skip_line_feed_ = false;  // after a carriage return
  std::vector<std::u32string> history_;
  std::size_t history_at_ = 0;  // history_.size(): the line being written
  std::u32string unfinished_;
};

}  // namespace parley::cli
