#include "client/runtime/transport.h"

#include <openssl/ssl.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>

namespace parley::client {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

std::chrono::milliseconds chrono_of(Duration duration) {
  return std::chrono::milliseconds(duration.ms);
}

}  // namespace

Result<std::shared_ptr<asio::ssl::context>> make_tls_context(const std::string& ca_file) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  context->set_verify_mode(asio::ssl::verify_peer);
  boost::system::error_code error;
  if (ca_file.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(ca_file, error);
  }
  if (error) return fail(ErrorCode::invalid_argument, "--ca " + ca_file + ": " + error.message());
  return context;
}

asio::awaitable<void> connect(HubStream& stream, const HubAddress& address) {
  auto& socket = stream.tcp();
  boost::system::error_code not_numeric;
  const auto numeric = asio::ip::make_address(address.host, not_numeric);
  socket.expires_after(chrono_of(kConnectTimeout));
  if (!not_numeric) {
    co_await socket.async_connect(tcp::endpoint(numeric, address.port), asio::use_awaitable);
  } else {
    tcp::resolver resolver(stream.get_executor());
    const auto found = co_await resolver.async_resolve(address.host, std::to_string(address.port),
                                                       asio::use_awaitable);
    co_await socket.async_connect(found, asio::use_awaitable);
  }
  socket.socket().set_option(tcp::no_delay(true));
  if (!stream.is_tls()) co_return;
  stream.expect_host(address.host);
  socket.expires_after(chrono_of(kConnectTimeout));
  co_await stream.async_handshake(asio::use_awaitable);
}

Error unreachable(const boost::system::error_code& error, const HubAddress& address) {
  std::string why = error.message();
  if (error == boost::beast::error::timeout) why = "no answer in time";
  if (error.category() == asio::error::get_ssl_category()) {
    why = "no trusted TLS connection (" + why + ")";
  }
  return {ErrorCode::hub_unreachable, address.text() + ": " + why};
}

}  // namespace parley::client
