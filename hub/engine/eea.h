// The European Economic Area, where the law asks large services to let others in: the 27
// members of the Union with Iceland, Liechtenstein and Norway. ISO 3166-1 alpha-2, in order.
#pragma once

#include <array>
#include <string_view>

namespace parley::hub {

inline constexpr std::array<std::string_view, 30> kEea = {
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
    "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"};

}  // namespace parley::hub
