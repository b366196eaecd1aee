#include "client/runtime/setup_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "client/runtime/setup_mapping.h"

namespace parley::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace api = wire::client;

}  // namespace

// One request on its way.
class SetupExchange : public std::enable_shared_from_this<SetupExchange> {
 public:
  SetupExchange(SetupClient& client, SetupClient::Reply reply)
      : client_(&client),
        reply_(std::move(reply)),
        address_(client.address_),
        tls_(client.tls_),
        timer_(client.io_) {}

  void start(asio::io_context& io, api::SetupRequest request) {
    asio::co_spawn(io, run(shared_from_this(), std::move(request)), asio::detached);
  }

  void detach() {
    client_ = nullptr;
    cancel();
  }

 private:
  asio::awaitable<void> run(std::shared_ptr<SetupExchange> self, api::SetupRequest request) {
    // Later, so that the caller is done with its own step before it gets the answer.
    co_await asio::post(asio::use_awaitable);
    api::SetupReply reply = co_await answer(request);
    if (client_ == nullptr) co_return;
    client_->open_.erase(self);
    reply_(std::move(reply));
  }

  asio::awaitable<api::SetupReply> answer(const api::SetupRequest& request) {
    auto asked = http_request_of(request);
    if (!asked) co_return setup_failure(request.id, asked.error());
    Error why;
    try {
      timer_.expires_after(std::chrono::milliseconds(SetupClient::kTimeout.ms));
      timer_.async_wait([this, self = shared_from_this()](boost::system::error_code error) {
        if (!error) time_out();
      });
      const http::response<http::string_body> response = co_await exchange(*asked);
      timer_.cancel();
      co_return setup_reply_of(request, response.result_int(), response.body());
    } catch (const boost::system::system_error& error) {
      why = timed_out_ ? unreachable(beast::error::timeout, address_)
                       : unreachable(error.code(), address_);
    }
    timer_.cancel();
    co_return setup_failure(request.id, why);
  }

  asio::awaitable<http::response<http::string_body>> exchange(HttpRequest& asked) {
    HubStream stream(co_await asio::this_coro::executor, address_.tls ? tls_.get() : nullptr);
    auto& tcp = stream.tcp();
    cancel_ = [&tcp] { tcp.cancel(); };
    // Not left behind when the stream dies, however this coroutine ends.
    const std::shared_ptr<void> forget(nullptr, [this](void*) { cancel_ = nullptr; });
    co_await connect(stream, address_);
    tcp.expires_never();
    http::request<http::string_body> request(
        http::verb::post, beast::string_view(asked.path.data(), asked.path.size()), 11);
    request.set(http::field::host, address_.authority());
    request.set(http::field::user_agent, "parley");
    request.set(http::field::content_type, "application/json");
    request.set(http::field::accept, "application/json");
    request.set(http::field::connection, "close");
    request.body() = std::move(asked.json);
    request.prepare_payload();
    co_await http::async_write(stream, request, asio::use_awaitable);
    wipe({reinterpret_cast<std::uint8_t*>(request.body().data()), request.body().size()});
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(SetupClient::kMaxResponseBytes);
    co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
    co_return parser.release();
  }

  void time_out() {
    timed_out_ = true;
    cancel();
  }
  void cancel() {
    if (cancel_) cancel_();
    timer_.cancel();
  }

  SetupClient* client_;
  SetupClient::Reply reply_;
  HubAddress address_;
  std::shared_ptr<asio::ssl::context> tls_;
  asio::steady_timer timer_;
  std::function<void()> cancel_;
  bool timed_out_ = false;
};

SetupClient::SetupClient(asio::io_context& io, HubAddress address,
                         std::shared_ptr<asio::ssl::context> tls)
    : io_(io), address_(std::move(address)), tls_(std::move(tls)) {}

SetupClient::~SetupClient() {
  for (const auto& exchange : open_) exchange->detach();
}

void SetupClient::start(api::SetupRequest request, Reply reply) {
  auto exchange = std::make_shared<SetupExchange>(*this, std::move(reply));
  open_.insert(exchange);
  exchange->start(io_, std::move(request));
}

}  // namespace parley::client
