#include "client/runtime/hub_stream.h"

#include <openssl/ssl.h>

#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>

namespace parley::client {

namespace asio = boost::asio;
namespace beast = boost::beast;

struct TlsLayer : beast::ssl_stream<HubStream::Tcp> {
  using ssl_stream::ssl_stream;
};

HubStream::HubStream(const executor_type& executor, asio::ssl::context* tls) {
  if (tls == nullptr) {
    plain_ = std::make_unique<Tcp>(executor);
  } else {
    tls_ = std::make_unique<TlsLayer>(executor, *tls);
  }
}

HubStream::~HubStream() = default;
HubStream::HubStream(HubStream&&) noexcept = default;

HubStream::Tcp& HubStream::tcp() { return tls_ ? tls_->next_layer() : *plain_; }

void HubStream::expect_host(const std::string& host) {
  if (!tls_) return;
  SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
  tls_->set_verify_callback(asio::ssl::host_name_verification(host));
}

void HubStream::handshake(Done done) {
  tls_->async_handshake(asio::ssl::stream_base::client, std::move(done));
}

void HubStream::read_some(Into into, Moved moved) {
  if (tls_) return tls_->async_read_some(into, std::move(moved));
  plain_->async_read_some(into, std::move(moved));
}

void HubStream::write_some(const From& from, Moved moved) {
  if (tls_) return tls_->async_write_some(from, std::move(moved));
  plain_->async_write_some(from, std::move(moved));
}

void HubStream::say_goodbye(beast::role_type role, Done done) {
  using beast::websocket::async_teardown;
  if (tls_) {
    beast::ssl_stream<Tcp>& stream = *tls_;
    return async_teardown(role, stream, std::move(done));
  }
  async_teardown(role, plain_->socket(), std::move(done));
}

void teardown(beast::role_type, HubStream& stream, boost::system::error_code& error) {
  stream.tcp().close();
  error = {};
}

void beast_close_socket(HubStream& stream) { stream.tcp().close(); }

}  // namespace parley::client
