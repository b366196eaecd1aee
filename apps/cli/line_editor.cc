#include "apps/cli/line_editor.h"

#include <algorithm>
#include <utility>

#include "apps/cli/text.h"

namespace parley::cli {
namespace {

constexpr unsigned char kEscape = 0x1b;
constexpr std::size_t kMaxEscape = 16;  // longer sequences are no keys

bool is_word(char32_t c) { return c != ' ' && c != '\n' && c != '\t'; }

std::size_t utf8_length(unsigned char first) {
  return first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
}

}  // namespace

bool LineEditor::feed(unsigned char byte, Event& event) {
  if (in_escape_) return feed_escape(byte, event);
  if (byte == kEscape) {
    in_escape_ = true;
    escape_.clear();
    utf8_.clear();
    return false;
  }
  if (byte < 0x20 || byte == 0x7f) {
    utf8_.clear();
    return feed_control(byte, event);
  }
  skip_line_feed_ = false;
  utf8_ += static_cast<char>(byte);
  if (utf8_.size() < utf8_length(static_cast<unsigned char>(utf8_[0]))) return false;
  const std::u32string decoded = decode_utf8(std::exchange(utf8_, {}));
  return feed_character(decoded[0], event);
}

bool LineEditor::feed_character(char32_t c, Event& event) { return insert(c, event); }

bool LineEditor::feed_control(unsigned char byte, Event& event) {
  const bool follows_return = std::exchange(skip_line_feed_, byte == '\r');
  if (byte == '\n' && follows_return) return false;
  if (in_paste_) {
    if (byte == '\r' || byte == '\n') return insert('\n', event);
    return byte == '\t' ? insert(' ', event) : false;
  }
  switch (byte) {
    case '\r':
    case '\n':
      event = Event::submitted;
      return true;
    case 0x03:
      event = Event::interrupt;
      return true;
    case 0x0c:
      event = Event::redraw;
      return true;
    case 0x04:
      if (!text_.empty()) return erase(cursor_, cursor_ + 1, event);
      event = Event::end;
      return true;
    case 0x01:
      return move_to(0, event);
    case 0x05:
      return move_to(text_.size(), event);
    case 0x02:
      return move_to(cursor_ - (cursor_ > 0), event);
    case 0x06:
      return move_to(cursor_ + 1, event);
    case 0x08:
    case 0x7f:
      return erase(cursor_ - (cursor_ > 0), cursor_, event);
    case 0x0b:
      return erase(cursor_, text_.size(), event);
    case 0x15:
      return erase(0, cursor_, event);
    case 0x17:
      return erase(word_left(), cursor_, event);
    case 0x10:
      return show_history(-1, event);
    case 0x0e:
      return show_history(+1, event);
    case 0x14:
      if (cursor_ == 0 || text_.size() < 2) return false;
      if (cursor_ == text_.size()) --cursor_;
      std::swap(text_[cursor_ - 1], text_[cursor_]);
      return move_to(cursor_ + 1, event);
    default:
      return false;
  }
}

bool LineEditor::feed_escape(unsigned char byte, Event& event) {
  if (byte == kEscape) {
    escape_.clear();
    return false;
  }
  escape_ += static_cast<char>(byte);
  const bool is_csi = escape_[0] == '[' || escape_[0] == 'O';
  const bool is_complete = !is_csi || (escape_.size() > 1 && byte >= 0x40 && byte <= 0x7e);
  if (!is_complete && escape_.size() < kMaxEscape) return false;
  in_escape_ = false;
  return is_csi ? run_csi(event) : run_escape(event);
}

bool LineEditor::run_escape(Event& event) {
  switch (escape_[0]) {
    case 'b':
      return move_to(word_left(), event);
    case 'f':
      return move_to(word_right(), event);
    case 'd':
      return erase(cursor_, word_right(), event);
    case 0x7f:
      return erase(word_left(), cursor_, event);
    case '\r':  // Alt-Enter
    case '\n':
      return insert('\n', event);
    default:
      return false;
  }
}

bool LineEditor::run_csi(Event& event) {
  const std::string key = escape_.substr(1);
  if (key == "A") return show_history(-1, event);
  if (key == "B") return show_history(+1, event);
  if (key == "C") return move_to(cursor_ + 1, event);
  if (key == "D") return move_to(cursor_ - (cursor_ > 0), event);
  if (key == "1;5C") return move_to(word_right(), event);
  if (key == "1;5D") return move_to(word_left(), event);
  if (key == "H" || key == "1~" || key == "7~") return move_to(0, event);
  if (key == "F" || key == "4~" || key == "8~") return move_to(text_.size(), event);
  if (key == "3~") return erase(cursor_, cursor_ + 1, event);
  if (key == "200~") in_paste_ = true;
  if (key == "201~") in_paste_ = false;
  return false;
}

bool LineEditor::insert(char32_t c, Event& event) {
  if (text_.size() >= kMaxCharacters) return false;
  text_.insert(cursor_, 1, c);
  ++cursor_;
  event = Event::changed;
  return true;
}

bool LineEditor::erase(std::size_t from, std::size_t to, Event& event) {
  to = std::min(to, text_.size());
  if (from >= to) return false;
  text_.erase(from, to - from);
  cursor_ = from;
  event = Event::changed;
  return true;
}

bool LineEditor::move_to(std::size_t position, Event& event) {
  cursor_ = std::min(position, text_.size());
  event = Event::changed;
  return true;
}

bool LineEditor::show_history(int step, Event& event) {
  if (step < 0 ? history_at_ == 0 : history_at_ == history_.size()) return false;
  if (history_at_ == history_.size()) unfinished_ = text_;
  history_at_ = step < 0 ? history_at_ - 1 : history_at_ + 1;
  text_ = history_at_ == history_.size() ? unfinished_ : history_[history_at_];
  return move_to(text_.size(), event);
}

std::size_t LineEditor::word_left() const {
  std::size_t at = cursor_;
  while (at > 0 && !is_word(text_[at - 1])) --at;
  while (at > 0 && is_word(text_[at - 1])) --at;
  return at;
}

std::size_t LineEditor::word_right() const {
  std::size_t at = cursor_;
  while (at < text_.size() && !is_word(text_[at])) ++at;
  while (at < text_.size() && is_word(text_[at])) ++at;
  return at;
}

std::string LineEditor::take_line() {
  std::string line = encode_utf8(text_);
  if (!text_.empty() && (history_.empty() || history_.back() != text_)) history_.push_back(text_);
  if (history_.size() > kMaxHistory) history_.erase(history_.begin());
  clear();
  return line;
}

void LineEditor::clear() {
  text_.clear();
  cursor_ = 0;
  history_at_ = history_.size();
  unfinished_.clear();
}

}  // namespace parley::cli
