#include "client/runtime/local_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace parley::client {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Protocol = asio::local::stream_protocol;

constexpr const char* kSocketName = "socket";

std::size_t decode_size(const ByteArray<4>& head) {
  return std::size_t{head[0]} << 24 | std::size_t{head[1]} << 16 | std::size_t{head[2]} << 8 |
         head[3];
}

SecretBuffer framed(ByteView message) {
  SecretBuffer all(4 + message.size());
  const auto out = all.mutable_view();
  for (int i = 0; i < 4; ++i) {
    out[i] = static_cast<std::uint8_t>(message.size() >> (24 - 8 * i));
  }
  std::copy(message.begin(), message.end(), out.begin() + 4);
  return all;
}

// A socket's address holds 107 characters; a folder's path may be longer. The path
// through an open folder is short.
class ShortPath {
 public:
  explicit ShortPath(const std::filesystem::path& folder)
      : folder_(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
        path_("/proc/self/fd/" + std::to_string(folder_) + "/" + kSocketName) {}
  ~ShortPath() {
    if (folder_ >= 0) ::close(folder_);
  }
  ShortPath(const ShortPath&) = delete;
  ShortPath& operator=(const ShortPath&) = delete;
  const std::string& text() const { return path_; }

 private:
  int folder_;
  std::string path_;
};

bool is_same_user(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}

bool read_exactly(int socket, MutableByteView out) {
  for (std::size_t done = 0; done < out.size();) {
    const ssize_t got = ::recv(socket, out.data() + done, out.size() - done, 0);
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

tl::unexpected<Error> nobody() { return fail(ErrorCode::store_locked, "it does not answer"); }

}  // namespace

void LocalConnection::start(OnMessage on_message, OnClosed on_closed) {
  on_message_ = std::move(on_message);
  on_closed_ = std::move(on_closed);
  read_head();
}

void LocalConnection::send(SecretBuffer message) {
  if (!socket_.is_open() || message.size() > kMaxLocalMessageBytes) return;
  queued_bytes_ += message.size() + head_.size();
  queue_.push_back(framed(message.view()));
  if (queued_bytes_ > kMaxLocalQueueBytes) return socket_.cancel();
  if (queue_.size() == 1) write_next();
}

void LocalConnection::close() {
  on_message_ = nullptr;
  on_closed_ = nullptr;
  flushed_ = nullptr;
  error_code ignored;
  socket_.close(ignored);
}

void LocalConnection::flush(std::function<void()> flushed) {
  if (queue_.empty() || !socket_.is_open()) return flushed();
  flushed_ = std::move(flushed);
}

void LocalConnection::read_head() {
  asio::async_read(socket_, asio::buffer(head_),
                   [self = shared_from_this()](error_code error, std::size_t) {
                     const std::size_t size = decode_size(self->head_);
                     if (error || size > kMaxLocalMessageBytes) return self->end();
                     self->read_body(size);
                   });
}

void LocalConnection::read_body(std::size_t size) {
  body_ = SecretBuffer(size);
  const auto room = body_.mutable_view();
  asio::async_read(socket_, asio::buffer(room.data(), room.size()),
                   [self = shared_from_this()](error_code error, std::size_t) {
                     if (error) return self->end();
                     if (self->on_message_) self->on_message_(self->body_.view());
                     if (self->socket_.is_open()) self->read_head();
                   });
}

void LocalConnection::write_next() {
  const auto view = queue_.front().view();
  asio::async_write(socket_, asio::buffer(view.data(), view.size()),
                    [self = shared_from_this()](error_code error, std::size_t) {
                      if (error) return self->end();
                      self->queued_bytes_ -= self->queue_.front().size();
                      self->queue_.pop_front();
                      if (!self->queue_.empty()) return self->write_next();
                      if (self->flushed_) std::exchange(self->flushed_, nullptr)();
                    });
}

void LocalConnection::end() {
  error_code ignored;
  socket_.close(ignored);
  auto closed = std::exchange(on_closed_, nullptr);
  auto flushed = std::exchange(flushed_, nullptr);
  if (closed) closed();
  if (flushed) flushed();
}

Result<std::unique_ptr<LocalListener>> LocalListener::open(asio::io_context& io,
                                                           const std::filesystem::path& folder,
                                                           OnConnection on_connection) {
  const ShortPath path(folder);
  std::unique_ptr<LocalListener> listener(
      new LocalListener(io, folder / kSocketName, std::move(on_connection)));
  // Whoever listened here before is gone: this process holds the folder's lock.
  ::unlink(path.text().c_str());
  auto& acceptor = listener->acceptor_;
  error_code error;
  acceptor.open(Protocol(), error);
  // No moment at which others could connect: the socket is made private.
  const mode_t before = ::umask(0177);
  if (!error) acceptor.bind(Protocol::endpoint(path.text()), error);
  ::umask(before);
  if (!error) acceptor.listen(16, error);
  if (error) {
    return fail(ErrorCode::store_unwritable,
                listener->socket_file_.string() + ": " + error.message());
  }
  listener->accept();
  return listener;
}

LocalListener::LocalListener(asio::io_context& io, std::filesystem::path socket_file,
                             OnConnection on_connection)
    : acceptor_(io),
      socket_file_(std::move(socket_file)),
      on_connection_(std::move(on_connection)) {}

LocalListener::~LocalListener() { ::unlink(socket_file_.c_str()); }

void LocalListener::accept() {
  acceptor_.async_accept(
      [this, alive = std::weak_ptr<int>(alive_)](error_code error, Protocol::socket socket) {
        if (!alive.lock() || error == asio::error::operation_aborted) return;
        if (!error && is_same_user(socket.native_handle())) {
          on_connection_(std::make_shared<LocalConnection>(std::move(socket)));
        }
        accept();
      });
}

Result<LocalGreeting> connect_local(asio::io_context& io, const std::filesystem::path& folder,
                                    Duration patience) {
  const ShortPath path(folder);
  Protocol::socket socket(io);
  error_code error;
  socket.connect(Protocol::endpoint(path.text()), error);
  if (error || !is_same_user(socket.native_handle())) return nobody();

  const int raw = socket.native_handle();
  timeval limit{patience.ms / 1000, (patience.ms % 1000) * 1000};
  ::setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ByteArray<4> head{};
  if (!read_exactly(raw, head) || decode_size(head) > kMaxLocalMessageBytes) return nobody();
  Bytes message(decode_size(head));
  if (!read_exactly(raw, message)) return nobody();
  return LocalGreeting{std::make_shared<LocalConnection>(std::move(socket)), std::move(message)};
}

}  // namespace parley::client
