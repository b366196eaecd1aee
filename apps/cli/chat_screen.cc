#include "apps/cli/chat_screen.h"

#include <algorithm>
#include <utility>

#include "apps/cli/raw_terminal.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"

namespace parley::cli {
namespace {

struct Position {
  int row = 0;
  int column = 0;
};

// Where the cursor is after a character, if long lines wrap.
void advance(Position& at, char32_t c, int columns) {
  const int width = display_width(c);
  if (at.column + width > columns) {
    ++at.row;
    at.column = 0;
  }
  at.column += width;
}

Position end_of(std::u32string_view text, Position at, int columns) {
  for (const char32_t c : text) advance(at, c, columns);
  return at;
}

// Without colour sequences (the only ones that `styled` makes).
std::string unstyled(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b') {
      out += text[i];
      continue;
    }
    while (i < text.size() && text[i] != 'm') ++i;
  }
  return out;
}

std::string up(int rows) { return rows > 0 ? "\x1b[" + std::to_string(rows) + "A" : ""; }
std::string right(int columns) {
  return columns > 0 ? "\x1b[" + std::to_string(columns) + "C" : "";
}

}  // namespace

int rows_of(const std::string& text, int columns) {
  int rows = 0;
  std::u32string line;
  for (const char32_t c : decode_utf8(unstyled(text)) + U"\n") {
    if (c != '\n') {
      line += c;
      continue;
    }
    rows += 1 + end_of(line, {}, columns).row;
    line.clear();
  }
  return rows;
}

void ChatScreen::show(const std::string& key, const std::string& text) {
  if (!live_) return print(text + "\n");
  notice_resize();
  recent_.push_back({key, text});
  if (recent_.size() > kMaxEntries) recent_.pop_front();
  print(erase_input() + text + "\n" + draw_input());
}

bool ChatScreen::update(const std::string& key, const std::string& text) {
  if (!live_ || key.empty()) return false;
  notice_resize();
  const auto found = std::find_if(recent_.rbegin(), recent_.rend(),
                                  [&](const Entry& entry) { return entry.key == key; });
  if (found == recent_.rend()) return false;
  const auto first = found.base() - 1;
  if (first->text == text) return true;
  int rows = 0;
  for (auto entry = first; entry != recent_.end(); ++entry) {
    rows += rows_of(entry->text, columns_);
  }
  // Above the screen's first row nothing can be drawn.
  const std::string erased = erase_input();
  if (rows + cursor_row_ + 1 >= RawTerminal::rows()) {
    print(erased + draw_input());
    return false;
  }
  first->text = text;
  std::string out = erased + up(rows) + "\r\x1b[J";
  for (auto entry = first; entry != recent_.end(); ++entry) out += entry->text + "\n";
  print(out + draw_input());
  return true;
}

void ChatScreen::set_prompt(const std::string& prompt) {
  prompt_ = decode_utf8(prompt);
  refresh();
}

void ChatScreen::refresh() {
  if (!live_) return;
  notice_resize();
  print(erase_input() + draw_input());
}

void ChatScreen::leave() {
  if (live_) print(erase_input());
}

void ChatScreen::notice_resize() {
  const int columns = std::max(RawTerminal::columns(), 10);
  // What is above was wrapped by the terminal; where it starts is not known any more.
  if (columns_ != 0 && columns != columns_) recent_.clear();
  columns_ = columns;
}

std::string ChatScreen::erase_input() { return up(std::exchange(cursor_row_, 0)) + "\r\x1b[J"; }

// The prompt and as much of the line, around the cursor, as the screen has room for.
std::string ChatScreen::draw_input() {
  const int room = columns_ * std::max(RawTerminal::rows() - 2, 1) - display_width(prompt_) - 2;
  std::u32string text = editor_.text();
  std::replace(text.begin(), text.end(), U'\n', U'⏎');
  std::size_t start = 0, end = text.size();
  const std::u32string_view all = text;
  while (start < editor_.cursor() &&
         display_width(all.substr(start, editor_.cursor() - start)) > room) {
    ++start;
  }
  while (end > editor_.cursor() && display_width(all.substr(start, end - start)) > room) --end;

  const Position after_prompt = end_of(prompt_, {}, columns_);
  const Position cursor =
      end_of(all.substr(start, editor_.cursor() - start), after_prompt, columns_);
  Position last = end_of(all.substr(start, end - start), after_prompt, columns_);
  std::string out = encode_utf8(prompt_) + encode_utf8(all.substr(start, end - start));
  Position shown = cursor;
  if (last.column == columns_) {
    // The terminal moves to the next row only with the next character.
    out += " \r";
    last = {last.row + 1, 0};
  }
  if (shown.column == columns_) shown = {shown.row + 1, 0};
  cursor_row_ = shown.row;
  return out + up(last.row - shown.row) + "\r" + right(shown.column);
}

}  // namespace parley::cli
