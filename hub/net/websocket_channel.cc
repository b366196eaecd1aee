#include "hub/net/websocket_channel.h"

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <optional>

#include "hub/net/out_queue.h"
#include "lib/base/limits.h"
#include "lib/wire/wire.h"
#include "proto/channel.h"

namespace parley::hub {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

// A read buffer larger than this is given back after its message.
constexpr std::size_t kKeptReadBytes = 1024;
// Far above kQueueHighBytes: reached only where back-pressure was ignored.
constexpr std::size_t kMostQueuedBytes = 16 * 1024 * 1024;
constexpr std::uint16_t kGoingAway = 1001;
constexpr std::uint16_t kOwnCodes = 4000;

std::uint16_t close_code(ErrorCode why) {
  if (why == ErrorCode::shutting_down) return kGoingAway;
  return static_cast<std::uint16_t>(kOwnCodes + static_cast<int>(why));
}

Bytes malformed_frame(const char* detail) {
  wire::channel::ServerFrame frame;
  frame.body =
      wire::channel::Failure{.code = ErrorCode::malformed, .detail = detail, .retry_after_ms = 0};
  return wire::encode(frame);
}

// Beast asks for 1.5 KiB before anything has come, and holds it while a connection is
// idle. Most messages are smaller than this, and larger ones ask again.
constexpr std::size_t kFirstReadBytes = 512;

class ReadBuffer : public beast::flat_buffer {
 public:
  mutable_buffers_type prepare(std::size_t size) {
    return basic_flat_buffer::prepare(this->size() == 0 ? std::min(size, kFirstReadBytes) : size);
  }
};

class WebSocketChannel final : public ChannelSocket,
                               public Peer,
                               public std::enable_shared_from_this<WebSocketChannel> {
 public:
  WebSocketChannel(Channels& channels, Transport transport, Seat seat)
      : Peer(channels.peers()),
        channels_(channels),
        seat_(std::move(seat)),
        socket_(std::move(transport)),
        patience_until_(steady_now() + channels.config().request_timeout) {}

  void accept(const HttpRequest& request);

  // --- ChannelSocket
  void queue(ByteView frame) override;
  void flush() override;
  void finish(ErrorCode why) override;
  std::size_t queued_bytes() const override { return out_.bytes(); }

  // --- Peer
  void check(Time now) override;
  void abort() override { socket_.next_layer().close(); }

 private:
  enum class State : std::uint8_t { accepting, open, finishing, closing, ended };

  void accepted(IoError error);
  void read();
  void received(IoError error);
  void refuse_text();
  void release_read_buffer();
  void written(IoError error);
  void close_socket();
  void end();
  bool reads() const { return state_ == State::open && !reading_ && !held_back_; }

  NetStatistics& statistics() { return channels_.statistics(); }

  Channels& channels_;
  Seat seat_;
  websocket::stream<Transport, false> socket_;
  ConnectionId id_;
  State state_ = State::accepting;
  bool reading_ = false;
  // Over the high mark: nothing is read until the queue is below the low mark.
  bool held_back_ = false;
  // The engine gave it up, or was told that it ended.
  bool known_to_engine_ = false;
  ErrorCode why_{};
  ReadBuffer incoming_;
  OutQueue out_;
  Bytes outgoing_;  // being written
  // When that is done, more is to leave at once.
  bool flush_again_ = false;
  // Progress of the write under way, for check().
  std::uint64_t progress_ = 0;
  Time patience_until_;  // steady; zero: no limit
};

void WebSocketChannel::accept(const HttpRequest& request) {
  socket_.read_message_max(limits::kMaxBatchBytes);
  socket_.auto_fragment(false);
  socket_.binary(true);
  socket_.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
    response.set(beast::http::field::sec_websocket_protocol, kSubprotocol);
  }));
  socket_.async_accept(request,
                       [self = shared_from_this()](IoError error) { self->accepted(error); });
}

void WebSocketChannel::accepted(IoError error) {
  socket_.set_option(websocket::stream_base::decorator([](websocket::response_type&) {}));
  if (error) return end();
  state_ = State::open;
  patience_until_ = {};
  id_ = channels_.add(shared_from_this());
  known_to_engine_ = true;
  channels_.loop().enter(
      [this](Engine& engine, Time now) { engine.connection_opened(id_, seat_.origin(), now); });
  read();
}

void WebSocketChannel::read() {
  if (!reads()) return;
  reading_ = true;
  socket_.async_read(incoming_, [self = shared_from_this()](IoError error, std::size_t) {
    self->received(error);
  });
}

