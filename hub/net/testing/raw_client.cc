#include "hub/net/testing/raw_client.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "hub/net/testing/waiting_stream.h"
#include "lib/wire/wire.h"

namespace parley::hub::testing {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = beast::http;
namespace websocket = beast::websocket;
using Error = WaitingStream::Error;

}  // namespace

std::optional<HttpReply> http(std::uint16_t port, const std::string& method,
                              const std::string& path, const std::string& body,
                              const Headers& headers, bool tls) {
  bhttp::request<bhttp::string_body> request;
  request.method_string(method);
  request.target(path);
  request.set(bhttp::field::host, "127.0.0.1");
  for (const auto& [name, value] : headers) request.insert(name, value);
  request.body() = body;
  if (!body.empty()) request.prepare_payload();
  WaitingStream stream(port, tls);
  Error error;
  if (!stream.connected()) return {};
  if (bhttp::write(stream, request, error); error) return {};
  beast::flat_buffer buffer;
  bhttp::response_parser<bhttp::string_body> parser;
  parser.skip(request.method() == bhttp::verb::head);
  if (bhttp::read(stream, buffer, parser, error); error) return {};
  const auto& response = parser.get();
  return HttpReply{static_cast<int>(response.result_int()), response.body(),
                   std::string(response[bhttp::field::retry_after]),
                   std::string(response[bhttp::field::connection]),
                   std::string(response[bhttp::field::set_cookie])};
}

struct RawChannel::Parts {
  Parts(std::uint16_t port, const ChannelOptions& options)
      : socket(port, options.tls, options.receive_buffer) {}

  bool open(const ChannelOptions& options) {
    if (!socket.next_layer().connected()) return false;
    socket.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
      if (!options.subprotocol.empty()) {
        request.set(bhttp::field::sec_websocket_protocol, options.subprotocol);
      }
    }));
    websocket::response_type response;
    Error error;
    socket.handshake(response, "127.0.0.1", options.path, error);
    http_status = static_cast<int>(response.result_int());
    return !error;
  }
  bool write(ByteView message, bool text) {
    socket.text(text);
    Error error;
    socket.write(asio::buffer(message.data(), message.size()), error);
    return !error;
  }
  bool read() {
    Error error;
    buffer.clear();
    socket.read(buffer, error);
    return !error;
  }

  websocket::stream<WaitingStream, false> socket;
  beast::flat_buffer buffer;
  int http_status = 0;
  std::size_t messages = 0;
  std::deque<wire::channel::ServerFrame> frames;
};

RawChannel::RawChannel() = default;
RawChannel::~RawChannel() = default;
RawChannel::RawChannel(RawChannel&&) noexcept = default;
RawChannel& RawChannel::operator=(RawChannel&&) noexcept = default;

bool RawChannel::connect(std::uint16_t port, const ChannelOptions& options) {
  parts_ = std::make_unique<Parts>(port, options);
  return parts_->open(options);
}

int RawChannel::http_status() const { return parts_->http_status; }
std::size_t RawChannel::messages() const { return parts_->messages; }
void RawChannel::close() { parts_->socket.next_layer().cut(); }

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
  return parts_->socket.reason().code;
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
