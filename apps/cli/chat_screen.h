// The screen of `parley chat`: messages above, the line being written below. A
// message that changes (ticks, an edit) is drawn again in place while it is near.
//
// Without a capable terminal, lines are printed one after the other and the line
// being written is the terminal's own business.
#pragma once

#include <deque>
#include <string>

#include "apps/cli/line_editor.h"

namespace parley::cli {

class ChatScreen {
 public:
  // `live`: the terminal moves the cursor. `editor` must outlive the screen.
  ChatScreen(bool live, const LineEditor& editor) : live_(live), editor_(editor) {}

  // Printable text, possibly styled and of several lines. `key` names it for
  // `update`; empty: it never changes.
  void show(const std::string& key, const std::string& text);
  // Draws it again. False: it is too far up, or this terminal cannot.
  bool update(const std::string& key, const std::string& text);

  // What stands before the line being written; printable.
  void set_prompt(const std::string& prompt);
  // Draws the line again, after the editor has changed.
  void refresh();
  // Leaves the cursor below everything.
  void leave();

 private:
  struct Entry {
    std::string key, text;
  };
  static constexpr std::size_t kMaxEntries = 200;

  std::string erase_input();
  std::string draw_input();
  void notice_resize();

  bool live_;
  const LineEditor& editor_;
  std::u32string prompt_;
  std::deque<Entry> recent_;
  int columns_ = 0;
  int cursor_row_ = 0;  // below the first row of the input
};

// Rows that a styled text takes on a terminal of this width.
int rows_of(const std::string& text, int columns);

}  // namespace parley::cli
