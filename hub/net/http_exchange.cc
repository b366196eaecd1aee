#include "hub/net/http_exchange.h"

#include <algorithm>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>

#include "hub/net/address_rules.h"

namespace parley::hub {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::uint32_t kMaxAnswerHeadBytes = 16 * 1024;
// A name may have many addresses; the first few that answer are enough.
constexpr std::size_t kMaxAddresses = 4;

Error unreachable(std::string what) {
  return {ErrorCode::provider_unreachable, std::move(what), 0};
}

std::optional<Duration> seconds_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() || number < 0) return {};
  constexpr std::int64_t kManySeconds = 366 * 86'400;
  return seconds(std::min(number, kManySeconds));
}

std::optional<Duration> max_age_in(std::string_view cache_control) {
  constexpr std::string_view kName = "max-age=";
  if (cache_control.find("no-store") != cache_control.npos ||
      cache_control.find("no-cache") != cache_control.npos) {
    return Duration{0};
  }
  const std::size_t at = cache_control.find(kName);
  if (at == cache_control.npos) return {};
  return seconds_in(cache_control.substr(at + kName.size()));
}

std::string_view std_view(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

void HttpExchange::start() {
  timer_.expires_after(std::chrono::milliseconds(core_->config.time_limit.ms));
  timer_.async_wait([self = shared_from_this()](IoError error) {
    if (!error) self->finish(fail(unreachable(self->step_ + std::string(" took too long"))));
  });
  step_ = "finding its address";
  core_->find_name(what_.url.host,
                   [self = shared_from_this()](const NameLookup::Addresses& addresses) {
                     self->resolved(addresses);
                   });
}

void HttpExchange::abandon() {
  what_.done = {};
  finish(fail(ErrorCode::shutting_down));
}

void HttpExchange::finish(Result<OutgoingReply> result) {
  if (finished_) return;
  finished_ = true;
  timer_.cancel();
  IoError ignored;
  if (socket_) socket_->close(ignored);
  if (transport_) transport_->close();
  core_->ended(what_.url.authority());
  if (what_.done) core_->complete(std::exchange(what_.done, {}), std::move(result));
}

void HttpExchange::resolved(const NameLookup::Addresses& addresses) {
  if (finished_) return;
  if (addresses.empty()) return finish(fail(unreachable("its name has no address")));
  for (const auto& address : addresses) {
    if (is_connectable(address, what_.request.private_addresses)) addresses_.push_back(address);
  }
  if (addresses_.empty()) return finish(fail(unreachable("its address is not a public one")));
  if (addresses_.size() > kMaxAddresses) addresses_.resize(kMaxAddresses);
  connect();
}

void HttpExchange::connect() {
  step_ = "connecting";
  socket_.emplace(core_->io.get_executor());
  socket_->async_connect({addresses_[next_++], what_.url.port},
                         [self = shared_from_this()](IoError error) { self->connected(error); });
}

void HttpExchange::connected(IoError error) {
  if (finished_) return;
  if (error && next_ < addresses_.size()) return connect();
  if (error) return finish(fail(unreachable("no connection: " + error.message())));
  SslPtr ssl;
  if (what_.url.https) {
    const TlsClient* tls = core_->tls();
    if (tls) ssl = tls->wrap(socket_->native_handle(), what_.url.host);
    if (!ssl) return finish(fail(ErrorCode::internal, "no TLS: are the authorities readable?"));
  }
  ssl_ = ssl.get();
  transport_.emplace(*std::move(socket_), std::move(ssl));
  socket_.reset();
  if (!ssl_) return write();
  step_ = "its TLS";
  transport_->async_handshake(
      [self = shared_from_this()](IoError failed) { self->shaken(failed); });
}

void HttpExchange::shaken(IoError error) {
  if (finished_) return;
  if (!error) return write();
  const std::string problem = certificate_problem(ssl_);
  finish(fail(unreachable(problem.empty() ? "its TLS failed" : "its certificate: " + problem)));
}

void HttpExchange::write() {
  step_ = "its answer";
  request_.version(11);
  request_.method_string(what_.request.method);
  request_.target(what_.url.target);
  request_.set(http::field::host, what_.url.authority());
  request_.set(http::field::user_agent, "parleyd");
  request_.set(http::field::accept, "application/json");
  request_.keep_alive(false);
  if (!what_.request.authorization.empty()) {
    request_.set(http::field::authorization, what_.request.authorization);
  }
  for (const auto& [name, value] : what_.request.headers) request_.set(name, value);
  if (!what_.request.body.empty()) request_.set(http::field::content_type, "application/json");
  request_.body() = std::move(what_.request.body);
  request_.prepare_payload();
  http::async_write(*transport_, request_, [self = shared_from_this()](IoError, std::size_t) {
    // A server that has seen enough may answer before it has read everything.
    if (!self->finished_) self->read();
  });
}

void HttpExchange::read() {
  parser_.emplace();
  parser_->header_limit(kMaxAnswerHeadBytes);
  parser_->body_limit(what_.request.most_bytes);
  http::async_read(
      *transport_, buffer_, *parser_,
      [self = shared_from_this()](IoError error, std::size_t) { self->received(error); });
}

void HttpExchange::received(IoError error) {
  if (finished_) return;
  if (error == http::error::body_limit || error == http::error::header_limit ||
      error == http::error::buffer_overflow) {
    return finish(fail(unreachable("its answer is too large")));
  }
  if (error) return finish(fail(unreachable("its answer is not whole: " + error.message())));
  auto& answer = parser_->get();
  OutgoingReply reply;
  reply.status = static_cast<int>(answer.result_int());
  reply.max_age = max_age_in(std_view(answer[http::field::cache_control]));
  reply.retry_after = seconds_in(std_view(answer[http::field::retry_after]));
  reply.body = std::move(answer.body());
  finish(std::move(reply));
}

}  // namespace parley::hub
