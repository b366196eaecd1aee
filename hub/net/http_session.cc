#include "hub/net/http_session.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <optional>

#include "hub/net/metrics.h"
#include "hub/net/websocket_channel.h"

namespace parley::hub {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

// The engine answers a poll after this at latest.
constexpr Duration kLongestPoll = seconds(25);

// A reader of a large answer that takes less than this in request_timeout is cut off.
constexpr std::uint64_t kLeastProgressBytes = 16 * 1024;

using Response = http::response<http::span_body<const char>>;

constexpr std::string_view kForwardingHeaders[] = {"X-Forwarded-For", "Forwarded", "X-Real-IP",
                                                   "Via"};

std::string_view std_view(beast::string_view text) { return {text.data(), text.size()}; }

template <typename Head>
std::string forwarded_for(const Head& request) {
  std::string all;
  const auto [begin, end] = request.equal_range("X-Forwarded-For");
  for (auto field = begin; field != end; ++field) {
    if (!all.empty()) all += ',';
    all += std_view(field->value());
  }
  return all;
}

bool was_forwarded(const HttpRequest& request) {
  for (const std::string_view header : kForwardingHeaders) {
    if (request.count(header) > 0) return true;
  }
  return false;
}

Error read_error(const IoError& error) {
  if (error == http::error::body_limit || error == http::error::header_limit ||
      error == http::error::buffer_overflow) {
    return {ErrorCode::too_large, "the request is too large"};
  }
  return {ErrorCode::malformed, "this is not an HTTP request"};
}

bool is_http_error(const IoError& error) {
  return error.category() == make_error_code(http::error::bad_method).category();
}

class HttpSession final : public Peer, public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(HttpServices& services, Door door, Transport transport, Seat seat, IpAddress peer)
      : Peer(services.channels.peers()),
        services_(services),
        door_(door),
        transport_(std::move(transport)),
        seat_(std::move(seat)),
        peer_(std::move(peer)) {}

  void start();

  // --- Peer
  void check(Time now) override;
  void abort() override { transport_.close(); }

 private:
  void shake_hands();
  void read();
  void took_head(IoError error);
  void received(IoError error);
  template <typename Head>
  bool find_seat(const Head& request);
  void route(HttpRequest request);
  void route_page(const HttpRequest& request);
  void route_admin(HttpRequest request);
  bool is_public() const {
    return door_ == Door::everything || door_ == Door::everything_but_metrics;
  }
  bool may_see_metrics(const HttpRequest& request) const;
  void upgrade(const HttpRequest& request);
  void answer(Answer answer);
  void answered(IoError error);
  void linger();
  void wait_at_most(Duration time) { patience_until_ = steady_now() + time; }

  NetStatistics& statistics() { return services_.channels.statistics(); }
  const NetConfig& config() const { return services_.channels.config(); }

  HttpServices& services_;
  Door door_;
  Transport transport_;
  Seat seat_;
  IpAddress peer_;
  beast::flat_buffer buffer_{2 * (kMaxHeadBytes + kMaxBodyBytes)};
  std::unique_ptr<MediaHead> head_;
  std::optional<http::request_parser<http::string_body>> parser_;
  Response response_;
  Answer answer_;  // what response_ looks at
  std::uint64_t written_before_ = 0;
  unsigned version_ = 11;
  bool keep_alive_ = false;
  bool head_only_ = false;
  Time patience_until_{};  // steady; zero: no limit
};

void HttpSession::start() {
  wait_at_most(config().request_timeout);
  if (transport_.is_tls()) return shake_hands();
  read();
}

void HttpSession::shake_hands() {
  transport_.async_handshake([self = shared_from_this()](IoError error) {
    if (!error) return self->read();
    ++self->statistics().tls_failures;
    self->abort();
  });
}

void HttpSession::read() {
  parser_.reset();
  head_ = std::make_unique<MediaHead>();
  head_->header_limit(kMaxHeadBytes);
  head_->body_limit(boost::none);
  http::async_read_header(
      transport_, buffer_, *head_,
      [self = shared_from_this()](IoError error, std::size_t) { self->took_head(error); });
}