void WebSocketChannel::received(IoError error) {
  reading_ = false;
  if (error) return end();
  if (state_ != State::open) return;
  if (!socket_.got_binary()) return refuse_text();
  const auto data = incoming_.cdata();
  const ByteView batch(static_cast<const std::uint8_t*>(data.data()), data.size());
  ++statistics().channel_messages_in;
  statistics().bytes_in += batch.size();
  channels_.loop().enter(
      [this, batch](Engine& engine, Time now) { engine.batch_received(id_, batch, now); });
  release_read_buffer();
  read();
}

void WebSocketChannel::refuse_text() {
  queue(malformed_frame("messages must be binary"));
  finish(ErrorCode::malformed);
  channels_.mark(id_);
  channels_.loop().enter([this](Engine& engine, Time now) { engine.connection_closed(id_, now); });
}

void WebSocketChannel::release_read_buffer() {
  if (incoming_.capacity() > kKeptReadBytes) {
    incoming_ = ReadBuffer();
  } else {
    incoming_.clear();
  }
}

void WebSocketChannel::queue(ByteView frame) {
  if (state_ != State::open) return;
  out_.push(frame);
  if (out_.bytes() > kQueueHighBytes) held_back_ = true;
  if (out_.bytes() > kMostQueuedBytes) {
    ++statistics().slow_readers;
    abort();
  }
}

void WebSocketChannel::flush() {
  if (state_ == State::closing || state_ == State::ended) return;
  if (!outgoing_.empty()) {
    flush_again_ = true;
    return;
  }
  outgoing_ = out_.take();
  flush_again_ = !out_.empty();
  if (outgoing_.empty()) {
    if (state_ == State::finishing) close_socket();
    return;
  }
  progress_ = socket_.next_layer().bytes_written();
  patience_until_ = steady_now() + channels_.config().stall_timeout;
  ++statistics().channel_messages_out;
  statistics().bytes_out += outgoing_.size();
  socket_.async_write(
      boost::asio::buffer(outgoing_),
      [self = shared_from_this()](IoError error, std::size_t) { self->written(error); });
}

void WebSocketChannel::written(IoError error) {
  out_.written(outgoing_.size());
  outgoing_ = {};
  patience_until_ = {};
  // The read fails as well and ends the channel.
  if (error) return reading_ ? abort() : end();
  // What came meanwhile and may wait, waits on.
  if (flush_again_ || state_ == State::finishing) flush();
  if (!held_back_ || out_.bytes() >= kQueueLowBytes || state_ != State::open) return;
  held_back_ = false;
  channels_.loop().enter([this](Engine& engine, Time now) { engine.drained(id_, now); });
  read();
}

void WebSocketChannel::finish(ErrorCode why) {
  known_to_engine_ = false;
  if (state_ != State::open) return;
  state_ = State::finishing;
  why_ = why;
}

void WebSocketChannel::close_socket() {
  state_ = State::closing;
  patience_until_ = steady_now() + channels_.config().closing_timeout;
  const auto text = to_string(why_);
  const websocket::close_reason reason(static_cast<websocket::close_code>(close_code(why_)),
                                       {text.data(), text.size()});
  socket_.async_close(reason, [self = shared_from_this()](IoError) { self->end(); });
}

void WebSocketChannel::check(Time now) {
  if (patience_until_.ms == 0 || now < patience_until_) return;
  const std::uint64_t progress = socket_.next_layer().bytes_written();
  if (!outgoing_.empty() && progress != std::exchange(progress_, progress)) {
    patience_until_ = now + channels_.config().stall_timeout;
    return;
  }
  if (outgoing_.empty()) {
    ++statistics().timeouts;
  } else {
    ++statistics().slow_readers;
  }
  patience_until_ = {};
  abort();
}

// The socket is of no more use; several operations may report that.
void WebSocketChannel::end() {
  if (state_ == State::ended) return;
  state_ = State::ended;
  abort();
  const bool tell = std::exchange(known_to_engine_, false);
  if (tell) {
    channels_.loop().enter(
        [this](Engine& engine, Time now) { engine.connection_closed(id_, now); });
  }
  channels_.remove(id_);
}

}  // namespace

bool offers_subprotocol(const HttpRequest& request) {
  const auto offered = request[beast::http::field::sec_websocket_protocol];
  return beast::http::token_list(offered).exists(kSubprotocol);
}

void open_channel(Channels& channels, Transport transport, Seat seat, const HttpRequest& request) {
  std::make_shared<WebSocketChannel>(channels, std::move(transport), std::move(seat))
      ->accept(request);
}

}  // namespace parley::hub
