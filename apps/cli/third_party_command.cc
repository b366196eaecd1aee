// third-party: the offer, the warnings, and the choices, by questions or by options.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "apps/cli/context.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"
#include "apps/cli/third_party_text.h"

namespace parley::cli {
namespace {

namespace channel = wire::channel;

struct ThirdPartyOptions {
  bool on = false, off = false, json = false;
  std::vector<std::string> services;
  std::string inbox, reachable;

  bool is_change() const {
    return on || off || !services.empty() || !inbox.empty() || !reachable.empty();
  }
};

constexpr const char* kInstead = "Use options: --on --services NAME --inbox separate";

bool can_be_chosen(const channel::Provider& provider) {
  return provider.state == channel::ProviderState::live ||
         provider.state == channel::ProviderState::sandbox;
}

std::string names_of(const channel::ThirdParty& offer) {
  std::string names;
  for (const auto& provider : offer.providers) {
    names += (names.empty() ? "" : ", ") + printable(provider.provider_id);
  }
  return names.empty() ? "none" : names;
}

void require_known(const channel::ThirdParty& offer, const std::vector<std::string>& services) {
  for (const auto& id : services) {
    const bool known = std::ranges::any_of(
        offer.providers, [&](const auto& provider) { return provider.provider_id == id; });
    if (known) continue;
    throw Problem(ExitStatus::not_found, ErrorCode::unknown_provider,
                  "Your hub has no service '" + printable(id) + "'.",
                  "It has: " + names_of(offer) + ".");
  }
}

// What the options make of the choices so far.
api::SetThirdParty changed(const api::ThirdParty& now, const ThirdPartyOptions& options) {
  const channel::ThirdParty offer = now.offer.value_or(channel::ThirdParty());
  api::SetThirdParty request;
  request.choices = offer.choices.value_or(channel::SetThirdParty());
  if (options.on) request.choices->enabled = true;
  if (options.off) request.choices->enabled = false;
  if (!options.services.empty()) {
    require_known(offer, options.services);
    request.choices->provider_ids = options.services;
  }
  if (!options.reachable.empty()) request.choices->reachable = options.reachable == "yes";
  if (options.inbox == "separate") request.inbox = api::Inbox::separate;
  if (options.inbox == "combined") request.inbox = api::Inbox::combined;
  if (request.choices->enabled && request.choices->provider_ids.empty()) {
    throw usage_problem("Name the services you want to write with.",
                        "Add --services with some of: " + names_of(offer) + ".");
  }
  if (!request.choices->enabled && !options.off) {
    throw usage_problem("Third-party chats are off.", "Turn them on with --on.");
  }
  return request;
}

void require_offered(const channel::ThirdParty& offer) {
  const std::string refusal = refusal_text(offer);
  if (refusal.empty()) return;
  const bool is_region = offer.availability == channel::Availability::other_region;
  throw Problem(ExitStatus::refused,
                is_region ? ErrorCode::not_in_region : ErrorCode::unknown_provider, refusal,
                is_region ? "They are offered where the law asks for them, or where the operator "
                            "of your hub says so."
                          : "Ask the operator of your hub.");
}

bool yes(const std::string& question) { return confirm(question, kInstead); }

// The questions of the first time.
api::SetThirdParty asked(const channel::ThirdParty& offer) {
  api::SetThirdParty request;
  channel::SetThirdParty choices;
  choices.enabled = true;
  for (const auto& provider : offer.providers) {
    if (!can_be_chosen(provider)) continue;
    if (yes("Write with people on " + printable(provider.display_name) + "?")) {
      choices.provider_ids.push_back(provider.provider_id);
    }
  }
  if (choices.provider_ids.empty()) {
    throw usage_problem("No service was chosen, so third-party chats stay off.",
                        "Come back any time with: parley third-party");
  }
  request.inbox = yes("List their chats among your others? (No: apart)") ? api::Inbox::combined
                                                                         : api::Inbox::separate;
  choices.reachable = yes("May people there who know your exact name send you a request?");
  request.choices = std::move(choices);
  return request;
}

api::ThirdParty apply(Session& session, api::SetThirdParty request) {
  return session.run(std::move(request)).get<api::ThirdParty>();
}

bool is_on(const channel::ThirdParty& offer) { return offer.choices && offer.choices->enabled; }

// The offer, and the warnings wherever it can be turned on or is.
void show(const api::ThirdParty& it, bool json) {
  if (json) return print(offer_json(it));
  const channel::ThirdParty offer = it.offer.value_or(channel::ThirdParty());
  print(offer_text(it));
  if (refusal_text(offer).empty() || is_on(offer)) print("\n" + warnings_text(it));
}

// Nothing holds the account while a person reads and thinks: other commands use it meanwhile.
ExitStatus ask_to_turn_on(Context& context, const channel::ThirdParty& offer) {
  print("\n");
  if (!yes("Turn third-party chats on?")) return ExitStatus::interrupted;
  api::SetThirdParty request = asked(offer);
  const auto session = context.open();
  print("\n" + offer_text(apply(*session, std::move(request))));
  return ExitStatus::ok;
}

// By options: what there is to know comes first, what was chosen last.
ExitStatus change(Session& session, const api::ThirdParty& now, const ThirdPartyOptions& options) {
  const channel::ThirdParty offer = now.offer.value_or(channel::ThirdParty());
  if (!options.off) require_offered(offer);
  api::SetThirdParty request = changed(now, options);
  if (options.on && !is_on(offer) && !options.json) {
    show(now, false);
    print("\n");
  }
  const api::ThirdParty after = apply(session, std::move(request));
  print(options.json ? offer_json(after) : offer_text(after));
  if (options.off && !options.json) print("Your chats stay, readable and closed.\n");
  return ExitStatus::ok;
}

ExitStatus run(Context& context, const ThirdPartyOptions& options) {
  auto session = context.open();
  const Answer answer = session->run(api::GetThirdParty{});
  const auto& now = answer.get<api::ThirdParty>();
  const channel::ThirdParty offer = now.offer.value_or(channel::ThirdParty());
  if (options.is_change()) return change(*session, now, options);
  show(now, options.json);
  if (options.json || is_on(offer) || !refusal_text(offer).empty()) return ExitStatus::ok;
  const bool can_ask = is_terminal(STDIN_FILENO) && is_terminal(STDOUT_FILENO);
  if (can_ask) {
    session.reset();
    return ask_to_turn_on(context, offer);
  }
  note(
      "Turn them on with: parley third-party --on --services NAME --inbox separate|combined "
      "--reachable yes|no");
  return ExitStatus::ok;
}

}  // namespace

void add_third_party_command(CLI::App& app, Context& context, Action& action) {
  auto options = std::make_shared<ThirdPartyOptions>();
  auto* command = app.add_subcommand("third-party", "Chats with people on other services");
  auto* on = command->add_flag("--on", options->on, "Turn them on, or choose anew");
  command->add_flag("--off", options->off, "Turn them off; your chats stay, readable and closed")
      ->excludes(on);
  command->add_option("--services", options->services, "The services to write with: a,b")
      ->delimiter(',');
  command->add_option("--inbox", options->inbox, "Their chats apart from yours, or among them")
      ->check(CLI::IsMember({"separate", "combined"}));
  command
      ->add_option("--reachable", options->reachable,
                   "Whether people there who know your exact name can send you a request")
      ->check(CLI::IsMember({"yes", "no"}));
  command->add_flag("--json", options->json, "JSON objects, one a line; asks nothing");
  command->footer(
      example("  parley third-party\n"
              "  parley third-party --on --services nordlys --inbox separate --reachable yes"));
  command->callback([&, options] {
    context.json = options->json;
    action = [&, options] { return run(context, *options); };
  });
}

}  // namespace parley::cli
