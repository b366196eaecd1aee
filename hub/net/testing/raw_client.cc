#include "hub/net/testing/raw_client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "lib/wire/wire.h"

namespace parley::hub::testing {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = beast::http;
namespace websocket = beast::websocket;
using Error = boost::system::error_code;
using Tcp = asio::ip::tcp;
using TlsStream = asio::ssl::stream<Tcp::socket>;

constexpr std::chrono::seconds kPatience{30};

// Starts an operation and runs the loop until it is done; false: error or out of patience.
template <typename Start>
bool finish(asio::io_context& io, Error& error, Start start) {
  bool done = false;
  start([&](Error result, auto&&...) {
    error = result;
    done = true;
  });
  io.restart();
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!done && io.run_one_until(end) > 0) {
  }
  return done && !error;
}

asio::ssl::context& trusting_context() {
  static asio::ssl::context context(asio::ssl::context::tls_client);
  return context;  // verifies nothing: the tests' certificates are their own
}

Tcp::endpoint local(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

bool shake(asio::io_context&, Tcp::socket&) { return true; }
bool shake(asio::io_context& io, TlsStream& stream) {
  Error error;
  return finish(io, error, [&](auto done) {
    stream.async_handshake(asio::ssl::stream_base::client, std::move(done));
  });
}

template <typename Stream>
std::optional<HttpReply> exchange(asio::io_context& io, Stream& stream,
                                  const bhttp::request<bhttp::string_body>& request) {
  Error error;
  if (!shake(io, stream)) return {};
  if (!finish(io, error,
              [&](auto done) { bhttp::async_write(stream, request, std::move(done)); })) {
    return {};
  }
  beast::flat_buffer buffer;
  bhttp::response_parser<bhttp::string_body> parser;
  parser.skip(request.method() == bhttp::verb::head);
  if (!finish(io, error,
              [&](auto done) { bhttp::async_read(stream, buffer, parser, std::move(done)); })) {
    return {};
  }
  const auto& response = parser.get();
  return HttpReply{static_cast<int>(response.result_int()), response.body(),
                   std::string(response[bhttp::field::retry_after]),
                   std::string(response[bhttp::field::connection])};
}

}  // namespace

std::optional<HttpReply> http(std::uint16_t port, const std::string& method,
                              const std::string& path, const std::string& body,
                              const Headers& headers, bool tls) {
  asio::io_context io;
  bhttp::request<bhttp::string_body> request;
  request.method_string(method);
  request.target(path);
  request.set(bhttp::field::host, "127.0.0.1");
  for (const auto& [name, value] : headers) request.insert(name, value);
  request.body() = body;
  if (!body.empty()) request.prepare_payload();
  Error error;
  Tcp::socket socket(io);
  if (socket.connect(local(port), error); error) return {};
  if (!tls) return exchange(io, socket, request);
  TlsStream stream(std::move(socket), trusting_context());
  return exchange(io, stream, request);
}

struct RawChannel::Parts {
  virtual ~Parts() = default;
  virtual bool open(const ChannelOptions& options) = 0;
  virtual bool write(ByteView message, bool text) = 0;
  virtual bool read() = 0;
  virtual int close_code() = 0;
  virtual void cut() = 0;

  asio::io_context io;
  beast::flat_buffer buffer;
  int http_status = 0;
  std::size_t messages = 0;
  std::deque<wire::channel::ServerFrame> frames;
};

namespace {

template <typename Stream, typename Base>
class ChannelOver final : public Base {
 public:
  template <typename... Arguments>
  explicit ChannelOver(const Tcp::endpoint& where, int receive_buffer, Arguments&... arguments)
      : socket_(connected(where, receive_buffer), arguments...) {}

