// chat: two people talk. Messages come in above the line that is being written.
#include <CLI/CLI.hpp>

#include "apps/cli/chat.h"
#include "apps/cli/context.h"
#include "apps/cli/raw_terminal.h"

namespace parley::cli {
namespace {

ExitStatus chat(Context& context, const std::string& who) {
  auto session = context.open(who);
  const bool live = RawTerminal::is_possible();
  std::optional<RawTerminal> raw;
  if (live) raw.emplace();
  Chat chat(*session, who, context.account().name, live);
  const std::shared_ptr<void> detach(nullptr, [&](void*) {
    session->on_happening = nullptr;
    session->on_link_change = nullptr;
    session->on_rejoined = nullptr;
    session->forget_replies();
  });
  chat.run();
  return ExitStatus::ok;
}

}  // namespace

void add_chat_command(CLI::App& app, Context& context, Action& action) {
  auto who = std::make_shared<std::string>();
  auto* command = app.add_subcommand("chat", "Talk with somebody");
  command->add_option("WHO", *who, "The other person's name")->required();
  command->footer(
      example("  parley chat bob\n  parley chat bob@nordlys\n  parley --as alice chat bob"));
  command->callback([&, who] {
    *who = parse_who(*who);
    action = [&, who] { return chat(context, *who); };
  });
}

}  // namespace parley::cli
