#include "hub/net/http_client.h"

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>
#include <deque>
#include <list>
#include <map>

#include "hub/net/address_rules.h"
#include "hub/net/url.h"

namespace parley::hub {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = boost::asio::ip::tcp;
using Resolver = boost::asio::ip::basic_resolver<Tcp, IoContext::executor_type>;

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

class HttpExchange;

struct HttpClient::Core : std::enable_shared_from_this<Core> {
  struct Waiting {
    Url url;
    OutgoingRequest request;
    Completion<Result<OutgoingReply>> done;
  };

  Core(IoContext& io_context, HttpClientConfig settings, Post posting, Resolve resolving)
      : io(io_context),
        config(std::move(settings)),
        post(std::move(posting)),
        resolve(std::move(resolving)) {}

  void complete(Completion<Result<OutgoingReply>> done, Result<OutgoingReply> result) {
    post([done = std::move(done), result = std::move(result)] { done(result); });
  }

  void add(Waiting waiting);
  void start_some();
  void start(Waiting waiting);
  void ended(const std::string& host);
  void resolve_by_system(const std::string& host, std::function<void(Addresses)> done);
  // Asks for the system's certificates once, when they are first needed.
  const TlsClient* tls();

  IoContext& io;
  HttpClientConfig config;
  Post post;
  Resolve resolve;
  std::optional<TlsClient> tls_client;
  std::deque<Waiting> waiting;
  std::map<std::string, std::size_t> per_host;
  std::list<std::weak_ptr<HttpExchange>> exchanges;
  std::size_t under_way = 0;
  bool stopped = false;
};

// One request from its first to its last step. Whatever ends it first (an answer, a failure,
// the time, stop) calls finish; later ones find it finished.
class HttpExchange : public std::enable_shared_from_this<HttpExchange> {
 public:
  HttpExchange(std::shared_ptr<HttpClient::Core> core, HttpClient::Core::Waiting what)
      : core_(std::move(core)), what_(std::move(what)), timer_(core_->io) {}

  void start() {
    timer_.expires_after(std::chrono::milliseconds(core_->config.time_limit.ms));
    timer_.async_wait([self = shared_from_this()](IoError error) {
      if (!error) self->finish(fail(unreachable(self->step_ + std::string(" took too long"))));
    });
    step_ = "finding its address";
    core_->resolve(what_.url.host, [self = shared_from_this()](HttpClient::Addresses addresses) {
      self->resolved(std::move(addresses));
    });
  }

  // Ends it without telling anybody.
  void abandon() {
    what_.done = {};
    finish(fail(ErrorCode::shutting_down));
  }

  void finish(Result<OutgoingReply> result) {
    if (finished_) return;
    finished_ = true;
    timer_.cancel();
    IoError ignored;
    if (socket_) socket_->close(ignored);
    if (transport_) transport_->close();
    core_->ended(what_.url.authority());
    if (what_.done) core_->complete(std::exchange(what_.done, {}), std::move(result));
  }

 private:
  void resolved(HttpClient::Addresses addresses);
  void connect();
  void connected(IoError error);
  void shaken(IoError error);
  void write();
  void read();
  void received(IoError error);

