// One person with the real client: engine, store on disk, sockets. Counts what was
// sent, acknowledged and shown.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "client/runtime/messenger.h"
#include "lib/base/random.h"

namespace parley::crash {

class Person final : public client::MessengerHandler {
 public:
  Person(boost::asio::io_context& io, RandomSource& random, std::string name,
         std::filesystem::path folder, client::HubAddress hub);

  // Joins and, the first time, signs up.
  void come();
  // Leaves cleanly; `came_back` may follow.
  void leave();

  // Sends "<own name> <number>" to everyone in `to`, a few at a time, `count` each.
  void talk_to(std::vector<std::string> to, int count);
  // Pages through the whole chat with somebody; ends in `history()`.
  void read_history(const std::string& with);

  const std::string& name() const { return name_; }
  bool is_ready() const { return signed_up_; }
  bool has_left() const { return messenger_ == nullptr; }
  // Everything it had to say was acknowledged by the hub.
  // Lets these people write more than requests.
  void accept(const std::vector<std::string>& writers);
  bool has_accepted() const { return open_accepts_.empty(); }
  bool has_said_everything() const { return acknowledged_ == to_say_; }
  int acknowledged() const { return acknowledged_; }
  const std::vector<std::string>& problems() const { return problems_; }
  // By sender, in the order they were shown.
  const std::map<std::string, std::vector<int>>& shown() const { return shown_; }
  int shown_in_all() const;
  // Of the last read_history, oldest first; numbers of what the other one wrote.
  bool history_is_complete() const { return history_complete_; }
  const std::vector<int>& history() const { return history_; }

  void on_event(const wire::client::Event& event, std::uint64_t inbox_position) override;
  void on_inbox(const wire::client_local::InboxPage&) override {}
  void on_link(const wire::client_local::LinkReport&) override {}
  void on_end(const Error& why) override;

 private:
  // Messages in the hands of the client without an answer of the hub.
  static constexpr int kAtOnce = 12;

  template <typename Body>
  std::uint64_t submit(Body body);
  void say_more();
  void on_failed(std::uint64_t command, const wire::client::CommandFailed& failed);
  void on_shown(const wire::client::Message& message);
  void on_page(const wire::client::MessagePage& page);

  boost::asio::io_context& io_;
  RandomSource& random_;
  std::string name_;
  client::MessengerConfig config_;
  std::unique_ptr<client::Messenger> messenger_;
  std::uint64_t last_command_ = 0;
  std::uint64_t sign_up_ = 0;
  bool signed_up_ = false;

  std::vector<std::string> audience_;
  int to_say_ = 0;
  int said_ = 0;
  int acknowledged_ = 0;
  std::set<std::uint64_t> open_sends_;
  std::set<std::uint64_t> open_accepts_;
  std::map<std::string, std::vector<int>> shown_;
  std::vector<std::string> problems_;

  std::string history_with_;
  std::vector<int> history_;
  bool history_complete_ = false;
};

}  // namespace parley::crash
