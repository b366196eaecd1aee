// What a service or a hub says about its data, in words and as JSON: one form for both, so
// that the two can be compared.
#pragma once

#include <optional>
#include <string>

#include "apps/cli/json_line.h"
#include "proto/channel.h"

namespace parley::cli {

// One line for each thing that is said, after `indent`; empty where nothing is.
std::string policy_lines(const std::optional<wire::channel::DataPolicy>& policy,
                         const std::string& indent);
// retention, jurisdiction, who_can_read, contact, url.
JsonLine policy_json(const std::optional<wire::channel::DataPolicy>& policy);

}  // namespace parley::cli
