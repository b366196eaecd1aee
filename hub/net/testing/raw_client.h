// A bare client for tests and load probes: HTTP requests and one channel, frame by frame,
// without any end-to-end encryption. Each call waits for its result, at most kPatience,
// and reports trouble as nothing (std::nullopt, false), so that a test can expect it.
// One thread; ownership: plain values.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "proto/channel.h"

namespace parley::hub::testing {

struct HttpReply {
  int status = 0;
  std::string body;
  std::string retry_after;
  std::string connection;
  std::string set_cookie;
};
using Headers = std::vector<std::pair<std::string, std::string>>;

// One request on a connection of its own.
std::optional<HttpReply> http(std::uint16_t port, const std::string& method,
                              const std::string& path, const std::string& body = {},
                              const Headers& headers = {}, bool tls = false);

struct ChannelOptions {
  bool tls = false;
  std::string path = "/v1/channel";
  std::string subprotocol = "parley.channel.v1";
  // Bytes of the receive buffer, for a reader that is meant to be slow; 0: the system's.
  int receive_buffer = 0;
};

class RawChannel {
 public:
  RawChannel();
  ~RawChannel();
  RawChannel(RawChannel&&) noexcept;
  RawChannel& operator=(RawChannel&&) noexcept;

  // False: refused; http_status() says how.
  bool connect(std::uint16_t port, const ChannelOptions& options = {});
  int http_status() const;

  bool send(wire::channel::ClientFrame frame);
  bool send(std::vector<wire::channel::ClientFrame> frames);
  bool send_bytes(ByteView message);
  bool send_text(const std::string& text);

  // The next frame; nothing when the connection ended.
  std::optional<wire::channel::ServerFrame> receive();
  // The next frame that holds a Body; others before it are dropped.
  template <typename Body>
  std::optional<Body> receive_a() {
    while (auto frame = receive()) {
      if (auto* body = std::get_if<Body>(&frame->body)) return std::move(*body);
    }
    return {};
  }
  // Reads to the end and tells the closing code; 0: the connection was cut.
  int wait_for_close();
  // Messages (not frames) received so far.
  std::size_t messages() const;
  void close();

  // Challenge, Hello, Welcome. Nothing: refused.
  std::optional<wire::channel::Welcome> hello(ByteView session_token);
  // Sends a request and returns its answer.
  std::optional<wire::channel::ServerFrame> ask(wire::channel::ClientFrame request);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::uint64_t next_request_ = 1;
};

template <typename Body>
wire::channel::ClientFrame frame_of(Body body, std::uint64_t request_id = 0) {
  wire::channel::ClientFrame frame;
  frame.request_id = request_id;
  frame.body = std::move(body);
  return frame;
}

}  // namespace parley::hub::testing
