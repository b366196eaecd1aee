#include "client/runtime/link.h"

#include <boost/asio/post.hpp>

#include "client/runtime/backoff.h"
#include "client/runtime/link_connection.h"

namespace parley::client {
namespace {

using wire::client::LinkState;

std::chrono::milliseconds chrono_of(Duration duration) {
  return std::chrono::milliseconds(duration.ms);
}

}  // namespace

Link::Link(boost::asio::io_context& io, HubAddress address,
           std::shared_ptr<boost::asio::ssl::context> tls, RandomSource& random,
           LinkHandler& handler)
    : io_(io),
      address_(std::move(address)),
      tls_(std::move(tls)),
      random_(random),
      handler_(handler),
      timer_(io) {}

Link::~Link() { drop_connection(); }

void Link::open() {
  if (wanted_) return;
  wanted_ = true;
  attempt();
}

void Link::close() {
  if (!wanted_ && !connection_) return;
  wanted_ = false;
  const bool was_up = std::exchange(up_, false);
  drop_connection();
  timer_.cancel();
  report_ = {};
  set_state(LinkState::offline);
  if (was_up) handler_.on_link_down({ErrorCode::unspecified, {}});
}

void Link::reset(Error why) {
  if (connection_) ended(std::move(why));
}

void Link::send(SecretBuffer message) {
  if (up_) connection_->send(std::move(message));
}

void Link::finish(Duration at_most, std::function<void()> done) {
  wanted_ = false;
  timer_.cancel();
  if (!up_) {
    drop_connection();
    return done();
  }
  auto once = std::make_shared<std::function<void()>>(std::move(done));
  auto call = [once] {
    if (*once) std::exchange(*once, nullptr)();
  };
  connection_->close_when_sent(call);
  timer_.expires_after(chrono_of(at_most));
  timer_.async_wait([call](boost::system::error_code error) {
    if (!error) call();
  });
}

void Link::attempt() {
  set_state(LinkState::connecting);
  connection_ = make_link_connection(*this, io_, address_, tls_);
  connection_->start();
}

void Link::connected() {
  up_ = true;
  up_since_ = std::chrono::steady_clock::now();
  report_.problem = ErrorCode::unspecified;
  report_.detail.clear();
  report_.retry_in_ms = 0;
  set_state(LinkState::online);
  handler_.on_link_up();
}

void Link::ended(Error why) {
  drop_connection();
  const bool was_up = std::exchange(up_, false);
  const bool was_good =
      was_up && std::chrono::steady_clock::now() - up_since_ >= chrono_of(kGoodConnection);
  if (was_good) report_.failures = 0;
  if (wanted_) {
    retry_later(why);
  } else {
    set_state(LinkState::offline);
  }
  if (was_up) handler_.on_link_down(why);
}

void Link::retry_later(const Error& why) {
  ++report_.failures;
  const Duration wait = std::max(backoff(report_.failures, random_),
                                 milliseconds(std::min(why.retry_after_ms, kLongestBackoff.ms)));
  report_.problem = why.code;
  report_.detail = why.detail.substr(0, 256);
  report_.retry_in_ms = wait.ms;
  set_state(LinkState::offline);
  timer_.expires_after(chrono_of(wait));
  timer_.async_wait([this, alive = std::weak_ptr<int>(alive_)](boost::system::error_code error) {
    if (!error && alive.lock() && wanted_) attempt();
  });
}

void Link::set_state(LinkState state) {
  report_.state = state;
  handler_.on_link_report(report_);
}

void Link::drop_connection() {
  if (!connection_) return;
  connection_->detach();
  connection_->abort();
  connection_.reset();
}

}  // namespace parley::client
