// chats: what there is, in sections.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "apps/cli/context.h"
#include "apps/cli/describe_people.h"
#include "apps/cli/inert_links.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"

namespace parley::cli {
namespace {

constexpr int kPreviewColumns = 70;

void print_json(const api::Chat& chat) {
  JsonLine line;
  line.add("with", chat.peer_handle).add("name", chat.peer_name).add("unread", chat.unread);
  line.add("time", rfc3339(chat.time_ms)).add("preview", chat.preview);
  line.add("verified", chat.verified).add("blocked", chat.blocked);
  line.add("service", chat.provider).add("service_name", chat.provider_name);
  const bool is_closed = chat.closed != ErrorCode::unspecified;
  line.add("closed", is_closed ? error_info(chat.closed).name : "").add("request", false);
  print(line.text() + "\n");
}

void print_json(const api::Request& request) {
  JsonLine line;
  line.add("with", request.peer_handle).add("name", request.peer_name);
  line.add("unread", request.messages).add("time", rfc3339(request.time_ms));
  line.add("preview", request.preview).add("verified", false).add("blocked", false);
  line.add("service", request.provider).add("service_name", request.provider_name);
  print(line.add("closed", "").add("request", true).text() + "\n");
}

void print_chat(const api::Chat& chat) {
  std::string who = person_text(chat.peer_handle, chat.peer_name, chat.provider_name);
  if (chat.verified) who += styled(Style::green, " verified");
  if (chat.blocked) who += styled(Style::red, " blocked");
  if (chat.closed != ErrorCode::unspecified) who += styled(Style::dim, " closed");
  if (chat.unread > 0) who += styled(Style::yellow, " " + std::to_string(chat.unread) + " new");
  // Somebody blocked may never have been accepted.
  const std::string preview = printable(chat.preview);
  print(who + "  " + styled(Style::dim, local_time(chat.time_ms, now_ms())) + "\n  " +
        shortened(chat.blocked ? inert_links(preview) : preview, kPreviewColumns) + "\n");
}

void print_sections(const api::ChatList& list, const api::RequestList& requests) {
  const bool is_separate = list.inbox == api::Inbox::separate;
  for (const auto& chat : list.chats) {
    if (!is_separate || chat.provider.empty()) print_chat(chat);
  }
  bool has_head = false;
  for (const auto& chat : list.chats) {
    if (!is_separate || chat.provider.empty()) continue;
    if (!std::exchange(has_head, true))
      print("\n" + styled(Style::dim, "Third-party chats") + "\n");
    print_chat(chat);
  }
  if (requests.requests.empty()) return;
  print("\n" + styled(Style::dim, "Requests (parley accept WHO, parley decline WHO)") + "\n");
  for (const auto& request : requests.requests) print(request_text(request));
  if (std::ranges::any_of(requests.requests, has_links)) note(kInertLinksNote);
}

ExitStatus show_chats(Context& context, bool json) {
  auto session = context.open();
  session->look();
  const Answer chats = session->run(api::ListChats{});
  const Answer waiting = session->run(api::ListRequests{});
  const auto& list = chats.get<api::ChatList>();
  const auto& requests = waiting.get<api::RequestList>();
  if (json) {
    for (const auto& chat : list.chats) print_json(chat);
    for (const auto& request : requests.requests) print_json(request);
    return ExitStatus::ok;
  }
  if (list.chats.empty() && requests.requests.empty()) {
    note("No chats yet. Start one with: parley chat NAME");
  }
  print_sections(list, requests);
  return ExitStatus::ok;
}

}  // namespace

void add_chats_command(CLI::App& app, Context& context, Action& action) {
  auto json = std::make_shared<bool>(false);
  auto* chats = app.add_subcommand("chats", "List your chats and requests");
  chats->add_flag("--json", *json, "One JSON object a line");
  chats->footer(example("  parley chats"));
  chats->callback([&, json] {
    context.json = *json;
    action = [&, json] { return show_chats(context, *json); };
  });
}

}  // namespace parley::cli
