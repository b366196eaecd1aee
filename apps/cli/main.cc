// parley: talk to people, end-to-end encrypted, from a terminal or a script.
#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "apps/cli/context.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"

namespace {

using namespace parley::cli;

constexpr const char* kFooter =
    "Example:\n"
    "  parley signup alice --country DE\n"
    "  parley chat bob\n"
    "\n"
    "Exit status: 0 done; 1 failed; 2 wrong usage; 3 the hub does not answer; 4 refused "
    "(password,\n"
    "sign-in, permission); 5 time is up; 6 this computer's data are locked, damaged or not\n"
    "writable; 7 no such person, message, device or account; 8 not now, try again later;\n"
    "130 interrupted.";

void add_global_options(CLI::App& app, Context& context) {
  app.add_option("--home", context.home, "Folder of your accounts (~/.local/share/parley)")
      ->take_last()
      ->envname("PARLEY_HOME");
  app.add_option("--hub", context.hub,
                 "The hub's address: 127.0.0.1:8420, https://chat.example.org")
      ->take_last()
      ->envname("PARLEY_HUB");
  app.add_option("--ca", context.ca_file, "Trust only the authorities in this PEM file")
      ->take_last()
      ->envname("PARLEY_CA");
  app.add_option("--as", context.as, "Which of your accounts, if there are several")
      ->take_last()
      ->envname("PARLEY_AS");
}

int report(const Context& context, const Problem& problem) {
  std::cerr << (context.json ? problem.for_scripts() : problem.for_people()) << std::flush;
  return static_cast<int>(problem.status());
}

int run(int argc, char** argv) {
  CLI::App app("Talk to people, end-to-end encrypted.", "parley");
  Context context;
  Action action;
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  add_global_options(app, context);
  add_chat_command(app, context, action);
  add_message_commands(app, context, action);
  add_file_commands(app, context, action);
  add_listen_command(app, context, action);
  add_chats_command(app, context, action);
  add_people_commands(app, context, action);
  add_request_commands(app, context, action);
  add_report_command(app, context, action);
  add_third_party_command(app, context, action);
  add_account_commands(app, context, action);
  add_device_commands(app, context, action);
  add_backup_commands(app, context, action);
  auto* version = app.add_subcommand("version", "Print the version");
  version->footer(example("  parley version"));
  version->callback([&] {
    action = [] {
      print("parley " PARLEY_VERSION "\n");
      return ExitStatus::ok;
    };
  });

  try {
    try {
      app.parse(argc, argv);
    } catch (const CLI::CallForHelp& help) {
      return app.exit(help);
    } catch (const CLI::ParseError& error) {
      throw usage_problem(error.what(), "See: parley --help");
    }
    if (!action) {
      std::cerr << app.help();
      return static_cast<int>(ExitStatus::usage);
    }
    if (!context.as.empty()) context.as = parse_name(context.as);
    return static_cast<int>(action());
  } catch (const Problem& problem) {
    return report(context, problem);
  } catch (const std::exception& error) {
    // A library's own, e.g. out of memory: rare, but never without a word.
    return report(context, Problem(ExitStatus::failed, parley::ErrorCode::unspecified, error.what(),
                                   "Try again; report it if it persists."));
  }
}

}  // namespace

int main(int argc, char** argv) {
  // Both then are errors of the write that caused them, and are reported as such.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  use_utf8_locale();
  return run(argc, argv);
}