  bool open(const ChannelOptions& options) override {
    if (!shake(this->io, socket_.next_layer())) return false;
    socket_.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
      if (!options.subprotocol.empty()) {
        request.set(bhttp::field::sec_websocket_protocol, options.subprotocol);
      }
    }));
    socket_.binary(true);
    websocket::response_type response;
    Error error;
    const bool open = finish(this->io, error, [&](auto done) {
      socket_.async_handshake(response, "127.0.0.1", options.path, std::move(done));
    });
    this->http_status = static_cast<int>(response.result_int());
    return open;
  }
  bool write(ByteView message, bool text) override {
    socket_.text(text);
    Error error;
    return finish(this->io, error, [&](auto done) {
      socket_.async_write(asio::buffer(message.data(), message.size()), std::move(done));
    });
  }
  bool read() override {
    Error error;
    this->buffer.clear();
    return finish(this->io, error,
                  [&](auto done) { socket_.async_read(this->buffer, std::move(done)); });
  }
  int close_code() override { return socket_.reason().code; }
  void cut() override {
    Error ignored;
    beast::get_lowest_layer(socket_).close(ignored);
  }

 private:
  Tcp::socket connected(const Tcp::endpoint& where, int receive_buffer) {
    Tcp::socket socket(this->io);
    Error error;
    socket.open(Tcp::v4(), error);
    if (receive_buffer > 0) {
      socket.set_option(asio::socket_base::receive_buffer_size(receive_buffer), error);
    }
    socket.connect(where, error);
    socket.set_option(Tcp::no_delay(true), error);
    return socket;
  }

  websocket::stream<Stream, false> socket_;
};

}  // namespace

RawChannel::RawChannel() = default;
RawChannel::~RawChannel() = default;
RawChannel::RawChannel(RawChannel&&) noexcept = default;
RawChannel& RawChannel::operator=(RawChannel&&) noexcept = default;

bool RawChannel::connect(std::uint16_t port, const ChannelOptions& options) {
  if (options.tls) {
    parts_ = std::make_unique<ChannelOver<TlsStream, Parts>>(local(port), options.receive_buffer,
                                                             trusting_context());
  } else {
    parts_ = std::make_unique<ChannelOver<Tcp::socket, Parts>>(local(port), options.receive_buffer);
  }
  return parts_->open(options);
}

int RawChannel::http_status() const { return parts_->http_status; }
std::size_t RawChannel::messages() const { return parts_->messages; }
void RawChannel::close() { parts_->cut(); }

bool RawChannel::send(wire::channel::ClientFrame frame) {
  wire::channel::ClientBatch batch;
  batch.frames.push_back(std::move(frame));
  return send_bytes(wire::encode(batch));
}

bool RawChannel::send(std::vector<wire::channel::ClientFrame> frames) {
  wire::channel::ClientBatch batch;
  batch.frames = std::move(frames);
  return send_bytes(wire::encode(batch));
}

bool RawChannel::send_bytes(ByteView message) { return parts_->write(message, false); }
bool RawChannel::send_text(const std::string& text) { return parts_->write(as_bytes(text), true); }

std::optional<wire::channel::ServerFrame> RawChannel::receive() {
  while (parts_->frames.empty()) {
    if (!parts_->read()) return {};
    ++parts_->messages;
    const auto data = parts_->buffer.cdata();
    auto batch = wire::decode<wire::channel::ServerBatch>(
        {static_cast<const std::uint8_t*>(data.data()), data.size()});
    if (!batch) return {};
    for (auto& frame : batch->frames) parts_->frames.push_back(std::move(frame));
  }
  auto frame = std::move(parts_->frames.front());
  parts_->frames.pop_front();
  return frame;
}

int RawChannel::wait_for_close() {
  while (receive()) {
  }
  return parts_->close_code();
}

std::optional<wire::channel::Welcome> RawChannel::hello(ByteView session_token) {
  if (!receive_a<wire::channel::Challenge>()) return {};
  wire::channel::Hello hello;
  hello.version = 1;
  hello.software = "raw-client";
  wire::channel::SessionCredential credential;
  credential.token = SecretBuffer(session_token);
  hello.credential = std::move(credential);
  wire::channel::ClientFrame frame;
  frame.request_id = next_request_++;
  frame.body = std::move(hello);
  Bytes batch;
  wire::append_message(batch, wire::channel::ClientBatch::kFramesField, frame);
  if (!send_bytes(batch)) return {};
  // A refusal is a Failure and the end.
  return receive_a<wire::channel::Welcome>();
}

std::optional<wire::channel::ServerFrame> RawChannel::ask(wire::channel::ClientFrame request) {
  request.request_id = next_request_++;
  Bytes batch;
  wire::append_message(batch, wire::channel::ClientBatch::kFramesField, request);
  if (!send_bytes(batch)) return {};
  std::deque<wire::channel::ServerFrame> others;
  std::optional<wire::channel::ServerFrame> answer;
  while (auto frame = receive()) {
    if (frame->reply_to == request.request_id) {
      answer = std::move(frame);
      break;
    }
    others.push_back(*std::move(frame));
  }
  for (; !others.empty(); others.pop_back()) {
    parts_->frames.push_front(std::move(others.back()));
  }
  return answer;
}

}  // namespace parley::hub::testing
