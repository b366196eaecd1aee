// The conversation of `parley chat`: what comes in is shown above the line that is being
// written; what is written is a message or a command that begins with "/".
//
// One thread, the session's. The session must outlive the chat, and its callbacks must be
// taken away before the chat is destroyed.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/chat_screen.h"
#include "apps/cli/session.h"

namespace parley::cli {

class Chat {
 public:
  // `live`: on a terminal that moves the cursor.
  Chat(Session& session, std::string who, std::string own_name, bool live);

  // Until the person leaves or the input ends. Throws what ended it otherwise.
  void run();

 private:
  // --- chat.cc: the beginning, what comes in, the screen
  void load();
  void show_head();
  void listen_to_session();
  bool is_here(const Bytes& peer) const { return peer == contact_.account_id; }
  void happened(const api::Event& event);
  void arrived(const api::Message& message);
  void request_changed(const api::RequestChanged& changed);
  std::string line_of(const api::Message& message);
  void show(const api::Message& message);
  void show_change(const api::Message& message);
  void mark_read();
  void reload_contact();
  void show_card(const api::Request& request);
  void say(const std::string& text);
  void warn(const std::string& text);
  void update_prompt();
  void stop(Problem problem);

  // --- chat_input.cc: what is typed, and what goes out
  void read_input();
  void read_file();
  void read_more();
  void feed(std::string_view bytes);
  void key(LineEditor::Event event);
  void submitted(const std::string& line);
  void send(api::Send request);
  void send_text(std::string text, Bytes in_reply_to = {});
  void we_type();
  void stop_typing();
  void tell_typing(bool active);
  api::Peer peer() const;

  // --- chat_actions.cc: commands
  void command(const std::string& line);
  const api::Message* pick(std::string& rest, bool own);
  void about_message(const std::string& name, std::string rest);
  void show_older();
  void verify(bool yes);
  void show_trust();
  void accept();
  void decline(bool block);
  void retry(std::string rest);
  void remove_here(std::string rest, bool only_unsent);

  // --- chat_files.cc
  void send_file(const std::string& rest);
  void save_file(std::string rest);
  void show_transfer(const api::Transfer& transfer);
  const api::Message* pick_file(std::string& rest);
  void ask_contact(std::function<void(const api::Contact&)> then);
  // Says `then` when it is done, or what went wrong.
  void submit(Session::Body body, std::string then);

  static std::string explanation(const Error& error);

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
  bool they_type_ = false, has_card_ = false, quit_ = false, has_explained_links_ = false;
  std::optional<Problem> problem_;
};

}  // namespace parley::cli
