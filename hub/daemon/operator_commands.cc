#include "hub/daemon/operator_commands.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>

#include "hub/daemon/exit_status.h"
#include "hub/daemon/operator_actions.h"

namespace parley::hub {
namespace {

constexpr char kProviderExamples[] =
    "Examples:\n"
    "  parleyd provider list\n"
    "  parleyd provider add nordlys --display-name Nordlys --jwks-url "
    "https://nordlys.example/keys\n"
    "  parleyd provider suspend nordlys --reason \"Its tokens were issued to strangers.\"";
constexpr char kAddExamples[] =
    "Examples:\n"
    "  parleyd provider add nordlys --display-name Nordlys --id-form username \\\n"
    "    --features reply,reaction,edit,delete --jwks-url https://nordlys.example/keys.json \\\n"
    "    --push-url https://nordlys.example/push --state sandbox \\\n"
    "    --sandbox-accounts alice,bob@nordlys\n"
    "  parleyd provider add --file nordlys.toml\n"
    "\n"
    "Adding one that is there changes what is named and leaves the rest. The file holds "
    "[[provider]] blocks\n"
    "as in parleyd.example.toml and replaces all of what was entered.";
constexpr char kReportExamples[] =
    "Examples:\n"
    "  parleyd reports list\n"
    "  parleyd reports show ID\n"
    "  parleyd reports save ID --to FOLDER\n"
    "  parleyd reports resolve ID --as upheld --note \"Account removed by its service.\"";

std::string option_name(std::string field) {
  std::replace(field.begin(), field.end(), '_', '-');
  std::replace(field.begin(), field.end(), '.', '-');
  return "--" + field;
}

}  // namespace

struct OperatorCommands::Parts {
  explicit Parts(CLI::App& app) { add_provider(app), add_reports(app); }

  void common(CLI::App* command) {
    command->add_option("--data", where.data, "Data folder of the running hub [parley-data]");
    command->add_option("--config", where.config_file,
                        "Configuration file that names the data folder");
    command->add_flag("--json", where.json, "Print JSON");
  }
  CLI::App* add(CLI::App* to, const char* name, const char* about, std::function<Status()> action,
                const char* example) {
    CLI::App* command = to->add_subcommand(name, about);
    command->footer(example);
    common(command);
    actions.emplace_back(command, std::move(action));
    return command;
  }

  void add_provider(CLI::App& app);
  void add_entry_options(CLI::App* command);
  void add_reports(CLI::App& app);

  AdminPlace where;
  std::vector<std::pair<CLI::App*, std::function<Status()>>> actions;
  std::string id, reason, resolution, note, provider, after, file, logo, folder;
  bool yes = false, all = false;
  // What was given of the fields, by name.
  std::map<std::string, std::string> given;
};

void OperatorCommands::Parts::add_provider(CLI::App& app) {
  CLI::App* group = app.add_subcommand("provider", "See and change the connected services.");
  group->footer(kProviderExamples);
  group->require_subcommand(1);
  CLI::App* command = add(
      group, "add", "Add a service, or change one.",
      [this] { return add_service(where, {id, file, logo, given}); }, kAddExamples);
  command->add_option("ID", id, "What stands after the @ of its people's names");
  command->add_option("--file", file, "TOML file with [[provider]] blocks, in place of options");
  add_entry_options(command);

  add(
      group, "list", "List the services.", [this] { return list_services(where); },
      "Example: parleyd provider list --json");
  const auto with_id = [this](CLI::App* to) {
    to->add_option("ID", id, "The service's id")->required();
    return to;
  };
  with_id(add(
      group, "show", "Show one with everything known about it.",
      [this] { return show_service(where, id); }, "Example: parleyd provider show nordlys"));
  with_id(add(
              group, "suspend", "Let nothing pass to or from a service.",
              [this] { return set_service_state(where, id, "suspended", reason); },
              "Example: parleyd provider suspend nordlys --reason \"Its key was stolen.\""))
      ->add_option("--reason", reason, "Why; users and the service get to see it")
      ->required();
  with_id(add(
      group, "resume", "Make a suspended service what it was before.",
      [this] { return resume_service(where, id); }, "Example: parleyd provider resume nordlys"));
  with_id(add(
              group, "remove", "Forget a service.",
              [this] { return remove_service(where, id, yes); },
              "Example: parleyd provider remove nordlys --yes"))
      ->add_flag("--yes", yes, "Do it without asking");
}

void OperatorCommands::Parts::add_entry_options(CLI::App* command) {
  ServiceEntry defaults;
  for (const EntryField& field : entry_fields(defaults)) {
    if (field.name == "id") continue;
    command->add_option_function<std::string>(
        option_name(field.name),
        [this, name = field.name](const std::string& value) { given[name] = value; },
        field.meaning);
  }
  command->add_option("--logo", logo, "PNG file of at most 64 KiB");
}

void OperatorCommands::Parts::add_reports(CLI::App& app) {
  CLI::App* group = app.add_subcommand("reports", "Read and resolve what users reported.");
  group->footer(kReportExamples);
  group->require_subcommand(1);
  CLI::App* list = add(
      group, "list", "List open reports, oldest first.",
      [this] { return list_reports(where, {provider, !all, after}); },
      "Example: parleyd reports list --provider nordlys");
  list->add_option("--provider", provider, "Only those about people of this service");
  list->add_flag("--all", all, "Resolved ones too");
  list->add_option("--after", after, "Continue behind this report");
  add(
      group, "show", "Show a report with the messages it proves.",
      [this] { return show_report(where, id); }, "Example: parleyd reports show ID")
      ->add_option("ID", id, "The report's id")
      ->required();
  CLI::App* save = add(
      group, "save", "Fetch, check and decrypt the files in a report.",
      [this] { return save_report(where, id, folder); },
      "Only a file that is exactly what the message names is saved. Look at it with care: its\n"
      "sender is the one who was reported.\n\n"
      "Example: parleyd reports save ID --to /srv/evidence/7");
  save->add_option("ID", id, "The report's id")->required();
  save->add_option("--to", folder, "Folder; it is made if it does not exist")->required();
  CLI::App* resolve = add(
      group, "resolve", "Close a report.",
      [this] { return resolve_report(where, id, resolution, note); },
      "Example: parleyd reports resolve ID --as dismissed --note \"A quarrel.\"");
  resolve->add_option("ID", id, "The report's id")->required();
  resolve->add_option("--as", resolution, "upheld or dismissed")
      ->required()
      ->check(CLI::IsMember({"upheld", "dismissed"}));
  resolve->add_option("--note", note, "For the record");
}

OperatorCommands::OperatorCommands(CLI::App& app) : parts_(std::make_unique<Parts>(app)) {}
OperatorCommands::~OperatorCommands() = default;

std::optional<int> OperatorCommands::run() {
  for (const auto& [command, action] : parts_->actions) {
    if (!command->parsed()) continue;
    const Status done = action();
    if (done) return static_cast<int>(ExitStatus::ok);
    std::fprintf(stderr, "parleyd: %s\n", done.error().detail.c_str());
    return static_cast<int>(done.error().code == ErrorCode::invalid_argument
                                ? ExitStatus::wrong_usage
                                : ExitStatus::failed);
  }
  return {};
}

}  // namespace parley::hub
