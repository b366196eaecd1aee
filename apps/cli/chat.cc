#include "apps/cli/chat.h"

#include "apps/cli/context.h"
#include "apps/cli/describe.h"
#include "apps/cli/describe_people.h"
#include "apps/cli/find_message.h"
#include "apps/cli/inert_links.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"

namespace parley::cli {
namespace {

constexpr std::uint32_t kFirstMessages = 20;
// What is on its way when the chat ends gets this long.
constexpr Duration kLastSends = seconds(5);

// Of a contact, what the card of a request needs.
api::Request request_of(const api::Contact& contact) {
  api::Request request;
  request.peer_handle = contact.handle;
  request.peer_name = contact.profile_name;
  request.provider_name = contact.provider_name;
  return request;
}

}  // namespace

Chat::Chat(Session& session, std::string who, std::string own_name, bool live)
    : session_(session),
      who_(std::move(who)),
      own_name_(std::move(own_name)),
      live_(live),
      screen_(live, editor_),
      input_(session.io()) {}

void Chat::run() {
  load();
  listen_to_session();
  reload_contact();  // what came while the history was read
  read_input();
  update_prompt();
  session_.wait_until([this] { return quit_; }, {});
  // Pipes end before the last lines are accepted.
  session_.wait_until([this] { return open_sends_ == 0; }, kLastSends);
  stop_typing();
  screen_.leave();
  if (problem_) throw *problem_;
}

// --- the beginning

void Chat::load() {
  api::GetContact request;
  request.who = peer_named(who_);
  contact_ = session_.run(std::move(request)).get<api::Contact>();
  std::vector<api::Message> past = load_history(session_, who_, kFirstMessages);
  show_head();
  for (auto message = past.rbegin(); message != past.rend(); ++message) show(*message);
  if (contact_.request) show_card(request_of(contact_));
  mark_read();
}

// Once for each request, however its news arrives.
void Chat::show_card(const api::Request& request) {
  if (!std::exchange(has_card_, true)) screen_.show("", request_card(request));
}

void Chat::show_head() {
  const api::Trust trust = contact_.trust.value_or(api::Trust());
  std::string head = "Chat with " + contact_text(contact_);
  head += ", " + printable(trust.line);
  if (!contact_.provider.empty()) {
    head += " (/trust)";
  } else if (!contact_.verified) {
    head += " (/verify)";
  }
  screen_.show("", head + ". /help lists what else there is.");
  if (const std::string lacks = lacks_line(contact_); !lacks.empty()) say(lacks);
  if (contact_.closed == ErrorCode::unspecified) return;
  std::string why =
      "This chat can be read and not written to: " + std::string(error_info(contact_.closed).text);
  if (!contact_.closed_detail.empty()) why += " (" + printable(contact_.closed_detail) + ")";
  warn(why);
}

void Chat::listen_to_session() {
  session_.on_happening = [this](const api::Event& event, std::uint64_t) { happened(event); };
  session_.on_link_change = [this] { update_prompt(); };
  session_.on_rejoined = [this] { update_prompt(); };
}

// --- what comes in

void Chat::happened(const api::Event& event) {
  if (const auto* added = std::get_if<api::MessageAdded>(&event.body)) {
    arrived(*added->message);
  } else if (const auto* changed = std::get_if<api::MessageChanged>(&event.body)) {
    if (is_here(changed->message->peer_account_id)) show_change(*changed->message);
  } else if (const auto* request = std::get_if<api::RequestChanged>(&event.body)) {
    request_changed(*request);
  } else if (const auto* typing = std::get_if<api::TypingChanged>(&event.body)) {
    if (!is_here(typing->peer_account_id)) return;
    they_type_ = typing->active;
    update_prompt();
  } else if (const auto* notice = std::get_if<api::NoticeAdded>(&event.body)) {
    warn(notice_text(notice->kind, printable(notice->peer_handle)));
  } else if (const auto* transfer = std::get_if<api::Transfer>(&event.body)) {
    if (is_here(transfer->peer_account_id)) show_transfer(*transfer);
  } else if (std::holds_alternative<api::ThirdParty>(event.body)) {
    reload_contact();  // the service may be closed or open now
  } else if (std::holds_alternative<api::Status>(event.body)) {
    update_prompt();
    if (auto lasting = session_.lasting_problem()) stop(Problem(*lasting));
  }
}

void Chat::arrived(const api::Message& message) {
  if (!is_here(message.peer_account_id)) {
    if (!message.outgoing) {
      say(printable(message.peer_handle) + " wrote to you: parley chat " +
          printable(message.peer_handle));
    }
    return;
  }
  if (message.notice != api::NoticeKind::unspecified) return;  // NoticeAdded comes too
  if (!message.outgoing) {
    they_type_ = false;
    contact_.accepted = true;  // anybody else's would be a request
  }
  show(message);
  update_prompt();
  if (!message.outgoing) mark_read();
}

void Chat::request_changed(const api::RequestChanged& changed) {
  const api::Request request = changed.request.value_or(api::Request());
  if (!is_here(request.peer_account_id)) {
    if (changed.state == api::RequestState::open) {
      say(printable(request.peer_handle) + " wants to write to you: parley chat " +
          printable(request.peer_handle));
    }
    return;
  }
  if (changed.state != api::RequestState::open) return reload_contact();
  contact_.request = true;
  if (changed.message) show(*changed.message);
  show_card(request);
}

std::string Chat::line_of(const api::Message& message) {
  const auto [entry, is_new] = numbers_.try_emplace(message.message_id, numbers_.size() + 1);
  if (is_new) messages_.push_back(message);
  messages_[entry->second - 1] = message;
  std::string number = std::to_string(entry->second);
  if (number.size() < 2) number.insert(0, " ");
  const api::Message shown = contact_.accepted ? message : with_inert_links(message);
  return styled(Style::dim, number) + " " + message_line(shown, own_name_);
}

void Chat::show(const api::Message& message) {
  screen_.show(id_text(message.message_id), line_of(message));
  const bool has_links = !contact_.accepted && with_inert_links(message).text != message.text;
  if (has_links && !std::exchange(has_explained_links_, true)) say(kInertLinksNote);
}

void Chat::show_change(const api::Message& message) {
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

void Chat::mark_read() {
  api::MarkRead mark;
  mark.chat = peer_named(who_);
  mark.chat->account_id = contact_.account_id;
  session_.submit(std::move(mark), nullptr);
}

void Chat::reload_contact() {
  ask_contact([this](const api::Contact& contact) {
    const bool was_request = contact_.request;
    contact_ = contact;
    update_prompt();
    if (contact_.request) return show_card(request_of(contact_));
    has_card_ = false;
    if (was_request) mark_read();
  });
}

// --- the screen

void Chat::say(const std::string& text) { screen_.show("", styled(Style::dim, text)); }
void Chat::warn(const std::string& text) { screen_.show("", styled(Style::yellow, text)); }

void Chat::update_prompt() {
  if (!live_) return;
  std::string prompt = printable(own_name_);
  // Nobody should have to remember which chat leaves this service.
  if (!contact_.provider_name.empty()) prompt += ", send to " + printable(contact_.provider_name);
  prompt += "> ";
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

void Chat::stop(Problem problem) {
  if (!problem_) problem_ = std::move(problem);
  quit_ = true;
}

}  // namespace parley::cli
