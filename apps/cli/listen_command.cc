// listen: prints what arrives, each thing once, also what another command received
// meanwhile (the inbox, client/runtime/record_store.h).
#include <CLI/CLI.hpp>
#include <map>

#include "apps/cli/context.h"
#include "apps/cli/describe.h"
#include "apps/cli/describe_people.h"
#include "apps/cli/inert_links.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"

namespace parley::cli {
namespace {

constexpr std::uint32_t kPage = 100;

struct ListenOptions {
  bool json = false;
  std::uint64_t count = 0;  // 0: no end
  double timeout_s = 0;     // 0: none
};

class Listener {
 public:
  Listener(Session& session, const ListenOptions& options, std::string own_name)
      : session_(session), options_(options), own_name_(std::move(own_name)) {
    session_.on_happening = [this](const api::Event& event, std::uint64_t position) {
      happened(event, position);
    };
    session_.on_inbox_page = [this](const wire::client_local::InboxPage& page) { show(page); };
    session_.on_link_change = [this] { link_changed(); };
    session_.on_rejoined = [this] { start_over(); };
    read_more();
  }

  bool is_done() const { return options_.count > 0 && messages_ >= options_.count; }
  const std::optional<Problem>& problem() const { return problem_; }

 private:
  // Everything that stays is read from the inbox, so nothing is told twice or out of
  // order; only what does not stay (typing) is shown as it comes.
  void happened(const api::Event& event, std::uint64_t position) {
    if (const auto* typing = std::get_if<api::TypingChanged>(&event.body)) return show(*typing);
    if (position > shown_) {
      is_more_ = true;
      read_more();
    }
  }

  void start_over() {
    is_reading_ = false;
    read_more();
  }

  void read_more() {
    if (is_reading_ || is_done() || problem_) return;
    is_reading_ = true;
    is_more_ = false;
    session_.read_inbox(shown_, kPage);
  }

  void show(const wire::client_local::InboxPage& page) {
    is_reading_ = false;
    try {
      for (const auto& entry : page.events) {
        if (is_done()) return;
        if (entry.event) show(*entry.event);
        shown_ = entry.inbox_position;
        session_.drop_inbox(shown_);
      }
    } catch (const Problem& problem) {
      problem_ = problem;  // not dropped: it comes again the next time
      return;
    }
    if (is_more_ || page.events.size() == kPage) read_more();
  }

  void show(const api::Event& event) {
    if (const auto* added = std::get_if<api::MessageAdded>(&event.body)) {
      const auto& message = *added->message;
      print_message("message", message);
      if (message.notice == api::NoticeKind::unspecified) ++messages_;
    } else if (const auto* request = std::get_if<api::RequestChanged>(&event.body)) {
      print((options_.json ? request_event_json(*request).text() : request_event_line(*request)) +
            "\n");
      explain_links(*request);
      if (request->message) ++messages_;
    } else if (const auto* changed = std::get_if<api::MessageChanged>(&event.body)) {
      print_message("change", *changed->message);
    } else if (const auto* receipt = std::get_if<api::ReceiptArrived>(&event.body)) {
      for (const auto& message : receipt->messages) show(*receipt, message.message_id);
    } else if (const auto* notice = std::get_if<api::NoticeAdded>(&event.body)) {
      show(*notice);
    }
  }

  void explain_links(const api::RequestChanged& request) {
    if (options_.json || !request.message || has_explained_links_) return;
    if (inert_links(request.message->text) == request.message->text) return;
    note(kInertLinksNote);
    has_explained_links_ = true;
  }

  void print_message(const char* type, const api::Message& message) {
    print((options_.json ? message_json(type, message, own_name_).text()
                         : message_line(message, own_name_)) +
          "\n");
  }

  void show(const api::ReceiptArrived& receipt, const Bytes& id) {
    if (!options_.json) return;
    JsonLine line = head("receipt", receipt.peer_handle, "", id_text(id), receipt.time_ms);
    print(line.add("state", state_name(receipt.state)).text() + "\n");
  }

  void show(const api::TypingChanged& typing) {
    if (!options_.json) return;
    JsonLine line = head("typing", typing.peer_handle, "", "", now_ms());
    try {
      print(line.add("active", typing.active).text() + "\n");
    } catch (const Problem& problem) {
      problem_ = problem;
    }
  }

  void show(const api::NoticeAdded& notice) {
    const std::string text = notice_text(notice.kind, printable(notice.peer_handle));
    if (!options_.json) return print(styled(Style::yellow, text) + "\n");
    JsonLine line =
        head("notice", notice.peer_handle, text, id_text(notice.message_id), notice.time_ms);
    print(line.add("notice", notice_name(notice.kind)).text() + "\n");
  }

  static JsonLine head(const char* type, const std::string& from, const std::string& text,
                       const std::string& id, std::int64_t time_ms) {
    JsonLine line;
    line.add("type", type).add("from", from).add("text", text);
    line.add("id", id).add("time", rfc3339(time_ms));
    return line;
  }

  void link_changed() {
    const bool is_up = session_.link().state == api::LinkState::online;
    if (is_up && was_said_) note("parley: connected again");
    if (!is_up && !was_said_ && session_.link().failures > 0) {
      const auto& info = error_info(session_.link().problem);
      note("parley: " + std::string(info.text) + " Trying again.");
    }
    was_said_ = !is_up && (was_said_ || session_.link().failures > 0);
  }

  Session& session_;
  const ListenOptions& options_;
  std::string own_name_;
  std::uint64_t shown_ = 0;  // position in the inbox
  std::uint64_t messages_ = 0;
  bool is_reading_ = false, is_more_ = false, was_said_ = false, has_explained_links_ = false;
  std::optional<Problem> problem_;
};

ExitStatus listen(Context& context, const ListenOptions& options) {
  auto session = context.open();
  Listener listener(*session, options, context.account().name);
  const bool in_time = session->wait_until(
      [&] { return listener.is_done() || listener.problem() || session->lasting_problem(); },
      milliseconds(static_cast<std::int64_t>(options.timeout_s * 1000)));
  session->on_happening = nullptr;
  session->on_inbox_page = nullptr;
  session->on_link_change = nullptr;
  session->on_rejoined = nullptr;
  if (listener.problem()) throw *listener.problem();
  if (!in_time) return ExitStatus::timed_out;
  if (!listener.is_done()) throw Problem(*session->lasting_problem());
  return ExitStatus::ok;
}

}  // namespace

void add_listen_command(CLI::App& app, Context& context, Action& action) {
  auto options = std::make_shared<ListenOptions>();
  auto* command = app.add_subcommand("listen", "Print what arrives, each thing once");
  command->add_flag("--json", options->json, "One JSON object a line");
  command->add_option("--count", options->count, "End with status 0 after this many messages");
  command->add_option("--timeout", options->timeout_s, "End with status 5 after this many seconds")
      ->check(CLI::Range(0.0, 1e7));
  command->footer(example("  parley listen --json --count 1 --timeout 30"));
  command->callback([&, options] {
    context.json = options->json;
    action = [&, options] { return listen(context, *options); };
  });
}

}  // namespace parley::cli
