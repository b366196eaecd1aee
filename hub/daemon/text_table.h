// Columns for a terminal. Pure.
#pragma once

#include <string>
#include <vector>

namespace parley::hub {

// Rows of cells as aligned lines; the first row is the head. Control characters in cells are
// shown as '?': what others wrote must not steer the terminal.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

// One cell's text, made harmless like that. Line breaks stay where `lines` says so.
std::string harmless(const std::string& text, bool lines = false);

// "2026-11-23 09:05" (UTC); "-" for zero.
std::string date_text(std::int64_t ms);

}  // namespace parley::hub
