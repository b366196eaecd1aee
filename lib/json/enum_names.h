// The enumerators' names in the schema, which the JSON form uses. Internal to lib/json, except
// that the hub's tools show and read the same words.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "proto/channel.h"

namespace parley::json {

template <typename Enum>
struct EnumName {
  Enum value;
  std::string_view name;  // "END_TO_END_SIGNAL"
};

// All of an enumeration, zero first.
std::span<const EnumName<wire::channel::Feature>> names_of(wire::channel::Feature);
std::span<const EnumName<wire::channel::IdForm>> names_of(wire::channel::IdForm);
std::span<const EnumName<wire::channel::Protection>> names_of(wire::channel::Protection);
std::span<const EnumName<wire::channel::ProviderState>> names_of(wire::channel::ProviderState);

// Empty for a value that this version does not know.
template <typename Enum>
std::string_view name_of(Enum value) {
  for (const auto& each : names_of(value)) {
    if (each.value == value) return each.name;
  }
  return {};
}

template <typename Enum>
std::optional<Enum> value_of(std::string_view name) {
  for (const auto& each : names_of(Enum{})) {
    if (each.name == name) return each.value;
  }
  return {};
}

}  // namespace parley::json
