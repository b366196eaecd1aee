// chat: two people talk. Messages come in above the line that is being written.
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <map>

#include "apps/cli/chat_screen.h"
#include "apps/cli/context.h"
#include "apps/cli/describe.h"
#include "apps/cli/find_message.h"
#include "apps/cli/raw_terminal.h"
#include "apps/cli/safety_number.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"

namespace parley::cli {
namespace {

constexpr std::uint32_t kFirstMessages = 20;
constexpr std::size_t kMaxTextBytes = 32'768;
// A typing notice holds for 10 s at the other side.
constexpr std::int64_t kTypingRepeatMs = 5'000;
// What is on its way when the chat ends gets this long.
constexpr Duration kLastSends = seconds(5);

constexpr const char* kHelp =
    "/reply [N] TEXT   answer message N (or the last one from the other)\n"
    "/react [N] EMOJI  react to it; without an emoji, take yours back\n"
    "/edit [N] TEXT    change your message N (or your last one)\n"
    "/delete [N]       delete it for both\n"
    "/more             older messages\n"
    "/verify           the safety number; /verify yes after comparing it\n"
    "/accept           go on after the safety number has changed\n"
    "/quit             leave (also Ctrl-D)\n"
    "//text            a message that begins with /";

class Chat {
 public:
  Chat(Session& session, std::string who, std::string own_name, bool live)
      : session_(session),
        who_(std::move(who)),
        own_name_(std::move(own_name)),
        live_(live),
        screen_(live, editor_),
        input_(session.io()) {}

  void run() {
    load();
    listen_to_session();
    read_input();
    update_prompt();
    session_.wait_until([this] { return quit_; }, {});
    // Pipes end before the last lines are accepted.
    session_.wait_until([this] { return open_sends_ == 0; }, kLastSends);
    stop_typing();
    screen_.leave();
    if (problem_) throw *problem_;
  }

 private:
  // --- the beginning

  void load() {
    api::GetContact request;
    request.who = peer_named(who_);
    contact_ = session_.run(std::move(request)).get<api::Contact>();
    std::vector<api::Message> past = load_history(session_, who_, kFirstMessages);
    std::string head = "Chat with " + styled(Style::bold, printable(contact_.handle));
    if (!contact_.profile_name.empty()) head += " (" + printable(contact_.profile_name) + ")";
    head += contact_.verified ? ", end-to-end encrypted, verified"
                              : ", end-to-end encrypted, not verified (/verify)";
    screen_.show("", head + ". /help lists what else there is.");
    for (auto message = past.rbegin(); message != past.rend(); ++message) show(*message);
    mark_read();
  }

  void listen_to_session() {
    session_.on_happening = [this](const api::Event& event, std::uint64_t) { happened(event); };
    session_.on_link_change = [this] { update_prompt(); };
    session_.on_rejoined = [this] { update_prompt(); };
  }

  // --- what comes in

  bool is_here(const Bytes& peer) const { return peer == contact_.account_id; }

  void happened(const api::Event& event) {
    if (const auto* added = std::get_if<api::MessageAdded>(&event.body)) {
      arrived(*added->message);
    } else if (const auto* changed = std::get_if<api::MessageChanged>(&event.body)) {
      if (is_here(changed->message->peer_account_id)) show_change(*changed->message);
    } else if (const auto* typing = std::get_if<api::TypingChanged>(&event.body)) {
      if (!is_here(typing->peer_account_id)) return;
      they_type_ = typing->active;
      update_prompt();
    } else if (const auto* notice = std::get_if<api::NoticeAdded>(&event.body)) {
      warn(notice_text(notice->kind, printable(notice->peer_handle)));
    } else if (std::holds_alternative<api::Status>(event.body)) {
      update_prompt();
      if (auto lasting = session_.lasting_problem()) stop(Problem(*lasting));
    }
  }

  void arrived(const api::Message& message) {
    if (!is_here(message.peer_account_id)) {
      if (!message.outgoing) {
        say(printable(message.peer_handle) + " wrote to you: parley chat " +
            printable(message.peer_handle));
      }
      return;
    }
    if (message.notice != api::NoticeKind::unspecified) return;  // NoticeAdded comes too
    if (!message.outgoing) they_type_ = false;
    show(message);
    update_prompt();
    if (!message.outgoing) mark_read();
  }

  std::string line_of(const api::Message& message) {
    const auto [entry, is_new] = numbers_.try_emplace(message.message_id, numbers_.size() + 1);
    if (is_new) messages_.push_back(message);
    messages_[entry->second - 1] = message;
    std::string number = std::to_string(entry->second);
    if (number.size() < 2) number.insert(0, " ");
    return styled(Style::dim, number) + " " + message_line(message, own_name_);
  }

  void show(const api::Message& message) {
    screen_.show(id_text(message.message_id), line_of(message));
  }

