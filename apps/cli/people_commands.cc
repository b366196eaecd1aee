// verify, trust.
#include <CLI/CLI.hpp>

#include "apps/cli/context.h"
#include "apps/cli/describe.h"
#include "apps/cli/describe_people.h"
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

ExitStatus trust(Context& context, const std::string& who, bool json) {
  auto session = context.open(who);
  api::GetContact request;
  request.who = peer_named(who);
  const Answer answer = session->run(std::move(request));
  const auto& contact = answer.get<api::Contact>();
  print(json ? trust_json(contact).text() + "\n" : trust_page(contact));
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
    options->who = parse_who(options->who);
    action = [&, options] { return verify(context, *options); };
  });

  auto who = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  auto* details = app.add_subcommand("trust", "What protects your chat with somebody");
  details->add_option("WHO", *who, "The other person's name")->required();
  details->add_flag("--json", *json, "As one JSON object");
  details->footer(example("  parley trust bob@nordlys"));
  details->callback([&, who, json] {
    context.json = *json;
    *who = parse_who(*who);
    action = [&, who, json] { return trust(context, *who, *json); };
  });
}

}  // namespace parley::cli
