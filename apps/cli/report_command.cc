// report: shows messages to the operator of the hub, after saying which.
#include <CLI/CLI.hpp>
#include <map>

#include "apps/cli/context.h"
#include "apps/cli/describe.h"
#include "apps/cli/find_message.h"
#include "apps/cli/inert_links.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"

namespace parley::cli {
namespace {

using wire::channel::ReportReason;

struct ReportOptions {
  std::string who, comment;
  std::string reason = "other";
  std::vector<std::string> ids;
  bool yes = false, block = false, json = false;
};

const std::map<std::string, ReportReason> kReasons = {{"spam", ReportReason::spam},
                                                      {"scam", ReportReason::scam},
                                                      {"abuse", ReportReason::abuse},
                                                      {"illegal", ReportReason::illegal},
                                                      {"other", ReportReason::other}};

api::SendReport request_of(Session& session, const ReportOptions& options) {
  api::SendReport request;
  request.who = peer_named(options.who);
  request.reason = kReasons.at(options.reason);
  request.comment = options.comment;
  for (const auto& id : options.ids) {
    api::MessageRef reference;
    reference.message_id = find_message(session, options.who, id);
    request.messages.push_back(std::move(reference));
  }
  return request;
}

void show_preview(const api::ReportPreview& preview, const std::string& who) {
  if (preview.messages.empty()) {
    print("The operator of your hub gets a report about " + who + " without any message.\n");
  } else {
    print("The operator of your hub gets to read this, with the proof that " + who +
          " sent it:\n\n");
  }
  bool has_links = false;
  for (const auto& message : preview.messages) {
    const api::Message shown = with_inert_links(message);
    has_links = has_links || shown.text != message.text;
    print("  " + message_line(shown, "") + "\n");
  }
  if (has_links) note("Links cannot be clicked here; the operator sees them as they were sent.");
  if (preview.left_out > 0) {
    note(std::to_string(preview.left_out) + " cannot be proven and is left out.");
  }
  if (!preview.messages.empty()) print("\nNothing else of the chat is shown. ");
  print(who + " is not told.\n");
}

ExitStatus report(Context& context, const ReportOptions& options) {
  auto session = context.open(options.who);
  api::SendReport request = request_of(*session, options);
  request.preview = true;
  const Answer answer = session->run(request);
  const auto& preview = answer.get<api::ReportPreview>();
  if (!options.json) show_preview(preview, options.who);
  if (!options.yes && !confirm("Send the report?", "Add --yes.")) return ExitStatus::interrupted;
  // Exactly what was shown, also if something has arrived since.
  request.messages.clear();
  for (const auto& message : preview.messages) {
    api::MessageRef reference;
    reference.message_id = message.message_id;
    request.messages.push_back(std::move(reference));
  }
  request.without_messages = preview.messages.empty();
  request.preview = false;
  session->run(std::move(request));
  if (options.block) {
    api::SetBlocked block;
    block.who = peer_named(options.who);
    block.blocked = true;
    session->run(std::move(block));
  }
  if (!options.json) {
    print(options.block ? "Reported and blocked.\n" : "Reported.\n");
    return ExitStatus::ok;
  }
  JsonLine line;
  line.add("type", "reported").add("who", options.who);
  line.add("messages", preview.messages.size()).add("left_out", preview.left_out);
  print(line.add("blocked", options.block).text() + "\n");
  return ExitStatus::ok;
}

}  // namespace

void add_report_command(CLI::App& app, Context& context, Action& action) {
  auto options = std::make_shared<ReportOptions>();
  auto* command = app.add_subcommand("report", "Show somebody's messages to the operator");
  command->add_option("WHO", options->who, "The other person's name")->required();
  command->add_option("--reason", options->reason, "spam, scam, abuse, illegal or other")
      ->check(CLI::IsMember({"spam", "scam", "abuse", "illegal", "other"}));
  command->add_option("--comment", options->comment, "In your words");
  command
      ->add_option("--message", options->ids,
                   "A message's id or its beginning; may be repeated. Without it: the last five")
      ->take_all();
  command->add_flag("--block", options->block, "And block them");
  command->add_flag("--yes", options->yes, "Do not ask");
  command->add_flag("--json", options->json, "The result (and errors) as JSON");
  command->footer(example("  parley report carol@nordlys --reason spam --block"));
  command->callback([&, options] {
    context.json = options->json;
    options->who = parse_who(options->who);
    action = [&, options] { return report(context, *options); };
  });
}

}  // namespace parley::cli
