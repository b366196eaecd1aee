// Text on its way to a terminal or a script: nothing that came from elsewhere may
// control the terminal, and times read as people and programs expect them.
// Free functions without state, except `use_utf8_locale`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::cli {

// For wcwidth and friends; call once at the start. False: the terminal does not
// take UTF-8.
bool use_utf8_locale();

// The same text without anything that a terminal acts upon: control characters
// (C0, C1, DEL), bytes that are no UTF-8, and characters that reorder text (bidi
// overrides and isolates) become U+FFFD. Line breaks and tabs become spaces,
// except that `printable_lines` keeps line breaks.
std::string printable(std::string_view text);
std::string printable_lines(std::string_view text);

// UTF-8 to code points and back; what is no UTF-8 becomes U+FFFD.
std::u32string decode_utf8(std::string_view text);
std::string encode_utf8(std::u32string_view text);

// Columns that a printable text takes.
int display_width(std::u32string_view text);
int display_width(char32_t character);

// Cut to at most this many columns, with an ellipsis where something is missing.
std::string shortened(std::string_view text, int columns);

// "14:03" today, "Mon 14:03" within a week, otherwise "2026-11-23 14:03".
std::string local_time(std::int64_t time_ms, std::int64_t now_ms);
// "2026-11-23T13:03:05.123Z"
std::string rfc3339(std::int64_t time_ms);
std::int64_t now_ms();

// "12345 67890 ..." in lines of four groups.
std::vector<std::string> grouped_digits(std::string_view digits, std::size_t groups_per_line);

}  // namespace parley::cli
