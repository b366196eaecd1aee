// The [[provider]] blocks of the configuration file: services that are put at each start.
// Internal to hub/daemon; kept apart so that only the files that read TOML include it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "hub/net/service_entry.h"

namespace parley::hub {

// A field's name in full ("provider.jwks_url"), its line, what is wrong.
using ReportProblem = std::function<void(std::string, std::size_t, std::string)>;

// Reads one block. Logos are files, read by load_logo.
struct ProviderBlock {
  ServiceEntry entry;
  std::string logo_file;
  std::size_t line = 0;
};
ProviderBlock read_provider(const toml::table& table, const ReportProblem& report);

// The file's bytes, checked like the rest.
Status load_logo(const std::string& file, ServiceEntry& entry);

}  // namespace parley::hub
