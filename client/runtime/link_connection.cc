#include "client/runtime/link_connection.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>

#include "lib/base/limits.h"

namespace parley::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

constexpr const char* kSubprotocol = "parley.channel.v1";
constexpr const char* kPath = "/v1/channel";

// What an HTTP answer other than "switching protocols" means.
Error refused(beast::http::status status, const HubAddress& address) {
  switch (status) {
    case beast::http::status::service_unavailable:
      return {ErrorCode::overloaded, {}};
    case beast::http::status::too_many_requests:
      return {ErrorCode::rate_limited, {}};
    default:
      return {ErrorCode::hub_unreachable, address.text() +
                                              ": what answers there is not a Parley hub (HTTP " +
                                              std::to_string(static_cast<unsigned>(status)) + ")"};
  }
}

class Connection final : public LinkConnection {
 public:
  Connection(Link& link, asio::io_context& io, const HubAddress& address, asio::ssl::context* tls)
      : LinkConnection(link), address_(address), socket_(io.get_executor(), tls) {}

  void start() override {
    asio::co_spawn(socket_.get_executor(), run(shared_from_this()), asio::detached);
  }

  void send(SecretBuffer message) override {
    if (ended_) return;
    queued_bytes_ += message.size();
    queue_.push_back(std::move(message));
    if (queued_bytes_ > Link::kMaxQueuedBytes) return abort();
    if (queue_.size() == 1) write_next();
  }

  void abort() override {
    ended_ = true;
    auto& tcp = socket_.next_layer().tcp();
    boost::system::error_code ignored;
    tcp.socket().close(ignored);
    tcp.cancel();
  }

  void close_when_sent(std::function<void()> closed) override {
    closed_ = std::move(closed);
    if (queue_.empty()) close();
  }

 private:
  // `self` keeps the connection alive as long as it runs.
  asio::awaitable<void> run(std::shared_ptr<LinkConnection> self) {
    Error why{ErrorCode::hub_unreachable, "the connection ended"};
    try {
      co_await open();
      report_up();
      while (true) {
        co_await socket_.async_read(buffer_, asio::use_awaitable);
        const auto data = buffer_.cdata();
        report_batch({static_cast<const std::uint8_t*>(data.data()), data.size()});
        buffer_.consume(buffer_.size());
      }
    } catch (const boost::system::system_error& error) {
      why = error.code() == websocket::error::upgrade_declined
                ? refused(response_.result(), address_)
                : unreachable(error.code(), address_);
    }
    abort();
    report_end(std::move(why));
    if (closed_) std::exchange(closed_, nullptr)();
    self.reset();
  }

  asio::awaitable<void> open() {
    co_await connect(socket_.next_layer(), address_);
    socket_.next_layer().tcp().expires_never();
    // Silence on an open channel is the engine's business (Ping frames).
    socket_.set_option(websocket::stream_base::timeout{std::chrono::seconds(10),
                                                       websocket::stream_base::none(), false});
    socket_.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
      request.set(beast::http::field::sec_websocket_protocol, kSubprotocol);
      request.set(beast::http::field::user_agent, "parley");
    }));
    socket_.read_message_max(limits::kMaxBatchBytes);
    co_await socket_.async_handshake(response_, address_.authority(), kPath, asio::use_awaitable);
    if (response_[beast::http::field::sec_websocket_protocol] != kSubprotocol) {
      throw boost::system::system_error(websocket::error::upgrade_declined);
    }
    socket_.binary(true);
  }

  void write_next() {
    const auto view = queue_.front().view();
    socket_.async_write(asio::buffer(view.data(), view.size()),
                        [self = shared_from_this(), this](boost::system::error_code error,
                                                          std::size_t) { written(error); });
  }

  void written(const boost::system::error_code& error) {
    if (error) return abort();  // the reader reports the end
    queued_bytes_ -= queue_.front().size();
    queue_.pop_front();
    if (!queue_.empty()) return write_next();
    if (closed_) close();
  }

  void close() {
    if (ended_) return;
    ended_ = true;
    socket_.async_close(websocket::close_code::normal,
                        [self = shared_from_this()](boost::system::error_code) {});
  }

  HubAddress address_;
  websocket::stream<HubStream, false> socket_;
  websocket::response_type response_;
  beast::flat_buffer buffer_;
  // The front one is being written.
  std::deque<SecretBuffer> queue_;
  std::size_t queued_bytes_ = 0;
  bool ended_ = false;
  std::function<void()> closed_;
};

}  // namespace

std::shared_ptr<LinkConnection> make_link_connection(
    Link& link, asio::io_context& io, const HubAddress& address,
    const std::shared_ptr<asio::ssl::context>& tls) {
  return std::make_shared<Connection>(link, io, address, address.tls ? tls.get() : nullptr);
}

}  // namespace parley::client