  void show_change(const api::Message& message) {
    const auto known = numbers_.find(message.message_id);
    const bool is_known = known != numbers_.end();
    const api::Message before = is_known ? messages_[known->second - 1] : api::Message();
    const std::string line = line_of(message);
    if (screen_.update(id_text(message.message_id), line)) return;
    // Ticks of what is out of sight are not worth a line; the rest is.
    const bool is_worth_it = message.text != before.text || message.deleted != before.deleted ||
                             message.reactions != before.reactions ||
                             message.state == api::MessageState::failed;
    if (is_worth_it) screen_.show(id_text(message.message_id), line);
  }

  void mark_read() {
    api::MarkRead mark;
    mark.chat = peer_named(who_);
    mark.chat->account_id = contact_.account_id;
    session_.submit(std::move(mark), nullptr);
  }

  // --- what goes out

  void read_input() {
    struct stat facts{};
    const int copy = ::dup(STDIN_FILENO);
    if (::fstat(STDIN_FILENO, &facts) == 0 && S_ISREG(facts.st_mode)) {
      // A file is always ready, which cannot be waited for.
      file_input_ = copy;
      return read_file();
    }
    input_.assign(copy);
    read_more();
  }

  void read_file() {
    char piece[4096];
    for (ssize_t got; (got = ::read(file_input_, piece, sizeof piece)) > 0;) {
      feed({piece, static_cast<std::size_t>(got)});
    }
    ::close(file_input_);
    quit_ = true;
  }

  void read_more() {
    input_.async_read_some(boost::asio::buffer(buffer_),
                           [this](boost::system::error_code error, std::size_t size) {
                             if (error == boost::asio::error::operation_aborted) return;
                             if (error) {
                               quit_ = true;
                               return;
                             }
                             feed({buffer_, size});
                             if (!quit_) read_more();
                           });
  }

  void feed(std::string_view bytes) {
    try {
      for (const char byte : bytes) {
        LineEditor::Event event{};
        if (editor_.feed(static_cast<unsigned char>(byte), event)) key(event);
        if (quit_) return;
      }
      if (live_) screen_.refresh();
    } catch (const Problem& problem) {
      stop(problem);
    }
  }

  void key(LineEditor::Event event) {
    switch (event) {
      case LineEditor::Event::submitted:
        return submitted(editor_.take_line());
      case LineEditor::Event::end:
        quit_ = true;
        return;
      case LineEditor::Event::interrupt:
        if (editor_.text().empty()) quit_ = true;
        return editor_.clear();
      case LineEditor::Event::redraw:
        return;
      case LineEditor::Event::changed:
        return we_type();
    }
  }

  void submitted(const std::string& line) {
    if (live_) screen_.refresh();
    stop_typing();
    if (line.find_first_not_of(" \t\n") == std::string::npos) return;
    if (line[0] == '/' && !line.starts_with("//")) return command(line.substr(1));
    api::Text text;
    text.text = line.starts_with("//") ? line.substr(1) : line;
    send(std::move(text));
  }

  template <typename What>
  void send(What what) {
    if constexpr (requires { what.text; }) {
      if (what.text.size() > kMaxTextBytes) return warn("This is too long; send it in parts.");
      if (what.text.empty()) return warn("There is no text.");
    }
    api::Send request;
    request.to = peer_named(who_);
    request.to->account_id = contact_.account_id;
    request.what = std::move(what);
    ++open_sends_;
    // In a pipe, the end waits until the hub has everything.
    request.wait = !live_;
    session_.submit(std::move(request), [this](Result<Answer> answer) {
      --open_sends_;
      if (!answer) warn(explanation(answer.error()));
    });
  }

  static std::string explanation(const Error& error) {
    const auto& info = error_info(error.code);
    std::string text = std::string(info.text) + " " + std::string(info.advice);
    if (error.code == ErrorCode::identity_changed) text += " Or go on with: /accept";
    return text;
  }

  void we_type() {
    const bool is_message = !editor_.text().empty() && editor_.text()[0] != '/';
    if (!live_ || !is_message) return stop_typing();
    if (now_ms() - typing_told_ms_ < kTypingRepeatMs) return;
    typing_told_ms_ = now_ms();
    tell_typing(true);
  }

  void stop_typing() {
    if (typing_told_ms_ == 0) return;
    typing_told_ms_ = 0;
    tell_typing(false);
  }

  void tell_typing(bool active) {
    api::SetTyping typing;
    typing.to = peer_named(who_);
    typing.to->account_id = contact_.account_id;
    typing.active = active;
    session_.submit(std::move(typing), nullptr);
  }

  // --- commands

  void command(const std::string& line) {
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string name = line.substr(0, space);
    std::string rest = line.substr(std::min(space + 1, line.size()));
    if (name == "quit" || name == "q") {
      quit_ = true;
    } else if (name == "help") {
      screen_.show("", styled(Style::dim, kHelp));
    } else if (name == "more") {
      show_older();
    } else if (name == "verify") {
      verify(rest == "yes");
    } else if (name == "accept") {
      accept();
    } else if (name == "reply" || name == "react" || name == "edit" || name == "delete") {
      about_message(name, rest);
    } else {
      warn("There is no command /" + printable(name) + ". /help lists them.");
    }
  }

