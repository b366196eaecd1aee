// The inside of the HTTP client: what waits and runs (Core), and one request from its first to
// its last step (HttpExchange). For its two source files.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <deque>
#include <list>
#include <map>
#include <optional>

#include "hub/net/http_client.h"
#include "hub/net/url.h"

namespace parley::hub {

class HttpExchange;

struct HttpClient::Core : std::enable_shared_from_this<Core> {
  struct Waiting {
    Url url;
    OutgoingRequest request;
    Completion<Result<OutgoingReply>> done;
  };

  Core(IoContext& io_context, HttpClientConfig settings, Post posting, FindName finding)
      : io(io_context),
        config(std::move(settings)),
        post(std::move(posting)),
        find_name(std::move(finding)) {}

  void complete(Completion<Result<OutgoingReply>> done, Result<OutgoingReply> result) {
    post([done = std::move(done), result = std::move(result)] { done(result); });
  }

  void add(Waiting waiting);
  void start_some();
  void start(Waiting waiting);
  void ended(const std::string& host);
  // Asks for the system's certificates once, when they are first needed.
  const TlsClient* tls();

  IoContext& io;
  HttpClientConfig config;
  Post post;
  FindName find_name;
  std::optional<TlsClient> tls_client;
  std::deque<Waiting> waiting;
  std::map<std::string, std::size_t> per_host;
  std::list<std::weak_ptr<HttpExchange>> exchanges;
  std::size_t under_way = 0;
  bool stopped = false;
};

// One request from its first to its last step. Whatever ends it first (an answer, a failure,
// the time, stop) calls finish; later ones find it finished.
class HttpExchange : public std::enable_shared_from_this<HttpExchange> {
 public:
  HttpExchange(std::shared_ptr<HttpClient::Core> core, HttpClient::Core::Waiting what)
      : core_(std::move(core)), what_(std::move(what)), timer_(core_->io) {}

  void start();
  // Ends it without telling anybody.
  void abandon();
  void finish(Result<OutgoingReply> result);

 private:
  void resolved(const NameLookup::Addresses& addresses);
  void connect();
  void connected(IoError error);
  void shaken(IoError error);
  void write();
  void read();
  void received(IoError error);

  std::shared_ptr<HttpClient::Core> core_;
  HttpClient::Core::Waiting what_;
  boost::asio::steady_timer timer_;
  NameLookup::Addresses addresses_;
  std::size_t next_ = 0;
  std::optional<Socket> socket_;
  std::optional<Transport> transport_;
  const ssl_st* ssl_ = nullptr;  // inside of transport_
  boost::beast::http::request<boost::beast::http::string_body> request_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::response_parser<boost::beast::http::string_body>> parser_;
  const char* step_ = "";
  bool finished_ = false;
};

}  // namespace parley::hub
