#include "hub/daemon/command_line.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "hub/daemon/admin_password.h"
#include "hub/daemon/daemon.h"
#include "hub/daemon/operator_commands.h"

namespace parley::hub {
namespace {

constexpr char kAbout[] =
    "parleyd, the Parley hub: accounts, keys and mailboxes for end-to-end encrypted chats.";
constexpr char kExamples[] =
    "Examples:\n"
    "  parleyd serve --data ./hub-data --listen 127.0.0.1:8420\n"
    "  parleyd serve --help\n"
    "  parleyd provider list";
constexpr char kServeExamples[] =
    "Examples:\n"
    "  parleyd serve --data ./hub-data --listen 127.0.0.1:8420\n"
    "  parleyd serve --config /etc/parley/parleyd.toml\n"
    "\n"
    "What the command line says wins over the file. SIGHUP reads the TLS certificate again.\n"
    "Exit status: 0 stopped as asked, 1 unexpected, 2 command line, 3 configuration,\n"
    "4 address in use, 5 data folder not writable, 6 data used by another hub, 7 data damaged,\n"
    "8 data from a newer version, 9 cut short while stopping.";
constexpr char kCheckExamples[] =
    "Example: parleyd check-config /etc/parley/parleyd.toml\n"
    "Exit status: 0 valid, 3 not.";

void complain(const std::string& text) { std::fprintf(stderr, "parleyd: %s\n", text.c_str()); }

int report(const std::vector<ConfigProblem>& problems, const std::string& file) {
  for (const ConfigProblem& problem : problems) {
    std::fprintf(stderr, "%s\n", describe(problem, file).c_str());
  }
  return static_cast<int>(ExitStatus::bad_config);
}

struct ServeOptions {
  std::string config_file;
  std::string data;
  std::string listen;
  std::string log_level;
  std::string log_format;
};

LogFormat format_of(const std::string& name) {
  if (name == "auto") return isatty(STDERR_FILENO) ? LogFormat::text : LogFormat::json;
  return name == "json" ? LogFormat::json : LogFormat::text;
}

std::string url_of(const Endpoint& where, bool tls) {
  const std::string address = where.address().to_string();
  const std::string host = where.address().is_v6() ? "[" + address + "]" : address;
  return (tls ? "https://" : "http://") + host + ":" + std::to_string(where.port());
}

// For a person; the log has its own line.
void say_ready(const Daemon& daemon) {
  const std::string url = url_of(daemon.endpoint(), daemon.uses_tls());
  std::error_code ignored;
  const auto folder = std::filesystem::absolute(daemon.config().data, ignored).lexically_normal();
  std::printf("The Parley hub is ready at %s\n", url.c_str());
  std::printf("  data   %s\n", folder.c_str());
  if (const auto metrics = daemon.metrics_endpoint()) {
    std::printf("  metrics on port %d\n", metrics->port());
  }
  if (const auto admin = daemon.admin_endpoint()) {
    std::printf("  admin  %s/admin\n", url_of(*admin, !admin->address().is_loopback()).c_str());
  }
  std::printf("  next   parley --hub %s signup NAME\n", url.c_str());
  std::printf("  stop   Ctrl-C\n");
  std::fflush(stdout);
}

int serve(const ServeOptions& options) {
  DaemonConfig config;
  if (!options.config_file.empty()) {
    ParsedConfig parsed = load_config(options.config_file);
    if (!parsed.problems.empty()) return report(parsed.problems, options.config_file);
    config = std::move(parsed.config);
  }
  if (!options.data.empty()) config.data = options.data;
  if (!options.listen.empty()) config.net.listen = options.listen;
  if (!options.log_level.empty()) config.log_level = options.log_level;
  if (!options.log_format.empty()) config.log_format = options.log_format;
  LogSink log(stderr, log_level(config.log_level).value_or(LogLevel::info),
              format_of(config.log_format));
  Daemon daemon(config, log);
  const Status opened = daemon.open();
  if (!opened) {
    complain(start_problem(opened.error(), config.data));
    return static_cast<int>(exit_status(opened.error().code));
  }
  daemon.handle_signals();
  say_ready(daemon);
  return static_cast<int>(daemon.run());
}

int check_config(const std::string& file) {
  const ParsedConfig parsed = load_config(file);
  if (!parsed.problems.empty()) return report(parsed.problems, file);
  std::printf("%s is valid.\n", file.c_str());
  return static_cast<int>(ExitStatus::ok);
}

void add_serve(CLI::App& app, ServeOptions& options) {
  CLI::App* command = app.add_subcommand("serve", "Run a hub until Ctrl-C.");
  command->footer(kServeExamples);
  command->add_option("--config", options.config_file, "Configuration file (TOML)");
  command->add_option("--data", options.data, "Folder of the database [parley-data]");
  command->add_option("--listen", options.listen,
                      "ADDRESS:PORT [127.0.0.1:8420]; port 0 lets the system choose");
  command->add_option("--log-level", options.log_level, "debug, info, warning or error [info]")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  command->add_option("--log-format", options.log_format, "auto, json or text [auto]")
      ->check(CLI::IsMember({"auto", "json", "text"}));
}

void add_others(CLI::App& app, std::string& file) {
  CLI::App* check =
      app.add_subcommand("check-config", "Say what is wrong in a configuration file.");
  check->add_option("FILE", file, "Configuration file (TOML)")->required();
  check->footer(kCheckExamples);
  app.add_subcommand("example-config", "Print a configuration file with every default.")
      ->footer("Example: parleyd example-config > parleyd.toml");
  app.add_subcommand("version", "Print the version.")->footer("Example: parleyd version");
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app(kAbout, "parleyd");
  app.footer(kExamples);
  app.require_subcommand(1);
  ServeOptions options;
  std::string file;
  add_serve(app, options);
  add_others(app, file);
  OperatorCommands operator_commands(app);
  const AdminCommand admin_command(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitStatus::wrong_usage);
  }
  if (const auto status = operator_commands.run()) return *status;
  if (const auto status = admin_command.run()) return *status;
  if (app.got_subcommand("serve")) return serve(options);
  if (app.got_subcommand("check-config")) return check_config(file);
  if (app.got_subcommand("example-config")) {
    std::fputs(example_config().c_str(), stdout);
  } else {
    std::printf("%s\n", software_name().c_str());
  }
  return static_cast<int>(ExitStatus::ok);
}

}  // namespace parley::hub
