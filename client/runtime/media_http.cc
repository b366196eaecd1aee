#include "client/runtime/media_http.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/vector_body.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>
#include <chrono>

#include "client/runtime/setup_mapping.h"
#include "client/runtime/transport.h"

namespace parley::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

using Request = http::request<http::vector_body<std::uint8_t>>;
using Parser = http::response_parser<http::buffer_body>;

constexpr std::uint64_t kMaxAnswerBytes = std::uint64_t{3} * 1024 * 1024 * 1024;

}  // namespace

// A connection and the answer that is being read from it.
class MediaStream {
 public:
  MediaStream(const HubStream::executor_type& executor, asio::ssl::context* tls)
      : stream_(executor, tls) {}

  asio::awaitable<void> connect(const HubAddress& hub) { co_await client::connect(stream_, hub); }
  asio::awaitable<void> write(Request& request) {
    limit();
    co_await http::async_write(stream_, request, asio::use_awaitable);
  }
  asio::awaitable<void> read_header() {
    limit();
    co_await http::async_read_header(stream_, buffer_, *parser, asio::use_awaitable);
  }
  asio::awaitable<void> read_some() {
    limit();
    boost::system::error_code error;
    co_await http::async_read_some(stream_, buffer_, *parser,
                                   asio::redirect_error(asio::use_awaitable, error));
    if (error && error != http::error::need_buffer) throw boost::system::system_error(error);
  }
  void cancel() { stream_.tcp().cancel(); }

  void begin(bool without_body) {
    parser.emplace();
    parser->body_limit(kMaxAnswerBytes);
    parser->skip(without_body);
  }
  std::optional<Parser> parser;

 private:
  void limit() { stream_.tcp().expires_after(std::chrono::milliseconds(kMediaStall.ms)); }

  HubStream stream_;
  beast::flat_buffer buffer_;
};

std::string MediaAnswer::text(const std::string& header) const {
  const auto value = headers[header];
  return {value.data(), value.size()};
}

std::optional<std::uint64_t> MediaAnswer::number(const std::string& header) const {
  const std::string value = text(header);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || value.empty()) {
    return std::nullopt;
  }
  return number;
}

Error refusal(const MediaAnswer& answer) {
  Error error = http_error_of(answer.status, answer.body);
  if (answer.body.empty() && answer.status == 404) error = {ErrorCode::not_found, {}};
  if (answer.body.empty() && answer.status == 401) error = {ErrorCode::not_authenticated, {}};
  if (answer.body.empty() && answer.status == 413) error = {ErrorCode::too_large, {}};
  constexpr std::uint64_t kMaxRetryAfterSeconds = 86'400;
  if (const auto wait = answer.number("Retry-After"); wait && error.retry_after_ms == 0) {
    error.retry_after_ms = static_cast<std::int64_t>(std::min(*wait, kMaxRetryAfterSeconds)) * 1000;
  }
  return error;
}

MediaConnection::MediaConnection(HubAddress hub, std::shared_ptr<asio::ssl::context> tls)
    : hub_(std::move(hub)), tls_(std::move(tls)) {}

MediaConnection::~MediaConnection() = default;

void MediaConnection::cancel() {
  cancelled_ = true;
  if (stream_) stream_->cancel();
}

asio::awaitable<void> MediaConnection::send(MediaRequest& request) {
  if (cancelled_) throw boost::system::system_error(asio::error::operation_aborted);
  if (stream_ &&
      (!stream_->parser || !stream_->parser->is_done() || !stream_->parser->get().keep_alive())) {
    stream_.reset();
  }
  if (!stream_) {
    stream_ = std::make_unique<MediaStream>(co_await asio::this_coro::executor,
                                            hub_.tls ? tls_.get() : nullptr);
    co_await stream_->connect(hub_);
    if (cancelled_) throw boost::system::system_error(asio::error::operation_aborted);
  }
  Request message(request.verb, request.target, 11);
  message.set(http::field::host, hub_.authority());
  for (const auto& [name, value] : request.headers) message.set(name, value);
  message.body() = std::move(request.body);
  if (request.verb != http::verb::get && request.verb != http::verb::head) {
    message.content_length(message.body().size());
  }
  stream_->begin(request.verb == http::verb::head);
  co_await stream_->write(message);
  co_await stream_->read_header();
}

asio::awaitable<MediaAnswer> MediaConnection::open(MediaRequest request) {
  co_await send(request);
  MediaAnswer answer;
  const auto& head = stream_->parser->get();
  answer.status = static_cast<int>(head.result_int());
  answer.headers = head.base();
  if (answer.status < 200 || answer.status > 299) answer.body = co_await read_rest();
  co_return answer;
}

asio::awaitable<MediaAnswer> MediaConnection::ask(MediaRequest request) {
  MediaAnswer answer = co_await open(std::move(request));
  if (answer.status >= 200 && answer.status <= 299) answer.body = co_await read_rest();
  co_return answer;
}

asio::awaitable<std::string> MediaConnection::read_rest() {
  std::string body(kMaxMediaErrorBytes, '\0');
  const std::size_t size =
      co_await read({reinterpret_cast<std::uint8_t*>(body.data()), body.size()});
  if (size == body.size()) stream_.reset();  // too much of it: another connection then
  body.resize(size);
  co_return body;
}

asio::awaitable<std::size_t> MediaConnection::read(MutableByteView into) {
  std::size_t filled = 0;
  while (filled < into.size() && !stream_->parser->is_done()) {
    auto& body = stream_->parser->get().body();
    body.data = into.data() + filled;
    body.size = into.size() - filled;
    body.more = true;
    co_await stream_->read_some();
    filled = into.size() - body.size;
  }
  co_return filled;
}

}  // namespace parley::client
