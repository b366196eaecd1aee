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

// A whole service, commented out: there is no default for it.
constexpr char kProviderExample[] = R"(
# A service whose people your users may write with. One block for each; put at every start.
# Also: parleyd provider add --help
#[[provider]]
#id = "nordlys"
#display_name = "Nordlys"
#id_form = "username"
#protection = "end_to_end_signal"
#features = ["reply", "reaction", "edit", "delete", "delivery_receipt", "read_receipt", "typing"]
#jwks_url = "https://nordlys.example/parley/keys.json"
#push_url = "https://nordlys.example/parley/push"
#media_base_url = "https://media.nordlys.example/parley/"
#logo = "/etc/parley/nordlys.png"
#contact = "interop@nordlys.example"
#state = "sandbox"
#sandbox_accounts = ["alice", "bob@nordlys"]
#new_people_a_day = 1000
#allow_private_addresses = false
#[provider.data_policy]
#retention = "Messages are kept until they are delivered, at most 30 days."
#jurisdiction = "Norway"
#who_can_read = "Nobody but the two people."
#contact = "privacy@nordlys.example"
#url = "https://nordlys.example/privacy"
)";

struct EnteredText {
  std::string operator()(const std::string& text) const { return quoted(text); }
  std::string operator()(bool yes) const { return yes ? "true" : "false"; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(const std::vector<std::string>& texts) const {
    return ValueText{}(&texts);
  }
};

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
  return text + kProviderExample;
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

std::string provider_table() {
  ServiceEntry defaults;
  std::string text = "| field | default | meaning |\n|---|---|---|\n";
  for (const EntryField& field : entry_fields(defaults)) {
    text += "| `" + field.name + "` | `" + std::visit(EnteredText{}, entered(field)) + "` | " +
            field.meaning + " |\n";
  }
  return text + "| `logo` | `\"\"` | A PNG file of at most 64 KiB. |\n";
}

}  // namespace parley::hub
