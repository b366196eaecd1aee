// verify, block, unblock, accept.
#include <CLI/CLI.hpp>

#include "apps/cli/context.h"
#include "apps/cli/describe.h"
#include "apps/cli/safety_number.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"
#include "lib/base/encoding.h"

namespace parley::cli {
namespace {

struct VerifyOptions {
  std::string who;
  bool mark = false, unmark = false, json = false;
};

void print_json(const api::Contact& contact) {
  JsonLine line;
  line.add("with", contact.handle).add("verified", contact.verified);
  line.add("safety_number", contact.safety_number);
  line.add("scannable", base64_encode(contact.scannable));
  line.add("changed", contact.identity_change_pending).add("blocked", contact.blocked);
  print(line.text() + "\n");
}

ExitStatus verify(Context& context, const VerifyOptions& options) {
  auto session = context.open(options.who);
  const auto get = [&] {
    api::GetContact request;
    request.who = peer_named(options.who);
    return session->run(std::move(request)).get<api::Contact>();
  };
  api::Contact contact = get();
  if (options.mark || options.unmark) {
    api::SetVerified request;
    request.who = peer_named(options.who);
    request.verified = options.mark;
    session->run(std::move(request));
    contact = get();
  }
  if (options.json) {
    print_json(contact);
  } else {
    print(safety_number_text(contact, is_terminal(STDOUT_FILENO), uses_colours()));
  }
  return ExitStatus::ok;
}

ExitStatus set_blocked(Context& context, const std::string& who, bool blocked) {
  api::SetBlocked request;
  request.who = peer_named(who);
  request.blocked = blocked;
  context.open(who)->run(std::move(request));
  print(blocked ? who + " is blocked and is not told.\n" : who + " is not blocked any more.\n");
  return ExitStatus::ok;
}

ExitStatus accept_identity(Context& context, const std::string& who) {
  api::AcceptIdentity request;
  request.who = peer_named(who);
  context.open(who)->run(std::move(request));
  print("You can write to " + who + " again. The new safety number is not verified.\n");
  return ExitStatus::ok;
}

}  // namespace

void add_people_commands(CLI::App& app, Context& context, Action& action) {
  auto options = std::make_shared<VerifyOptions>();
  auto* check = app.add_subcommand("verify", "Show the safety number you share with somebody");
  check->add_option("WHO", options->who, "The other person's name")->required();
  auto* mark = check->add_flag("--mark", options->mark, "You compared it: it is the same");
  check->add_flag("--unmark", options->unmark, "It is not verified any more")->excludes(mark);
  check->add_flag("--json", options->json, "As one JSON object");
  check->footer(example("  parley verify bob\n  parley verify bob --mark"));
  check->callback([&, options] {
    context.json = options->json;
    options->who = parse_name(options->who);
    action = [&, options] { return verify(context, *options); };
  });

  const auto add = [&](const char* name, const char* what, const char* lines, auto run) {
    auto who = std::make_shared<std::string>();
    auto* command = app.add_subcommand(name, what);
    command->add_option("WHO", *who, "The other person's name")->required();
    command->footer(example(lines));
    command->callback([&context, &action, who, run] {
      action = [&context, who, run] { return run(context, parse_name(*who)); };
    });
  };
  add("block", "Let somebody's messages not through, without telling them", "  parley block bob",
      [](Context& in, const std::string& who) { return set_blocked(in, who, true); });
  add("unblock", "Let somebody's messages through again", "  parley unblock bob",
      [](Context& in, const std::string& who) { return set_blocked(in, who, false); });
  add("accept", "Go on writing to somebody whose safety number has changed", "  parley accept bob",
      [](Context& in, const std::string& who) { return accept_identity(in, who); });
}

}  // namespace parley::cli
