// send, reply, react, edit, delete, resend, cancel, history.
#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>

#include "apps/cli/context.h"
#include "apps/cli/describe.h"
#include "apps/cli/file_commands.h"
#include "apps/cli/find_message.h"
#include "apps/cli/inert_links.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"
#include "lib/base/encoding.h"

namespace parley::cli {
namespace {

constexpr std::size_t kMaxTextBytes = 32'768;  // of api::Text

struct SendOptions {
  std::string who, id;
  std::vector<std::string> words, files;
  std::string caption;
  std::uint32_t expires_s = 0;
  bool no_wait = false, json = false, for_me = false;
};

std::string joined(const std::vector<std::string>& words) {
  if (words.size() == 1 && words[0] == "-") {
    std::string text(std::istreambuf_iterator<char>(std::cin), {});
    if (text.ends_with('\n')) text.pop_back();
    return text;
  }
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

std::string checked_text(const std::vector<std::string>& words) {
  std::string text = joined(words);
  if (text.empty()) throw usage_problem("There is no text to send.", "Write it after the name.");
  if (text.size() > kMaxTextBytes) throw Problem(Error{ErrorCode::too_large, "32768 bytes a text"});
  if (!is_valid_utf8(as_bytes(text))) {
    throw usage_problem("The text is not UTF-8.", "Convert it, for example with iconv.");
  }
  return text;
}

void say_sent(const SendOptions& options, const Answer& answer) {
  if (!options.json) return;
  JsonLine line;
  line.add("type", "sent").add("to", options.who);
  line.add("id", id_text(answer.get<api::CommandDone>().message_id));
  line.add("state", options.no_wait ? "queued" : "sent").add("time", rfc3339(now_ms()));
  print(line.text() + "\n");
}

// Sends and says what became of it. A message that waits for the hub is safe in the
// outbox, which the user wants to know.
template <typename Request>
ExitStatus submit(Session& session, const SendOptions& options, Request request) {
  request.to = peer_named(options.who);
  request.wait = !options.no_wait;
  bool stored = false;
  session.on_happening = [&](const api::Event& event, std::uint64_t) {
    const auto* added = std::get_if<api::MessageAdded>(&event.body);
    stored |= added != nullptr && added->message && added->message->outgoing &&
              added->message->state == api::MessageState::queued;
  };
  Answer answer;
  try {
    answer = session.run(std::move(request));
  } catch (Problem& problem) {
    const bool may_still_go = problem.status() == ExitStatus::unreachable ||
                              problem.status() == ExitStatus::interrupted ||
                              problem.code() == ErrorCode::first_contact_limit;
    if (stored && may_still_go) {
      problem.with_advice("The message is stored and goes out as soon as parley reaches the hub.");
    }
    throw;
  }
  say_sent(options, answer);
  return ExitStatus::ok;
}

ExitStatus send(Session& session, const SendOptions& options, api::Send request) {
  request.expires_s = options.expires_s;
  return submit(session, options, std::move(request));
}

ExitStatus send_with_files(Context& context, const SendOptions& options) {
  api::SendFiles request;
  for (const auto& path : options.files) request.files.push_back(local_file(path));
  request.caption = options.caption;
  if (!options.words.empty()) {
    if (!options.caption.empty()) {
      throw usage_problem("There are both a text and a caption.", "Write one of them.");
    }
    request.caption = checked_text(options.words);
  }
  request.to = peer_named(options.who);
  request.expires_s = options.expires_s;
  request.wait = !options.no_wait;
  auto session = context.open(options.who);
  say_sent(options, send_files(*session, std::move(request), options.json));
  return ExitStatus::ok;
}

ExitStatus send_text(Context& context, const SendOptions& options) {
  if (!options.files.empty()) return send_with_files(context, options);
  const std::string text = checked_text(options.words);
  auto session = context.open(options.who);
  api::Send request;
  api::Text body;
  body.text = text;
  if (!options.id.empty()) body.in_reply_to = find_message(*session, options.who, options.id);
  request.what = std::move(body);
  return send(*session, options, std::move(request));
}

ExitStatus react(Context& context, const SendOptions& options) {
  auto session = context.open(options.who);
  api::Send request;
  api::Reaction body;
  body.message_id = find_message(*session, options.who, options.id);
  body.emoji = joined(options.words);
  request.what = std::move(body);
  return send(*session, options, std::move(request));
}

ExitStatus edit(Context& context, const SendOptions& options) {
  const std::string text = checked_text(options.words);
  auto session = context.open(options.who);
  api::Send request;
  api::Edit body;
  body.message_id = find_message(*session, options.who, options.id);
  body.text = text;
  request.what = std::move(body);
  return send(*session, options, std::move(request));
}

// From this device only; nothing is sent, so nothing is waited for.
void remove_here(Session& session, const SendOptions& options, bool only_unsent) {
  api::RemoveMessage request;
  request.chat = peer_named(options.who);
  request.message_id = find_message(session, options.who, options.id);
  request.only_unsent = only_unsent;
  session.run(std::move(request));
}

ExitStatus cancel(Context& context, const SendOptions& options) {
  auto session = context.open(options.who);
  try {
    remove_here(*session, options, true);
  } catch (const Problem& problem) {
    if (problem.code() != ErrorCode::out_of_place) throw;
    throw Problem(ExitStatus::failed, problem.code(), "It may have reached the hub already.",
                  "Delete it for both with: parley delete WHO ID, or here: --for-me");
  }
  return ExitStatus::ok;
}

ExitStatus remove(Context& context, const SendOptions& options) {
  auto session = context.open(options.who);
  if (options.for_me) {
    remove_here(*session, options, false);
    return ExitStatus::ok;
  }
  api::Send request;
  api::Deletion body;
  body.message_id = find_message(*session, options.who, options.id);
  request.what = std::move(body);
  return send(*session, options, std::move(request));
}

ExitStatus resend(Context& context, const SendOptions& options) {
  auto session = context.open(options.who);
  api::Resend request;
  request.message_id = find_message(*session, options.who, options.id);
  return submit(*session, options, std::move(request));
}

// --- looking

struct HistoryOptions {
  std::string who, before;
  std::uint32_t limit = 50;
  bool json = false, ids = false, read = false;
};

ExitStatus show_history(Context& context, const HistoryOptions& options) {
  auto session = context.open(options.who);
  session->look();
  const std::string name = context.account().name;
  api::GetContact get;
  get.who = peer_named(options.who);
  const bool is_accepted = session->run(std::move(get)).get<api::Contact>().accepted;
  std::vector<api::Message> messages =
      load_history(*session, options.who, options.limit, options.before);
  bool has_links = false;
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
    const bool is_request = !is_accepted && !message->outgoing;
    if (options.json) {
      JsonLine line = message_json("message", *message, name);
      if (is_request) line.add("request", true);
      print(line.text() + "\n");
    } else {
      const std::string id = options.ids ? id_text(message->message_id).substr(0, 8) + " " : "";
      const api::Message shown = is_request ? with_inert_links(*message) : *message;
      has_links = has_links || shown.text != message->text;
      print(styled(Style::dim, id) + message_line(shown, name) + "\n");
    }
  }
  if (has_links) note(kInertLinksNote);
  if (options.read) {
    api::MarkRead mark;
    mark.chat = peer_named(options.who);
    if (!messages.empty()) mark.chat->account_id = messages.front().peer_account_id;
    session->run(std::move(mark));
  }
  return ExitStatus::ok;
}

// The options that every command that sends has.
void add_sending(CLI::App* command, const std::shared_ptr<SendOptions>& options) {
  command->add_flag("--no-wait", options->no_wait,
                    "Do not wait for the hub; the message is stored and sent later");
  command->add_flag("--json", options->json, "The message's id (and errors) as JSON");
}

void add_message_id(CLI::App* command, const std::shared_ptr<SendOptions>& options) {
  command
      ->add_option("ID", options->id,
                   "A message's id or its beginning, as parley history --ids shows it")
      ->required();
}

}  // namespace

void add_message_commands(CLI::App& app, Context& context, Action& action) {
  const auto add = [&](const char* name, const char* what, const char* lines,
                       ExitStatus (*run)(Context&, const SendOptions&)) {
    auto options = std::make_shared<SendOptions>();
    auto* command = app.add_subcommand(name, what);
    command->add_option("WHO", options->who, "The other person's name")->required();
    command->footer(example(lines));
    command->callback([&context, &action, options, run] {
      context.json = options->json;
      options->who = parse_who(options->who);
      action = [&context, options, run] { return run(context, *options); };
    });
    add_sending(command, options);
    return std::make_pair(command, options);
  };

  {
    auto [command, options] = add("send", "Send a message, or files",
                                  "  parley send bob 'See you at eight'\n"
                                  "  date | parley send bob -\n"
                                  "  parley send bob --file cat.jpg --caption 'Look at her'",
                                  send_text);
    command->add_option("TEXT", options->words, "The text; - reads it from standard input");
    command->add_option("--file", options->files, "Send this file; again for more of them")
        ->allow_extra_args(false);
    command->add_option("--caption", options->caption, "What to say about the files");
    command->add_option("--expires", options->expires_s,
                        "Seconds until it disappears after reading");
  }
  {
    auto [command, options] =
        add("reply", "Answer one message", "  parley reply bob mzxw6ytb 'Yes, gladly'", send_text);
    add_message_id(command, options);
    command->add_option("TEXT", options->words, "The text; - reads it from standard input")
        ->required();
  }
  {
    auto [command, options] = add("react", "React to a message, or take it back",
                                  "  parley react bob mzxw6ytb 👍", react);
    add_message_id(command, options);
    command->add_option("EMOJI", options->words, "One emoji; nothing takes yours back");
  }
  {
    auto [command, options] = add("edit", "Change one of your messages",
                                  "  parley edit bob mzxw6ytb 'See you at nine'", edit);
    add_message_id(command, options);
    command->add_option("TEXT", options->words, "The new text")->required();
  }
  {
    auto [command, options] =
        add("delete", "Delete one of your messages for both, or any message here",
            "  parley delete bob mzxw6ytb\n  parley delete bob mzxw6ytb --for-me", remove);
    add_message_id(command, options);
    command->add_flag("--for-me", options->for_me,
                      "Remove it from this device only; nobody is told");
  }

  {
    auto [command, options] = add("resend", "Try a message again that could not be sent",
                                  "  parley resend bob@nordlys mzxw6ytb", resend);
    add_message_id(command, options);
  }

  {
    auto [command, options] = add("cancel", "Remove a message that was not sent yet",
                                  "  parley cancel bob mzxw6ytb", cancel);
    add_message_id(command, options);
  }

  auto history = std::make_shared<HistoryOptions>();
  auto* past = app.add_subcommand("history", "Show the messages of a chat, oldest first");
  past->add_option("WHO", history->who, "The other person's name")->required();
  past->add_option("--limit", history->limit, "At most this many, the newest")
      ->check(CLI::Range(1, 100'000));
  past->add_option("--before", history->before, "Only what is older than this message's id");
  past->add_flag("--ids", history->ids, "With the beginning of each message's id");
  past->add_flag("--mark-read", history->read, "Count them as read");
  past->add_flag("--json", history->json, "One JSON object a line");
  past->footer(example("  parley history bob --limit 20\n  parley history bob --json"));
  past->callback([&, history] {
    context.json = history->json;
    history->who = parse_who(history->who);
    action = [&, history] { return show_history(context, *history); };
  });
}

}  // namespace parley::cli
