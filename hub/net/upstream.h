// One request of the hub to a service's media server, whose answer is passed on piece by
// piece, never held as a whole. The same rules as the HTTP client's (http_client.h): the
// address that is connected to was checked, certificates are verified, time is bounded.
//
// Threads: one. A coroutine that waits here ends with an error when the time is over or
// close() is called, whatever it waits for; nothing is begun after that. Errors:
// provider_unreachable with what happened.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <memory>
#include <optional>
#include <string>

#include "hub/net/name_lookup.h"
#include "hub/net/transport.h"
#include "hub/net/url.h"
#include "lib/base/time.h"

namespace parley::hub {

template <typename T>
using Task = boost::asio::awaitable<T, IoContext::executor_type>;
inline constexpr boost::asio::use_awaitable_t<IoContext::executor_type> kAwait{};

class Upstream : public std::enable_shared_from_this<Upstream> {
 public:
  struct Head {
    unsigned status = 0;
    std::optional<std::uint64_t> length = {};
    std::string content_range = {};
    std::string accept_ranges = {};
    std::string location = {};
  };

  // `tls` null: no TLS can be had.
  Upstream(IoContext& io, const TlsClient* tls, FindName find_name)
      : io_(io), timer_(io), named_(io), tls_(tls), find_name_(std::move(find_name)) {}

  // Connects and asks; `range` and `authorization` may be empty.
  Task<Result<Head>> get(Url url, bool private_too, std::string range, std::string authorization,
                         Duration time_limit);
  // The next piece of the answer's body; empty at its end.
  Task<Result<std::size_t>> read(boost::asio::mutable_buffer into, Duration time_limit);
  void close();

 private:
  Task<NameLookup::Addresses> addresses_of(std::string host, bool private_too);
  Task<Status> connect(const Url& url, bool private_too);
  Task<Result<Head>> ask(const Url& url, std::string range, std::string authorization);
  void allow(Duration time);

  IoContext& io_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer named_;  // cancelled when the name's addresses are there
  const TlsClient* tls_;
  FindName find_name_;
  bool closed_ = false;
  std::optional<Socket> socket_;
  std::optional<Transport> transport_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::response_parser<boost::beast::http::buffer_body>> parser_;
};

}  // namespace parley::hub
