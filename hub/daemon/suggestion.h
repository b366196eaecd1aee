// "Did you mean ...?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace parley::hub {

// The candidate that `name` is probably a misspelling of; empty if none is near.
std::string most_similar(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace parley::hub
