// The set-up requests of proto/setup.proto over HTTP: sign-up, login, linking. One
// connection for each request; what goes wrong on the way becomes an answer with
// an error code, so a caller gets exactly one answer to each request.
//
// Single-threaded, on the io_context given.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <set>

#include "client/runtime/transport.h"
#include "proto/client.h"

namespace parley::client {

class SetupExchange;

class SetupClient {
 public:
  using Reply = std::function<void(wire::client::SetupReply)>;

  // The hub holds a link poll for up to 25 s; everything else is much faster, except
  // password hashing on a busy hub.
  static constexpr Duration kTimeout = seconds(40);
  static constexpr std::size_t kMaxResponseBytes = 64 * 1024;

  // `tls` may be null for a plain address.
  SetupClient(boost::asio::io_context& io, HubAddress address,
              std::shared_ptr<boost::asio::ssl::context> tls);
  // Ends what is open without answering.
  ~SetupClient();
  SetupClient(const SetupClient&) = delete;
  SetupClient& operator=(const SetupClient&) = delete;

  // `reply` is called later, never from here.
  void start(wire::client::SetupRequest request, Reply reply);

 private:
  friend class SetupExchange;
  boost::asio::io_context& io_;
  HubAddress address_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  std::set<std::shared_ptr<SetupExchange>> open_;
};

}  // namespace parley::client
