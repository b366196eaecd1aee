// requests, accept, decline, block, unblock.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "apps/cli/context.h"
#include "apps/cli/describe_people.h"
#include "apps/cli/inert_links.h"
#include "apps/cli/problem.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"

namespace parley::cli {
namespace {

ExitStatus show_requests(Context& context, bool json) {
  auto session = context.open();
  session->look();
  const Answer answer = session->run(api::ListRequests{});
  const auto& requests = answer.get<api::RequestList>().requests;
  for (const auto& request : requests) {
    print(json ? request_json(request).text() + "\n" : request_text(request));
  }
  if (json) return ExitStatus::ok;
  if (std::ranges::any_of(requests, has_links)) note(kInertLinksNote);
  note(requests.empty()
           ? "Nobody waits for an answer."
           : "Read one with: parley chat NAME. Then parley accept NAME, or parley decline NAME");
  return ExitStatus::ok;
}

// One word for both things that can wait for a yes: a request, or a safety number that has
// changed. Somebody who is not accepted yet is accepted; the number is another question.
ExitStatus accept(Context& context, const std::string& who) {
  auto session = context.open(who);
  api::GetContact get;
  get.who = peer_named(who);
  const Answer answer = session->run(std::move(get));
  const auto& contact = answer.get<api::Contact>();
  if (contact.accepted && contact.identity_change_pending) {
    api::AcceptIdentity request;
    request.who = peer_named(who);
    session->run(std::move(request));
    print("You can write to " + who + " again. The new safety number is not verified.\n");
    return ExitStatus::ok;
  }
  api::Accept request;
  request.who = peer_named(who);
  session->run(std::move(request));
  print(who + " can write to you.\n");
  if (contact.identity_change_pending) {
    note("Their safety number has changed: compare it with: parley verify " + who);
  }
  return ExitStatus::ok;
}

ExitStatus decline(Context& context, const std::string& who, bool block) {
  api::Decline request;
  request.who = peer_named(who);
  request.block = block;
  context.open(who)->run(std::move(request));
  print(block ? who + " is declined and blocked, and is not told.\n"
              : who + " is declined and is not told. Writing to them undoes it.\n");
  return ExitStatus::ok;
}

struct BlockOptions {
  std::string who;
  bool blocked = false;
  std::vector<std::string> also;
  bool also_at_hub = false;
};

std::string what_of_other_name(const std::string& name, const BlockOptions& options) {
  if (!options.blocked) return name + " counts as somebody else from now on.\n";
  if (!options.also_at_hub) {
    return "Nothing of " + name + " is shown either; only your devices know why.\n";
  }
  return name + " is blocked too. The hub may conclude that both are one person.\n";
}

ExitStatus set_blocked(Context& context, const BlockOptions& options) {
  api::SetBlocked request;
  request.who = peer_named(options.who);
  request.blocked = options.blocked;
  request.also = options.also;
  request.also_at_hub = options.also_at_hub;
  try {
    context.open(options.who)->run(std::move(request));
  } catch (Problem& problem) {
    // Any of several names may be meant.
    if (!options.also_at_hub || problem.code() != ErrorCode::unknown_account) throw;
    throw problem.with_advice(
        "With --at-hub each of the names must be known to the hub. Nothing was changed.");
  }
  print(options.who +
        (options.blocked ? " is blocked and is not told.\n" : " is not blocked any more.\n"));
  for (const auto& name : options.also) print(what_of_other_name(name, options));
  return ExitStatus::ok;
}

void add_block(CLI::App& app, Context& context, Action& action, bool blocked) {
  auto options = std::make_shared<BlockOptions>();
  options->blocked = blocked;
  auto* command =
      blocked
          ? app.add_subcommand("block", "Let somebody's messages not through, without telling them")
          : app.add_subcommand("unblock", "Let somebody's messages through again");
  command->add_option("WHO", options->who, "The other person's name")->required();
  command
      ->add_option("--also", options->also,
                   blocked ? "Another name of the same person: shown neither; told to nobody"
                           : "This name is not the same person")
      ->take_all();
  command->add_flag("--at-hub", options->also_at_hub,
                    blocked ? "Every name of the person is blocked at the hub, which may conclude "
                              "that they belong together"
                            : "Every name of the person is let through at the hub again");
  command->footer(blocked ? example("  parley block bob\n  parley block bob --also bob@nordlys\n"
                                    "  parley block bob --also bob@nordlys --at-hub")
                          : example("  parley unblock bob"));
  command->callback([&context, &action, options] {
    options->who = parse_who(options->who);
    for (auto& one : options->also) one = parse_who(one);
    action = [&context, options] { return set_blocked(context, *options); };
  });
}

}  // namespace

void add_request_commands(CLI::App& app, Context& context, Action& action) {
  auto json = std::make_shared<bool>(false);
  auto* requests = app.add_subcommand("requests", "Who wants to write to you");
  requests->add_flag("--json", *json, "One JSON object a line");
  requests->footer(example("  parley requests"));
  requests->callback([&, json] {
    context.json = *json;
    action = [&, json] { return show_requests(context, *json); };
  });

  auto who = std::make_shared<std::string>();
  auto* yes = app.add_subcommand(
      "accept", "Let somebody write to you, or go on after their safety number has changed");
  yes->add_option("WHO", *who, "The other person's name")->required();
  yes->footer(example("  parley accept bob@nordlys"));
  yes->callback([&, who] { action = [&, who] { return accept(context, parse_who(*who)); }; });

  auto declined = std::make_shared<std::string>();
  auto block = std::make_shared<bool>(false);
  auto* no = app.add_subcommand("decline", "Turn somebody's request down, without telling them");
  no->add_option("WHO", *declined, "The other person's name")->required();
  no->add_flag("--block", *block, "And block them");
  no->footer(example("  parley decline carol@nordlys\n  parley decline carol@nordlys --block"));
  no->callback([&, declined, block] {
    action = [&, declined, block] { return decline(context, parse_who(*declined), *block); };
  });

  add_block(app, context, action, true);
  add_block(app, context, action, false);
}

}  // namespace parley::cli
