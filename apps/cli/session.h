// An account in use by one run of `parley`: commands are sent and their answers
// awaited, with patience for a hub that is just restarting and an end to it.
//
// One io_context, one thread. SIGINT and SIGTERM end what is being waited for
// (Problem with status 130). If another program that held the account ends, the
// session takes its place without its user noticing.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "apps/cli/problem.h"
#include "client/runtime/messenger.h"

namespace parley::cli {

namespace api = wire::client;

// All events that answered a command; the last is CommandDone.
struct Answer {
  std::vector<api::Event> events;

  // The first event of a kind; null: none came.
  template <typename Body>
  const Body* find() const {
    for (const auto& event : events) {
      if (const auto* body = std::get_if<Body>(&event.body)) return body;
    }
    return nullptr;
  }
  template <typename Body>
  const Body& get() const {
    if (const auto* body = find<Body>()) return *body;
    throw Problem(Error{ErrorCode::internal, "an answer is incomplete"});
  }
};

class Session final : private client::MessengerHandler {
 public:
  // How long a command waits for a hub that does not answer.
  static constexpr Duration kLinkPatience = seconds(5);
  // The same while an attempt to connect is still under way.
  static constexpr Duration kConnectPatience = seconds(12);

  using Body = decltype(api::Command::body);
  using Reply = std::function<void(Result<Answer>)>;

  // Throws a Problem where the account's data cannot be used.
  explicit Session(client::MessengerConfig config);
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  boost::asio::io_context& io() { return io_; }

  // Sends a command; `reply` comes once, later. Returns the command's id.
  std::uint64_t submit(Body body, Reply reply);
  // Gives events of the command as they come, before the reply.
  std::uint64_t submit(Body body, std::function<void(const api::Event&)> progress, Reply reply);
  // Whoever submitted them is going away: no reply comes any more.
  void forget_replies() { open_.clear(); }
  // Another piece of a command that goes on (an import).
  void submit_more(std::uint64_t id, Body body);

  // Sends and waits. Throws what went wrong. `patient`: waits for the hub and for
  // other people for as long as it takes.
  Answer run(Body body, bool patient = false,
             std::function<void(const api::Event&)> progress = nullptr);
  // Waits until `done` says so, for at most `at_most` (0: no limit). False: time is up.
  bool wait_until(const std::function<bool()>& done, Duration at_most);
  // Waits for what was sent while nobody was here. False: the hub does not answer.
  bool catch_up();
  // The same before something is shown, and says if it may be old.
  void look();

  // Unasked events; the inbox; the link.
  std::function<void(const api::Event&, std::uint64_t inbox_position)> on_happening;
  std::function<void(const wire::client_local::InboxPage&)> on_inbox_page;
  std::function<void()> on_link_change;
  std::function<void()> on_rejoined;

  void read_inbox(std::uint64_t after, std::uint32_t limit);
  void drop_inbox(std::uint64_t through);

  const api::Status& status() const { return status_; }
  const wire::client_local::LinkReport& link() const { return link_; }
  // The account's record says why the hub does not let this device in; else nothing.
  std::optional<Error> lasting_problem() const;
  // The hub cannot be reached, and it was tried for long enough.
  bool is_hub_given_up() const;

  // Throws if SIGINT or SIGTERM has come or the account's data are of no use any more.
  void check() const;
  // A signal counts from now on as the reply to a question, not as an end.
  bool was_interrupted() const { return interrupted_; }

 private:
  struct Open {
    Answer answer;
    std::function<void(const api::Event&)> progress;
    Reply reply;
  };

  void join();
  void rejoin();
  void finish(std::uint64_t id, Result<Answer> result);
  void fail_all(const Error& why);

  void on_event(const api::Event& event, std::uint64_t inbox_position) override;
  void on_inbox(const wire::client_local::InboxPage& page) override;
  void on_link(const wire::client_local::LinkReport& report) override;
  void on_end(const Error& why) override;

  boost::asio::io_context io_;
  boost::asio::signal_set signals_;
  client::MessengerConfig config_;
  std::unique_ptr<client::Messenger> messenger_;
  std::map<std::uint64_t, Open> open_;
  std::uint64_t last_id_ = 0;
  api::Status status_;
  wire::client_local::LinkReport link_;
  std::chrono::steady_clock::time_point offline_since_;
  std::optional<Error> ended_;
  bool interrupted_ = false;
};

}  // namespace parley::cli
