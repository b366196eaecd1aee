#include "apps/cli/session.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <csignal>

#include "apps/cli/terminal.h"

namespace parley::cli {
namespace {

using Clock = std::chrono::steady_clock;
namespace local = wire::client_local;

constexpr auto kSlice = std::chrono::milliseconds(50);

std::chrono::milliseconds chrono_of(Duration duration) {
  return std::chrono::milliseconds(duration.ms);
}

}  // namespace

Session::Session(client::MessengerConfig config)
    : signals_(io_, SIGINT, SIGTERM), config_(std::move(config)), offline_since_(Clock::now()) {
  signals_.async_wait([this](boost::system::error_code error, int) {
    if (!error) interrupted_ = true;
  });
  join();
}

Session::~Session() {
  on_happening = nullptr;
  on_inbox_page = nullptr;
  on_link_change = nullptr;
  on_rejoined = nullptr;
  if (!messenger_) return;
  bool stopped = false;
  messenger_->stop([&stopped] { stopped = true; });
  // Host and link have their own limits; this one only guards against a mistake.
  const auto limit = Clock::now() + std::chrono::seconds(8);
  io_.restart();
  while (!stopped && Clock::now() < limit) io_.run_one_for(kSlice);
  messenger_.reset();
}

void Session::join() {
  ended_.reset();
  messenger_ = must(client::join(io_, config_, client::system_random(), *this));
  submit(api::GetStatus{}, nullptr);
}

void Session::rejoin() {
  messenger_.reset();
  auto joined = client::join(io_, config_, client::system_random(), *this);
  if (!joined) {
    ended_ = joined.error();
    return fail_all(joined.error());
  }
  messenger_ = std::move(*joined);
  submit(api::GetStatus{}, nullptr);
  if (on_rejoined) on_rejoined();
}

std::uint64_t Session::submit(Body body, Reply reply) {
  return submit(std::move(body), nullptr, std::move(reply));
}

std::uint64_t Session::submit(Body body, std::function<void(const api::Event&)> progress,
                              Reply reply) {
  const std::uint64_t id = ++last_id_;
  open_[id] = Open{{}, std::move(progress), std::move(reply)};
  submit_more(id, std::move(body));
  return id;
}

void Session::submit_more(std::uint64_t id, Body body) {
  api::Command command;
  command.id = id;
  command.body = std::move(body);
  if (messenger_) messenger_->submit(std::move(command));
}

bool Session::wait_until(const std::function<bool()>& done, Duration at_most) {
  const auto limit = Clock::now() + chrono_of(at_most);
  while (!done()) {
    check();
    if (at_most.ms > 0 && Clock::now() >= limit) return false;
    io_.restart();
    io_.run_one_for(kSlice);
  }
  return true;
}

bool Session::catch_up() {
  wait_until([&] { return status_.caught_up || link_.failures > 0 || lasting_problem(); },
             kLinkPatience);
  return status_.caught_up;
}

void Session::look() {
  if (!catch_up()) note("The hub does not answer; this is what had come before.");
}

Answer Session::run(Body body, bool patient, std::function<void(const api::Event&)> progress) {
  std::optional<Result<Answer>> result;
  const std::uint64_t id = submit(std::move(body), std::move(progress),
                                  [&result](Result<Answer> answer) { result = std::move(answer); });
  // Where a command only looks at what is stored, its answer comes before these.
  const auto is_hopeless = [&] { return !patient && (lasting_problem() || is_hub_given_up()); };
  try {
    wait_until([&] { return result || is_hopeless(); }, {});
    if (!result) wait_until([&] { return result.has_value(); }, milliseconds(300));
  } catch (...) {
    open_.erase(id);  // it refers to `result`
    throw;
  }
  if (!result) {
    open_.erase(id);
    api::Cancel cancel;
    cancel.command_id = id;
    submit(cancel, nullptr);
    if (const auto problem = lasting_problem()) throw Problem(*problem);
    throw Problem(Error{ErrorCode::hub_unreachable, link_.detail});
  }
  return must(std::move(*result));
}

std::optional<Error> Session::lasting_problem() const {
  if (status_.problem == ErrorCode::unspecified) return std::nullopt;
  return Error{status_.problem, {}};
}

bool Session::is_hub_given_up() const {
  if (link_.state == api::LinkState::online || !status_.has_account) return false;
  const auto offline = Clock::now() - offline_since_;
  return offline > chrono_of(link_.failures > 0 ? kLinkPatience : kConnectPatience);
}

void Session::check() const {
  if (interrupted_) {
    throw Problem(ExitStatus::interrupted, ErrorCode::unspecified, "Interrupted.",
                  "What was accepted stays; nothing is half done.");
  }
  if (ended_) throw Problem(*ended_);
}

void Session::read_inbox(std::uint64_t after, std::uint32_t limit) {
  if (messenger_) messenger_->read_inbox(after, limit);
}

void Session::drop_inbox(std::uint64_t through) {
  if (messenger_) messenger_->drop_inbox(through);
}

void Session::finish(std::uint64_t id, Result<Answer> result) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;
  const Reply reply = std::move(found->second.reply);
  open_.erase(found);
  if (reply) reply(std::move(result));
}

void Session::fail_all(const Error& why) {
  while (!open_.empty()) finish(open_.begin()->first, fail(why));
}

void Session::on_event(const api::Event& event, std::uint64_t inbox_position) {
  if (const auto* status = std::get_if<api::Status>(&event.body)) {
    if (!status_.has_account && status->has_account) offline_since_ = Clock::now();
    status_ = *status;
  }
  if (event.command_id == 0) {
    if (on_happening) on_happening(event, inbox_position);
    return;
  }
  const auto found = open_.find(event.command_id);
  if (found == open_.end()) return;
  if (const auto* failed = std::get_if<api::CommandFailed>(&event.body)) {
    return finish(event.command_id,
                  fail(Error{failed->code, failed->detail, failed->retry_after_ms}));
  }
  found->second.answer.events.push_back(event);
  if (std::holds_alternative<api::CommandDone>(event.body)) {
    return finish(event.command_id, std::move(found->second.answer));
  }
  if (found->second.progress) found->second.progress(event);
}

void Session::on_inbox(const local::InboxPage& page) {
  if (on_inbox_page) on_inbox_page(page);
}

void Session::on_link(const local::LinkReport& report) {
  const bool was_online = link_.state == api::LinkState::online;
  link_ = report;
  if (was_online && report.state != api::LinkState::online) offline_since_ = Clock::now();
  if (on_link_change) on_link_change();
}

void Session::on_end(const Error& why) {
  const bool held_by_other = messenger_ && !messenger_->is_host();
  if (!held_by_other) {
    ended_ = why;
    return fail_all(why);
  }
  fail_all({ErrorCode::timed_out,
            "the Parley program that held the account ended before it answered; "
            "look at the history before you try again"});
  boost::asio::post(io_, [this] {
    if (messenger_) rejoin();
  });
}

}  // namespace parley::cli
