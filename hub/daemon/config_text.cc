// The configuration as texts: the example file and the table of the documentation.
#include <sstream>

#include "hub/daemon/config.h"

namespace parley::hub {
namespace {

constexpr std::size_t kColumns = 98;

std::string quoted(const std::string& text) { return '"' + text + '"'; }

struct ValueText {
  std::string operator()(const std::string* place) const { return quoted(*place); }
  std::string operator()(const bool* place) const { return *place ? "true" : "false"; }
  std::string operator()(const double* place) const {
    std::ostringstream out;
    out.precision(15);
    out << *place;
    return out.str();
  }
  std::string operator()(const std::vector<std::string>* place) const {
    std::string text;
    for (const std::string& element : *place) text += (text.empty() ? "" : ", ") + quoted(element);
    return '[' + text + ']';
  }
  std::string operator()(const NumberField& place) const {
    return std::to_string(*place.value / place.factor);
  }
  std::string operator()(const DurationField& place) const {
    return std::to_string(place.value->ms / place.unit_ms);
  }
};

std::string comment(const std::string& text) {
  std::istringstream words(text);
  std::string result, line = "#";
  for (std::string word; words >> word;) {
    if (line.size() + 1 + word.size() > kColumns) {
      result += line + '\n';
      line = "#";
    }
    line += ' ' + word;
  }
  return result + line + '\n';
}

std::string meaning_of(const ConfigField& field) {
  std::string text = field.meaning;
  if (field.choices.empty()) return text;
  text += " One of:";
  for (const std::string& choice : field.choices) text += ' ' + choice;
  return text + '.';
}

}  // namespace

std::string example_config() {
  DaemonConfig defaults;
  std::string text =
      "# Configuration of a Parley hub: every field with its default. Keep only what you change.\n"
      "# Check it with: parleyd check-config FILE\n";
  std::string table;
  for (const ConfigField& field : config_fields(defaults)) {
    const std::size_t dot = field.name.rfind('.');
    const std::string in = dot == std::string::npos ? "" : field.name.substr(0, dot);
    text += '\n';
    if (in != table) text += '[' + in + "]\n";
    table = in;
    text += comment(meaning_of(field));
    text += field.name.substr(dot + 1) + " = " + std::visit(ValueText{}, field.place) + '\n';
  }
  return text;
}

std::string config_table() {
  DaemonConfig defaults;
  std::string text = "| field | default | meaning |\n|---|---|---|\n";
  for (const ConfigField& field : config_fields(defaults)) {
    text += "| `" + field.name + "` | `" + std::visit(ValueText{}, field.place) + "` | " +
            meaning_of(field) + " |\n";
  }
  return text;
}

}  // namespace parley::hub
