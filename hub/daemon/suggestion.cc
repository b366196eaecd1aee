#include "hub/daemon/suggestion.h"

#include <algorithm>

namespace parley::hub {
namespace {

// Letters to insert, delete or replace (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

}  // namespace

std::string most_similar(std::string_view name, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t least = name.size() / 3 + 1;
  for (const std::string& candidate : candidates) {
    std::size_t far = distance(name, candidate);
    // The right word in the wrong table.
    if (last_part(name) == last_part(candidate)) far = std::min<std::size_t>(far, 1);
    if (far >= least) continue;
    least = far;
    best = candidate;
  }
  return best;
}

}  // namespace parley::hub