  std::shared_ptr<HttpClient::Core> core_;
  HttpClient::Core::Waiting what_;
  boost::asio::steady_timer timer_;
  HttpClient::Addresses addresses_;
  std::size_t next_ = 0;
  std::optional<Socket> socket_;
  std::optional<Transport> transport_;
  const ssl_st* ssl_ = nullptr;  // inside of transport_
  http::request<http::string_body> request_;
  beast::flat_buffer buffer_;
  std::optional<http::response_parser<http::string_body>> parser_;
  const char* step_ = "";
  bool finished_ = false;
};

void HttpExchange::resolved(HttpClient::Addresses addresses) {
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

void HttpClient::Core::add(Waiting what) {
  waiting.push_back(std::move(what));
  boost::asio::post(io, [self = shared_from_this()] { self->start_some(); });
}

void HttpClient::Core::start_some() {
  if (stopped) return;
  for (auto it = waiting.begin(); it != waiting.end() && under_way < config.most_at_once;) {
    if (per_host[it->url.authority()] >= config.most_per_host) {
      ++it;
      continue;
    }
    Waiting next = std::move(*it);
    it = waiting.erase(it);
    start(std::move(next));
  }
}

void HttpClient::Core::start(Waiting what) {
  ++under_way;
  ++per_host[what.url.authority()];
  exchanges.remove_if([](const auto& exchange) { return exchange.expired(); });
  const auto exchange = std::make_shared<HttpExchange>(shared_from_this(), std::move(what));
  exchanges.push_back(exchange);
  exchange->start();
}

void HttpClient::Core::ended(const std::string& host) {
  --under_way;
  if (const auto found = per_host.find(host); found != per_host.end() && --found->second == 0) {
    per_host.erase(found);
  }
  boost::asio::post(io, [self = shared_from_this()] { self->start_some(); });
}

void HttpClient::Core::resolve_by_system(const std::string& host,
                                         std::function<void(Addresses)> done) {
  IoError no_address;
  const auto address = boost::asio::ip::make_address(host, no_address);
  if (!no_address) return done({address});
  const auto resolver = std::make_shared<Resolver>(io.get_executor());
  resolver->async_resolve(host, "",
                          [resolver, done = std::move(done)](IoError error, const auto& results) {
                            Addresses addresses;
                            if (!error) {
                              for (const auto& entry : results)
                                addresses.push_back(entry.endpoint().address());
                            }
                            done(std::move(addresses));
                          });
}

const TlsClient* HttpClient::Core::tls() {
  if (!tls_client) {
    auto loaded = TlsClient::load(config.authorities_file);
    if (!loaded) return nullptr;
    tls_client = *std::move(loaded);
  }
  return &*tls_client;
}

HttpClient::HttpClient(IoContext& io, HttpClientConfig config, Post post, Resolve resolve)
    : core_(std::make_shared<Core>(io, std::move(config), std::move(post), std::move(resolve))) {
  if (core_->resolve) return;
  core_->resolve = [core = core_.get()](const std::string& host,
                                        std::function<void(Addresses)> done) {
    core->resolve_by_system(host, std::move(done));
  };
}

HttpClient::~HttpClient() {
  core_->stopped = true;
  core_->waiting.clear();
  for (const auto& weak : std::exchange(core_->exchanges, {})) {
    if (const auto exchange = weak.lock()) exchange->abandon();
  }
}

void HttpClient::fetch(OutgoingRequest request, Completion<Result<OutgoingReply>> done) {
  const auto refuse = [&](Error error) {
    boost::asio::post(core_->io,
                      [done = std::move(done), error = std::move(error)] { done(fail(error)); });
  };
  if (core_->stopped) return refuse({ErrorCode::shutting_down, {}, 0});
  auto url = parse_url(request.url);
  if (!url) return refuse(url.error());
  if (!url->https && !request.private_addresses) {
    return refuse({ErrorCode::bad_config, "its URL must begin with https://", 0});
  }
  if (core_->waiting.size() >= core_->config.most_waiting) {
    return refuse({ErrorCode::overloaded, "too many requests to services wait", 1'000});
  }
  core_->add({*std::move(url), std::move(request), std::move(done)});
}

void HttpClient::stop() {
  if (core_->stopped) return;
  core_->stopped = true;
  const Error error{ErrorCode::shutting_down, {}, 0};
  for (auto waiting = std::exchange(core_->waiting, {}); auto& each : waiting) {
    core_->complete(std::move(each.done), fail(error));
  }
  for (const auto& weak : std::exchange(core_->exchanges, {})) {
    if (const auto exchange = weak.lock()) exchange->finish(fail(error));
  }
}

std::size_t HttpClient::open() const { return core_->under_way + core_->waiting.size(); }

}  // namespace parley::hub