// What is not a file is small and read as a whole.
void HttpSession::took_head(IoError error) {
  if (error) return received(error);
  const std::string_view target = std_view(head_->get().target());
  const bool media =
      services_.media && is_public() && is_media_path(target.substr(0, target.find('?')));
  if (media && !services_.stopping) {
    if (!find_seat(head_->get())) {
      return answer(failure_answer({ErrorCode::overloaded, "too many connections", 1'000}));
    }
    patience_until_ = {};
    return start_media_session(services_.media, services_.channels, std::move(transport_),
                               std::move(seat_), std::move(head_), std::move(buffer_));
  }
  if (const auto length = head_->content_length(); length && *length > kMaxBodyBytes) {
    return received(http::error::body_limit);
  }
  parser_.emplace(std::move(*head_));
  head_.reset();
  parser_->body_limit(kMaxBodyBytes);
  http::async_read(
      transport_, buffer_, *parser_,
      [self = shared_from_this()](IoError failed, std::size_t) { self->received(failed); });
}

template <typename Head>
bool HttpSession::find_seat(const Head& request) {
  const IpAddress client = services_.proxies.client(peer_, forwarded_for(request));
  if (services_.channels.peers()->move(seat_, services_.addresses.bucket(client))) return true;
  ++statistics().sockets_refused;
  return false;
}

void HttpSession::received(IoError error) {
  keep_alive_ = false;
  head_only_ = false;
  if (error) {
    if (!is_http_error(error) || error == http::error::end_of_stream ||
        error == http::error::partial_message) {
      return abort();
    }
    return answer(failure_answer(read_error(error)));
  }
  HttpRequest request = parser_->release();
  parser_.reset();
  version_ = request.version();
  keep_alive_ = request.keep_alive() && !services_.stopping;
  if (!find_seat(request)) {
    return answer(failure_answer({ErrorCode::overloaded, "too many connections", 1'000}));
  }
  route(std::move(request));
}

void HttpSession::route(HttpRequest request) {
  const std::string_view target = std_view(request.target());
  const std::string path(target.substr(0, target.find('?')));
  if (door_ == Door::admin_only) return route_admin(std::move(request));
  if (path == "/v1/channel" && is_public()) return upgrade(request);
  if (!path.starts_with("/v1/") || !is_public()) return route_page(request);
  // The engine answers in its own time, at latest after the long poll's 25 s.
  wait_at_most(milliseconds(kLongestPoll.ms + config().request_timeout.ms));
  const std::string method(std_view(request.method_string()));
  services_.setup.handle(
      method, path, std::move(request.body()), seat_.origin(),
      [self = shared_from_this()](Answer reply) { self->answer(std::move(reply)); });
}

void HttpSession::route_page(const HttpRequest& request) {
  const std::string_view path = std_view(request.target());
  head_only_ = request.method() == http::verb::head;
  const bool asks = head_only_ || request.method() == http::verb::get;
  if (asks && path == "/health/live") return answer({.body = R"({"status":"live"})"});
  services_.loop.enter([&](Engine& engine, Time) {
    if (asks && path == "/health/ready") {
      if (engine.storage_available() && !services_.stopping) {
        return answer({.body = R"({"status":"ready"})"});
      }
      return answer({.status = 503, .body = R"({"status":"not ready"})"});
    }
    if (asks && path == "/metrics" && may_see_metrics(request)) {
      services_.refresh_statistics();
      return answer({.body = metrics_text(engine.statistics(), statistics()),
                     .content_type = kMetricsContentType});
    }
    if (asks && is_public() && services_.web) {
      auto page =
          services_.web->answer({.path = path.substr(0, path.find('?')),
                                 .accept_encoding = std_view(request[http::field::accept_encoding]),
                                 .if_none_match = std_view(request[http::field::if_none_match])});
      if (page) return answer(*std::move(page));
    }
    answer(failure_answer({ErrorCode::not_found, "no such page"}));
  });
}

void HttpSession::route_admin(HttpRequest request) {
  head_only_ = request.method() == http::verb::head;
  wait_at_most(milliseconds(kLongestPoll.ms + config().request_timeout.ms));
  const auto header = [&](auto name) { return std::string(std_view(request[name])); };
  AdminRequest asked{.method = std::string(std_view(request.method_string())),
                     .target = std::string(std_view(request.target())),
                     .body = std::move(request.body()),
                     .cookie = header(http::field::cookie),
                     .host = header(http::field::host),
                     .origin = header(http::field::origin),
                     .fetch_site = header("Sec-Fetch-Site"),
                     .mark = header("X-Parley-Admin"),
                     .accept_encoding = header(http::field::accept_encoding),
                     .if_none_match = header(http::field::if_none_match),
                     .from = seat_.origin(),
                     .encrypted = transport_.is_tls()};
  services_.loop.enter([&](Engine&, Time) {
    services_.admin->handle(
        std::move(asked), steady_now(),
        [self = shared_from_this()](Answer reply) { self->answer(std::move(reply)); });
  });
}

// Without a listener of their own the metrics are for programs on this machine. A request
// that a proxy passed on comes from this machine only by appearance.
bool HttpSession::may_see_metrics(const HttpRequest& request) const {
  if (door_ == Door::metrics_only) return true;
  if (door_ == Door::everything_but_metrics) return false;
  return normal_form(peer_).is_loopback() && !was_forwarded(request);
}

void HttpSession::upgrade(const HttpRequest& request) {
  if (!beast::websocket::is_upgrade(request)) {
    return answer(failure_answer({ErrorCode::malformed, "this address speaks WebSocket"}));
  }
  if (!offers_subprotocol(request)) {
    return answer(failure_answer(
        {ErrorCode::unsupported_version, std::string("offer the subprotocol ") + kSubprotocol}));
  }
  if (services_.stopping) return answer(failure_answer({ErrorCode::shutting_down, {}, 1'000}));
  patience_until_ = {};
  open_channel(services_.channels, std::move(transport_), std::move(seat_), request);
}

void HttpSession::answer(Answer reply) {
  answer_ = std::move(reply);
  response_ = Response(static_cast<http::status>(answer_.status), version_);
  response_.set(http::field::content_type, answer_.content_type);
  response_.set(http::field::cache_control, answer_.cache_control);
  response_.set("X-Content-Type-Options", "nosniff");
  if (answer_.retry_after_ms > 0) {
    response_.set(http::field::retry_after, std::to_string((answer_.retry_after_ms + 999) / 1000));
  }
  keep_alive_ = keep_alive_ && !services_.stopping;
  response_.keep_alive(keep_alive_);
  for (const auto& [name, value] : answer_.headers) response_.set(name, value);
  const std::string& content = answer_.file ? *answer_.file : answer_.body;
  response_.body() = {content.data(), content.size()};
  response_.prepare_payload();
  if (head_only_) response_.body() = {};
  const auto kind = static_cast<std::size_t>(answer_.status / 100);
  if (kind < statistics().http_answers.size()) ++statistics().http_answers[kind];
  written_before_ = transport_.bytes_written();
  wait_at_most(config().request_timeout);
  http::async_write(transport_, response_, [self = shared_from_this()](IoError error, std::size_t) {
    self->answered(error);
  });
}

void HttpSession::answered(IoError error) {
  if (error) return abort();
  response_ = {};
  answer_ = {};
  if (!keep_alive_) return linger();
  if (buffer_.size() == 0) buffer_ = beast::flat_buffer(buffer_.max_size());
  wait_at_most(config().keep_alive);
  read();
}

void HttpSession::linger() {
  wait_at_most(config().closing_timeout);
  transport_.async_linger([self = shared_from_this()](IoError) { self->abort(); });
}

void HttpSession::check(Time now) {
  if (patience_until_.ms == 0 || now < patience_until_) return;
  // A large answer on a slow line takes as long as it takes, if it goes on.
  if (answer_.file && transport_.bytes_written() >= written_before_ + kLeastProgressBytes) {
    written_before_ = transport_.bytes_written();
    return wait_at_most(config().request_timeout);
  }
  // Waiting for the next request is no fault.
  if (!head_ || head_->got_some()) ++statistics().timeouts;
  patience_until_ = {};
  abort();
}

}  // namespace

void start_http_session(HttpServices& services, Door door, Transport transport, Seat seat,
                        const IpAddress& peer) {
  std::make_shared<HttpSession>(services, door, std::move(transport), std::move(seat), peer)
      ->start();
}

}  // namespace parley::hub