  // The message a command is about: the number it begins with, or the last that fits.
  const api::Message* pick(std::string& rest, bool own) {
    std::size_t digits = 0;
    while (digits < rest.size() && digits < 6 && rest[digits] >= '0' && rest[digits] <= '9') {
      ++digits;
    }
    if (digits > 0 && (digits == rest.size() || rest[digits] == ' ')) {
      const std::size_t number = std::stoul(rest.substr(0, digits));
      rest.erase(0, std::min(digits + 1, rest.size()));
      return number >= 1 && number <= messages_.size() ? &messages_[number - 1] : nullptr;
    }
    for (auto message = messages_.rbegin(); message != messages_.rend(); ++message) {
      if (message->outgoing == own && !message->deleted) return &*message;
    }
    return nullptr;
  }

  void about_message(const std::string& name, std::string rest) {
    const bool own = name == "edit" || name == "delete";
    const api::Message* message = pick(rest, own);
    if (message == nullptr) return warn("There is no such message. The numbers stand in front.");
    if (own && !message->outgoing) return warn("Only your own messages can be changed.");
    if (name == "reply") {
      api::Text text;
      text.text = rest;
      text.in_reply_to = message->message_id;
      send(std::move(text));
    } else if (name == "react") {
      api::Reaction reaction;
      reaction.message_id = message->message_id;
      reaction.emoji = rest;
      send(std::move(reaction));
    } else if (name == "edit") {
      api::Edit edit;
      edit.message_id = message->message_id;
      edit.text = rest;
      send(std::move(edit));
    } else {
      api::Deletion deletion;
      deletion.message_id = message->message_id;
      send(std::move(deletion));
    }
  }

  void show_older() {
    api::ListMessages list;
    list.chat = peer_named(who_);
    list.limit = static_cast<std::uint32_t>(messages_.size()) + kFirstMessages;
    session_.submit(std::move(list), [this](Result<Answer> answer) {
      if (!answer) return warn(explanation(answer.error()));
      const auto* page = answer->find<api::MessagePage>();
      if (page == nullptr) return;
      std::vector<const api::Message*> older;
      for (const auto& message : page->messages) {
        if (!numbers_.contains(message.message_id)) older.push_back(&message);
      }
      if (older.empty()) return say("There is nothing older.");
      for (auto message = older.rbegin(); message != older.rend(); ++message) show(**message);
    });
  }

  void verify(bool yes) {
    if (yes) {
      api::SetVerified request;
      request.who = peer_named(who_);
      request.verified = true;
      session_.submit(std::move(request), [this](Result<Answer> answer) {
        answer ? say(who_ + " is verified.") : warn(explanation(answer.error()));
      });
      return;
    }
    api::GetContact request;
    request.who = peer_named(who_);
    session_.submit(std::move(request), [this](Result<Answer> answer) {
      if (!answer) return warn(explanation(answer.error()));
      if (const auto* contact = answer->find<api::Contact>()) {
        screen_.show("",
                     safety_number_text(*contact, live_, uses_colours()) + "(here: /verify yes)");
      }
    });
  }

  void accept() {
    api::AcceptIdentity request;
    request.who = peer_named(who_);
    session_.submit(std::move(request), [this](Result<Answer> answer) {
      answer ? say("You can write again. The new safety number is not verified.")
             : warn(explanation(answer.error()));
    });
  }

  // --- the screen

  void say(const std::string& text) { screen_.show("", styled(Style::dim, text)); }
  void warn(const std::string& text) { screen_.show("", styled(Style::yellow, text)); }

  void update_prompt() {
    if (!live_) return;
    std::string prompt = printable(own_name_) + "> ";
    if (they_type_) prompt = "(" + printable(who_) + " is typing) " + prompt;
    const auto& link = session_.link();
    if (link.state != api::LinkState::online) {
      const bool is_disk = link.problem == ErrorCode::store_unwritable;
      prompt = (is_disk             ? "(disk full or read-only) "
                : link.failures > 0 ? "(offline) "
                                    : "(connecting) ") +
               prompt;
    }
    if (prompt != std::exchange(prompt_, prompt)) screen_.set_prompt(prompt);
  }

  void stop(Problem problem) {
    if (!problem_) problem_ = std::move(problem);
    quit_ = true;
  }

  Session& session_;
  std::string who_, own_name_;
  bool live_;
  LineEditor editor_;
  ChatScreen screen_;
  boost::asio::posix::stream_descriptor input_;
  int file_input_ = -1;
  char buffer_[4096];
  api::Contact contact_;
  std::map<Bytes, std::size_t> numbers_;  // from 1, as they are shown
  std::vector<api::Message> messages_;    // by number
  std::string prompt_;
  std::int64_t typing_told_ms_ = 0;
  int open_sends_ = 0;
  bool they_type_ = false, quit_ = false;
  std::optional<Problem> problem_;
};

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
  command->footer(example("  parley chat bob\n  parley --as alice chat bob"));
  command->callback([&, who] {
    *who = parse_name(*who);
    action = [&, who] { return chat(context, *who); };
  });
}

}  // namespace parley::cli
