#include "hub/daemon/text_table.h"

#include <algorithm>
#include <ctime>

namespace parley::hub {
namespace {

constexpr std::size_t kGap = 2;

// Characters, as far as a terminal counts them: not the further bytes of one.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

}  // namespace

std::string harmless(const std::string& text, bool lines) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are control characters as well (C2 80 to C2 9F), and U+202A to U+202E
    // and U+2066 to U+2069 turn the direction of what follows.
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    const auto third = i + 2 < text.size() ? static_cast<unsigned char>(text[i + 2]) : 0;
    const bool turns = c == 0xe2 && ((next == 0x80 && third >= 0xaa && third <= 0xae) ||
                                     (next == 0x81 && third >= 0xa6 && third <= 0xa9));
    if (c == '\n' && lines) {
      result += '\n';
    } else if (c < 0x20 || c == 0x7f) {
      result += '?';
    } else if (c == 0xc2 && next >= 0x80 && next < 0xa0) {
      result += '?';
      ++i;
    } else if (turns) {
      result += '?';
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(harmless(row[i])));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string cell = harmless(row[i]);
      line += cell;
      if (i + 1 < row.size()) line.append(widths[i] - width_of(cell) + kGap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string date_text(std::int64_t ms) {
  if (ms == 0) return "-";
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts));
}

}  // namespace parley::hub
