#include "tests/crash/person.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstdlib>

#include "proto/client.h"

namespace parley::crash {

namespace api = wire::client;

Person::Person(boost::asio::io_context& io, RandomSource& random, std::string name,
               std::filesystem::path folder, client::HubAddress hub)
    : io_(io), random_(random), name_(std::move(name)) {
  config_.folder = std::move(folder);
  config_.hub = std::move(hub);
}

void Person::come() {
  auto joined = client::join(io_, config_, random_, *this);
  if (!joined) {
    problems_.push_back(name_ + " cannot open the store: " + joined.error().detail);
    return;
  }
  messenger_ = *std::move(joined);
  if (signed_up_) return;
  api::SignUp request;
  request.handle = name_;
  request.password = "correct horse battery";
  request.country = "DE";
  request.device_name = "test";
  sign_up_ = submit(std::move(request));
}

void Person::leave() {
  messenger_->stop([this] { boost::asio::post(io_, [this] { messenger_.reset(); }); });
}

template <typename Body>
std::uint64_t Person::submit(Body body) {
  api::Command command;
  command.id = ++last_command_;
  command.body = std::move(body);
  messenger_->submit(std::move(command));
  return last_command_;
}

void Person::talk_to(std::vector<std::string> to, int count) {
  audience_ = std::move(to);
  to_say_ = count * static_cast<int>(audience_.size());
  say_more();
}

void Person::accept(const std::vector<std::string>& writers) {
  for (const std::string& writer : writers) {
    if (writer == name_) continue;
    api::Accept accept;
    accept.who.emplace();
    accept.who->handle = writer;
    open_accepts_.insert(submit(std::move(accept)));
  }
}

void Person::say_more() {
  while (said_ < to_say_ && open_sends_.size() < kAtOnce) {
    const auto people = static_cast<int>(audience_.size());
    api::Send send;
    send.to.emplace();
    send.to->handle = audience_[static_cast<std::size_t>(said_ % people)];
    send.wait = true;
    api::Text text;
    text.text = name_ + " " + std::to_string(said_ / people);
    send.what = std::move(text);
    ++said_;
    open_sends_.insert(submit(std::move(send)));
  }
}

void Person::on_failed(std::uint64_t command, const api::CommandFailed& failed) {
  problems_.push_back(name_ + ": command " + std::to_string(command) + " failed: " +
                      std::string(error_info(failed.code).name) + " " + failed.detail);
}

void Person::on_shown(const api::Message& message) {
  if (message.outgoing || message.text.empty()) return;
  const auto space = message.text.find(' ');
  const std::string writer = message.text.substr(0, space);
  if (writer != message.peer_handle) {
    problems_.push_back(name_ + " got a message of " + writer + " in the chat with " +
                        message.peer_handle);
  }
  shown_[writer].push_back(std::atoi(message.text.c_str() + space));
}

void Person::read_history(const std::string& with) {
  history_with_ = with;
  history_.clear();
  history_complete_ = false;
  on_page({});
}

void Person::on_page(const api::MessagePage& page) {
  for (const auto& message : page.messages) {
    if (message.outgoing || message.text.empty()) continue;
    history_.push_back(std::atoi(message.text.c_str() + message.text.find(' ')));
  }
  const bool is_first_call = page.messages.empty() && history_.empty() && page.next.empty();
  if (!is_first_call && page.next.empty()) {
    std::reverse(history_.begin(), history_.end());
    history_complete_ = true;
    return;
  }
  api::ListMessages request;
  request.chat.emplace();
  request.chat->handle = history_with_;
  request.limit = 50;
  request.before = page.next;
  submit(std::move(request));
}

int Person::shown_in_all() const {
  int count = 0;
  for (const auto& [writer, numbers] : shown_) count += static_cast<int>(numbers.size());
  return count;
}

void Person::on_event(const api::Event& event, std::uint64_t /*inbox_position*/) {
  if (const auto* added = std::get_if<api::MessageAdded>(&event.body)) {
    if (added->message) on_shown(*added->message);
  } else if (const auto* notice = std::get_if<api::NoticeAdded>(&event.body)) {
    problems_.push_back(name_ + " got a notice of kind " +
                        std::to_string(static_cast<int>(notice->kind)));
  } else if (const auto* page = std::get_if<api::MessagePage>(&event.body)) {
    on_page(*page);
  } else if (const auto* failed = std::get_if<api::CommandFailed>(&event.body)) {
    on_failed(event.command_id, *failed);
  } else if (std::holds_alternative<api::CommandDone>(event.body)) {
    if (event.command_id == sign_up_) signed_up_ = true;
    open_accepts_.erase(event.command_id);
    if (open_sends_.erase(event.command_id) > 0) {
      ++acknowledged_;
      say_more();
    }
  }
}

void Person::on_end(const Error& why) { problems_.push_back(name_ + " ended: " + why.detail); }

}  // namespace parley::crash
