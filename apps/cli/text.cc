#include "apps/cli/text.h"

#include <langinfo.h>
#include <wchar.h>

#include <chrono>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace parley::cli {
namespace {

constexpr char32_t kReplacement = 0xfffd;
constexpr std::int64_t kDayMs = 24ll * 60 * 60 * 1000;

bool controls_a_terminal(char32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return true;
  // Marks, embeddings, overrides and isolates that reorder what is read; line and
  // paragraph separators.
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

// Bytes of the character that starts with this byte; 0: none can.
std::size_t length_by_first(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

bool is_encodable(char32_t c, std::size_t length) {
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  return c >= kSmallest[length] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

// Takes one character off; kReplacement for a byte that starts none.
char32_t take(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = length_by_first(first);
  if (length == 0 || length > text.size()) {
    text.remove_prefix(1);
    return kReplacement;
  }
  char32_t c = length == 1 ? first : first & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) {
      text.remove_prefix(1);
      return kReplacement;
    }
    c = (c << 6) | (next & 0x3f);
  }
  if (!is_encodable(c, length)) {
    text.remove_prefix(1);
    return kReplacement;
  }
  text.remove_prefix(length);
  return c;
}

void put(std::string& to, char32_t c) {
  const auto byte = [&](char32_t value) { to += static_cast<char>(value); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xc0 | (c >> 6));
  } else if (c < 0x10000) {
    byte(0xe0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 0x3f));
  } else {
    byte(0xf0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3f));
    byte(0x80 | ((c >> 6) & 0x3f));
  }
  byte(0x80 | (c & 0x3f));
}

std::string made_printable(std::string_view text, bool keep_lines) {
  std::string out;
  while (!text.empty()) {
    char32_t c = take(text);
    if (c == '\n' && keep_lines) {
      out += '\n';
      continue;
    }
    if (c == '\n' || c == '\t') c = ' ';
    if (c == '\r' && text.starts_with('\n')) continue;
    put(out, controls_a_terminal(c) ? kReplacement : c);
  }
  return out;
}

std::string formatted(const char* format, const std::tm& time) {
  char buffer[64];
  return std::string(buffer, std::strftime(buffer, sizeof buffer, format, &time));
}

}  // namespace

bool use_utf8_locale() {
  std::setlocale(LC_ALL, "");
  const bool terminal_takes_it = std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  // Without a locale in the environment, UTF-8 is the better guess: messages are.
  const char* stated = std::setlocale(LC_CTYPE, nullptr);
  const bool is_unset = stated == nullptr || std::strcmp(stated, "C") == 0;
  if (!terminal_takes_it) std::setlocale(LC_CTYPE, "C.UTF-8");
  return terminal_takes_it || is_unset;
}

std::string printable(std::string_view text) { return made_printable(text, false); }
std::string printable_lines(std::string_view text) { return made_printable(text, true); }

std::u32string decode_utf8(std::string_view text) {
  std::u32string out;
  while (!text.empty()) out += take(text);
  return out;
}

std::string encode_utf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) put(out, c);
  return out;
}

int display_width(char32_t character) {
  const int width = ::wcwidth(static_cast<wchar_t>(character));
  return width < 0 ? 1 : width;
}

int display_width(std::u32string_view text) {
  int width = 0;
  for (const char32_t c : text) width += display_width(c);
  return width;
}

std::string shortened(std::string_view text, int columns) {
  const std::u32string all = decode_utf8(text);
  if (display_width(all) <= columns) return std::string(text);
  std::u32string kept;
  int width = 1;  // the ellipsis
  for (const char32_t c : all) {
    width += display_width(c);
    if (width > columns) break;
    kept += c;
  }
  return encode_utf8(kept) + "…";
}

std::string local_time(std::int64_t time_ms, std::int64_t now) {
  const std::time_t seconds = time_ms / 1000, now_seconds = now / 1000;
  std::tm time{}, today{};
  ::localtime_r(&seconds, &time);
  ::localtime_r(&now_seconds, &today);
  if (time.tm_year == today.tm_year && time.tm_yday == today.tm_yday) {
    return formatted("%H:%M", time);
  }
  if (time_ms <= now && now - time_ms < 6 * kDayMs) return formatted("%a %H:%M", time);
  return formatted("%Y-%m-%d %H:%M", time);
}

std::string rfc3339(std::int64_t time_ms) {
  const std::time_t seconds = time_ms / 1000;
  std::tm time{};
  ::gmtime_r(&seconds, &time);
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, ".%03dZ", static_cast<int>(time_ms % 1000));
  return formatted("%Y-%m-%dT%H:%M:%S", time) + fraction;
}

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::vector<std::string> grouped_digits(std::string_view digits, std::size_t groups_per_line) {
  constexpr std::size_t kGroup = 5;
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < digits.size(); at += kGroup) {
    if (at % (kGroup * groups_per_line) == 0) {
      lines.emplace_back();
    } else {
      lines.back() += ' ';
    }
    lines.back() += digits.substr(at, kGroup);
  }
  return lines;
}

}  // namespace parley::cli
