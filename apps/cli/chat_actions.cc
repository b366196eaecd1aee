// The commands of `parley chat`: lines that begin with "/".
#include "apps/cli/chat.h"
#include "apps/cli/context.h"
#include "apps/cli/describe_people.h"
#include "apps/cli/safety_number.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"

namespace parley::cli {
namespace {

constexpr std::uint32_t kMoreMessages = 20;
constexpr std::size_t kMaxTextBytes = 32'768;

constexpr const char* kHelp =
    "/reply [N] TEXT   answer message N (or the last one from the other)\n"
    "/react [N] EMOJI  react to it; without an emoji, take yours back\n"
    "/edit [N] TEXT    change your message N (or your last one)\n"
    "/delete [N] [me]  delete it for both; with me, any message on this device only\n"
    "/cancel [N]       remove your message N that was not sent yet\n"
    "/retry [N]        try your message N again that could not be sent\n"
    "/file PATH [TEXT] send a file, with a caption; a path with spaces in quotes\n"
    "/save [N] [DIR]   fetch the file of message N (or the last one)\n"
    "/more             older messages\n"
    "/trust            what protects this chat\n"
    "/verify           the safety number; /verify yes after comparing it\n"
    "/accept           accept a request, or go on after the safety number has changed\n"
    "/decline          turn a request down; /decline block\n"
    "/report           how to show messages to the operator\n"
    "/quit             leave (also Ctrl-D)\n"
    "//text            a message that begins with /";

}  // namespace

std::string Chat::explanation(const Error& error) {
  const auto& info = error_info(error.code);
  std::string text = std::string(info.text);
  if (!error.detail.empty() && error.code != ErrorCode::identity_changed) {
    text += " (" + printable(error.detail) + ")";
  }
  text += " " + std::string(info.advice);
  if (error.code == ErrorCode::identity_changed) text += " Or go on with: /accept";
  return text;
}

void Chat::command(const std::string& line) {
  const std::size_t space = std::min(line.find(' '), line.size());
  const std::string name = line.substr(0, space);
  std::string rest = line.substr(std::min(space + 1, line.size()));
  if (name == "quit" || name == "q") {
    quit_ = true;
  } else if (name == "help") {
    screen_.show("", styled(Style::dim, kHelp));
  } else if (name == "more") {
    show_older();
  } else if (name == "trust") {
    show_trust();
  } else if (name == "verify") {
    verify(rest == "yes");
  } else if (name == "accept") {
    accept();
  } else if (name == "decline") {
    decline(rest == "block");
  } else if (name == "report") {
    say("Leave with /quit, then: parley report " + printable(who_) + " --reason spam");
  } else if (name == "retry") {
    retry(rest);
  } else if (name == "cancel") {
    remove_here(rest, true);
  } else if (name == "file") {
    send_file(rest);
  } else if (name == "save") {
    save_file(rest);
  } else if (name == "reply" || name == "react" || name == "edit" || name == "delete") {
    about_message(name, rest);
  } else {
    warn("There is no command /" + printable(name) + ". /help lists them.");
  }
}

// The message a command is about: the number it begins with, or the last that fits.
const api::Message* Chat::pick(std::string& rest, bool own) {
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

// From this device; `only_unsent`: only what the hub has never had.
void Chat::remove_here(std::string rest, bool only_unsent) {
  const api::Message* message = pick(rest, true);
  if (message == nullptr) return warn("There is no such message. The numbers stand in front.");
  api::RemoveMessage request;
  request.chat = peer();
  request.message_id = message->message_id;
  request.only_unsent = only_unsent;
  session_.submit(std::move(request), [this](Result<Answer> answer) {
    if (answer) return;
    const bool too_late = answer.error().code == ErrorCode::out_of_place;
    warn(too_late ? "It may have reached the hub already: /delete it for both, or with me here."
                  : explanation(answer.error()));
  });
}

void Chat::about_message(const std::string& name, std::string rest) {
  if (name == "delete" && (rest == "me" || rest.ends_with(" me"))) {
    rest.erase(rest.size() - 2);
    return remove_here(rest, false);
  }
  const bool own = name == "edit" || name == "delete";
  const api::Message* message = pick(rest, own);
  if (message == nullptr) return warn("There is no such message. The numbers stand in front.");
  if (own && !message->outgoing) return warn("Only your own messages can be changed.");
  if (name == "reply") return send_text(rest, message->message_id);
  api::Send request;
  if (name == "react") {
    api::Reaction reaction;
    reaction.message_id = message->message_id;
    reaction.emoji = rest;
    request.what = std::move(reaction);
  } else if (name == "edit") {
    if (rest.empty()) return warn("There is no text.");
    if (rest.size() > kMaxTextBytes) return warn("This is too long; send it in parts.");
    api::Edit edit;
    edit.message_id = message->message_id;
    edit.text = rest;
    request.what = std::move(edit);
  } else {
    api::Deletion deletion;
    deletion.message_id = message->message_id;
    request.what = std::move(deletion);
  }
  send(std::move(request));
}

void Chat::retry(std::string rest) {
  const api::Message* message = pick(rest, true);
  if (message == nullptr) return warn("There is no such message. The numbers stand in front.");
  api::Resend request;
  request.to = peer();
  request.message_id = message->message_id;
  submit(std::move(request), {});
}

void Chat::show_older() {
  api::ListMessages list;
  list.chat = peer_named(who_);
  list.limit = static_cast<std::uint32_t>(messages_.size()) + kMoreMessages;
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

void Chat::submit(Session::Body body, std::string then) {
  session_.submit(std::move(body), [this, then = std::move(then)](Result<Answer> answer) {
    if (!answer) return warn(explanation(answer.error()));
    if (!then.empty()) say(then);
  });
}

void Chat::ask_contact(std::function<void(const api::Contact&)> then) {
  api::GetContact request;
  request.who = peer();
  session_.submit(std::move(request), [this, then = std::move(then)](Result<Answer> answer) {
    if (!answer) return warn(explanation(answer.error()));
    if (const auto* contact = answer->find<api::Contact>()) then(*contact);
  });
}

void Chat::verify(bool yes) {
  if (yes) {
    api::SetVerified request;
    request.who = peer();
    request.verified = true;
    return submit(std::move(request), printable(who_) + " is verified.");
  }
  ask_contact([this](const api::Contact& contact) {
    screen_.show("", safety_number_text(contact, live_, uses_colours()) + "(here: /verify yes)");
  });
}

void Chat::show_trust() {
  ask_contact([this](const api::Contact& contact) { screen_.show("", trust_page(contact)); });
}

// Somebody who is not accepted yet is accepted; a changed safety number is another question.
void Chat::accept() {
  ask_contact([this](const api::Contact& contact) {
    if (contact.accepted && contact.identity_change_pending) {
      api::AcceptIdentity request;
      request.who = peer();
      return submit(std::move(request),
                    "You can write again. The new safety number is not verified.");
    }
    api::Accept request;
    request.who = peer();
    submit(std::move(request), printable(who_) + " can write to you.");
  });
}

void Chat::decline(bool block) {
  api::Decline request;
  request.who = peer();
  request.block = block;
  submit(std::move(request), block ? "Declined and blocked; they are not told."
                                   : "Declined; they are not told. Writing to them undoes it.");
}

}  // namespace parley::cli
