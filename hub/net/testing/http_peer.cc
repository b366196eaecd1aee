#include "hub/net/testing/http_peer.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <list>
#include <mutex>
#include <thread>

namespace parley::hub::testing {
namespace {

namespace asio = boost::asio;
namespace bhttp = boost::beast::http;
using Tcp = asio::ip::tcp;
using Error = boost::system::error_code;

template <typename Stream>
void converse(Stream& stream, const HttpPeer::Handler& handler) {
  boost::beast::flat_buffer buffer;
  bhttp::request<bhttp::string_body> request;
  Error error;
  bhttp::read(stream, buffer, request, error);
  if (error) return;
  const PeerReply reply = handler(
      {std::string(request.method_string()), std::string(request.target()),
       std::string(request[bhttp::field::host]), std::string(request[bhttp::field::authorization]),
       std::string(request[bhttp::field::content_type]), request.body()});
  if (!reply.raw.empty()) {
    asio::write(stream, asio::buffer(reply.raw), error);
  } else {
    bhttp::response<bhttp::string_body> response(static_cast<bhttp::status>(reply.status), 11);
    for (const auto& [name, value] : reply.headers) response.set(name, value);
    response.body() = reply.body;
    response.keep_alive(false);
    response.prepare_payload();
    bhttp::write(stream, response, error);
  }
  for (std::size_t at = 0; at < reply.drip.size() && !error; ++at) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    asio::write(stream, asio::buffer(&reply.drip[at], 1), error);
  }
  char rest[256];
  while (reply.hold && !error) stream.read_some(asio::buffer(rest), error);
}

}  // namespace

struct HttpPeer::Parts {
  Parts(Handler function, const std::string& certificate, const std::string& key)
      : handler(std::move(function)),
        acceptor(io, {asio::ip::address_v4::loopback(), 0}),
        context(asio::ssl::context::tls_server),
        uses_tls(!certificate.empty()) {
    if (uses_tls) {
      context.use_certificate_chain_file(certificate);
      context.use_private_key_file(key, asio::ssl::context::pem);
    }
    accepting = std::thread([this] { accept(); });
  }
  ~Parts() {
    stopping = true;
    Error ignored;
    // Wakes the accepting thread, then those that hold a connection.
    Tcp::socket wake(io);
    wake.connect(acceptor.local_endpoint(), ignored);
    accepting.join();
    {
      const std::lock_guard lock(mutex);
      for (const int socket : sockets) ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& thread : threads) thread.join();
  }

  void accept() {
    while (true) {
      Error error;
      auto socket = std::make_shared<Tcp::socket>(io);
      acceptor.accept(*socket, error);
      if (stopping) return;
      if (error) continue;
      const std::lock_guard lock(mutex);
      sockets.push_back(socket->native_handle());
      ++all;
      threads.emplace_back([this, socket] { serve(*socket); });
    }
  }

  void serve(Tcp::socket& socket) {
    Error error;
    if (uses_tls) {
      asio::ssl::stream<Tcp::socket&> stream(socket, context);
      stream.handshake(asio::ssl::stream_base::server, error);
      if (!error) converse(stream, handler);
      stream.shutdown(error);
    } else {
      converse(socket, handler);
    }
    const std::lock_guard lock(mutex);
    sockets.remove(socket.native_handle());
    socket.close(error);
  }

  Handler handler;
  asio::io_context io;
  Tcp::acceptor acceptor;
  asio::ssl::context context;
  bool uses_tls;
  std::atomic<bool> stopping = false;
  std::atomic<int> all = 0;
  std::mutex mutex;
  std::list<int> sockets;
  std::list<std::thread> threads;
  std::thread accepting;
};

HttpPeer::HttpPeer(Handler handler, const std::string& certificate, const std::string& key)
    : parts_(std::make_unique<Parts>(std::move(handler), certificate, key)) {}
HttpPeer::~HttpPeer() = default;

std::uint16_t HttpPeer::port() const { return parts_->acceptor.local_endpoint().port(); }
std::string HttpPeer::url(const std::string& target) const {
  return (parts_->uses_tls ? "https" : "http") + ("://127.0.0.1:" + std::to_string(port())) +
         target;
}
int HttpPeer::connections() const { return parts_->all; }

}  // namespace parley::hub::testing
