// parleyd's configuration: one TOML file, every field optional, defaults that work.
//
// One table (config_fields) names each field with its place in DaemonConfig, its unit, its
// bounds and its meaning. Reading, checking, the example file and the documentation all
// come from it.
//
// Units are the last part of a name (_s, _ms, _days, _mib). Relative paths are relative to
// the folder parleyd is started in. Free functions; nothing throws; errors name field and
// line.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "hub/daemon/log_sink.h"
#include "hub/engine/config.h"
#include "hub/media/media_store.h"
#include "hub/net/browser_pushes.h"
#include "hub/net/net_config.h"
#include "hub/net/service_entry.h"

namespace parley::hub {

struct DaemonConfig {
  // Where the database lives; made if it does not exist.
  std::string data = "parley-data";
  std::string log_level = "info";
  std::string log_format = "auto";
  NetConfig net;
  MediaConfig media;
  EngineConfig engine;
  BrowserPushSettings web_push;
  // The [[provider]] blocks: services that are put at each start.
  std::vector<ServiceEntry> providers;
};

// A number's place, and how many of its unit make one of the field's.
struct NumberField {
  std::uint64_t* value;
  std::uint64_t factor = 1;
};
struct DurationField {
  Duration* value;
  std::int64_t unit_ms;
};

struct ConfigField {
  std::string name;  // "limits.max_connections"
  std::variant<std::string*, bool*, double*, std::vector<std::string>*, NumberField, DurationField>
      place;
  double least = 0;  // of numbers, in the field's own unit
  double most = 0;
  std::vector<std::string> choices;  // of a text; empty: any
  std::string meaning;               // one or two plain sentences
};

// In the order of the example. The places point into `config`.
std::vector<ConfigField> config_fields(DaemonConfig& config);

// One thing that is wrong. `line` is 0 where no line is to blame.
struct ConfigProblem {
  std::string field;
  std::size_t line = 0;
  std::string message;
};
// "parleyd.toml:12: limits.max_connection: there is no such field; did you mean ...?"
std::string describe(const ConfigProblem& problem, const std::string& file);

struct ParsedConfig {
  DaemonConfig config;
  std::vector<ConfigProblem> problems;  // empty: valid
};
// Syntax, names, types and bounds, and what fields say together; opens no other file.
ParsedConfig parse_config(const std::string& text);
// Also whether the TLS files and the providers' logos can be used.
ParsedConfig load_config(const std::string& file);

// The text of parleyd.example.toml: every field with its default.
std::string example_config();
// The tables of docs/configuration.md.
std::string config_table();
std::string provider_table();

}  // namespace parley::hub
