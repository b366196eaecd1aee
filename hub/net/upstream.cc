#include "hub/net/upstream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "hub/net/address_rules.h"

namespace parley::hub {
namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t kMaxHeadBytes = 16 * 1024;
constexpr std::size_t kMaxAddresses = 4;
constexpr auto kTuple = boost::asio::as_tuple(kAwait);

auto unreachable(std::string what) {
  return fail(Error{ErrorCode::provider_unreachable, std::move(what), 0});
}

// close() came, or the time was over, while something else was waited for.
auto closed() { return unreachable("it took too long"); }

}  // namespace

// Asked once: what is checked here is what is connected to.
Task<NameLookup::Addresses> Upstream::addresses_of(std::string host, bool private_too) {
  named_.expires_at(named_.expires_at().max());
  const auto found = std::make_shared<std::optional<NameLookup::Addresses>>();
  find_name_(host, [found, weak = weak_from_this()](NameLookup::Addresses addresses) {
    *found = std::move(addresses);
    if (const auto self = weak.lock()) self->named_.cancel();
  });
  // An answer that comes later is nobody's.
  while (!*found && !closed_) co_await named_.async_wait(kTuple);
  NameLookup::Addresses all = found->value_or(NameLookup::Addresses{});
  std::erase_if(all,
                [&](const IpAddress& address) { return !is_connectable(address, private_too); });
  if (all.size() > kMaxAddresses) all.resize(kMaxAddresses);
  co_return all;
}

void Upstream::allow(Duration time) {
  timer_.expires_after(std::chrono::milliseconds(time.ms));
  timer_.async_wait([weak = weak_from_this()](IoError error) {
    const auto self = weak.lock();
    if (!error && self) self->close();
  });
}

void Upstream::close() {
  closed_ = true;
  timer_.cancel();
  named_.cancel();
  IoError ignored;
  if (socket_) socket_->close(ignored);
  if (transport_) transport_->close();
}

Task<Status> Upstream::connect(const Url& url, bool private_too) {
  const auto addresses = co_await addresses_of(url.host, private_too);
  if (closed_) co_return closed();
  if (addresses.empty()) co_return unreachable("its name has no address that may be used");
  for (const IpAddress& address : addresses) {
    socket_.emplace(io_.get_executor());
    auto [error] = co_await socket_->async_connect({address, url.port}, kTuple);
    if (closed_) co_return closed();
    if (error) {
      socket_.reset();
      continue;
    }
    SslPtr ssl;
    if (url.https) {
      if (tls_ != nullptr) ssl = tls_->wrap(socket_->native_handle(), url.host);
      if (!ssl) co_return fail(ErrorCode::internal, "no TLS: are the authorities readable?");
    }
    transport_.emplace(*std::move(socket_), std::move(ssl));
    socket_.reset();
    if (!url.https) co_return Status();
    auto [failed] = co_await transport_->async_handshake(kTuple);
    if (failed) co_return unreachable("its TLS failed or its certificate is not valid");
    co_return Status();
  }
  co_return unreachable("no connection");
}

Task<Result<Upstream::Head>> Upstream::ask(const Url& url, std::string range,
                                           std::string authorization) {
  http::request<http::empty_body> request{http::verb::get, url.target, 11};
  request.set(http::field::host, url.authority());
  request.set(http::field::user_agent, "parleyd");
  request.set(http::field::accept_encoding, "identity");
  if (!range.empty()) request.set(http::field::range, range);
  if (!authorization.empty()) request.set(http::field::authorization, authorization);
  request.keep_alive(false);
  auto [write_error, wrote] = co_await http::async_write(*transport_, request, kTuple);
  if (write_error) co_return unreachable("it hung up");
  parser_.emplace();
  parser_->header_limit(kMaxHeadBytes);
  parser_->body_limit(boost::none);
  auto [read_error, got] = co_await http::async_read_header(*transport_, buffer_, *parser_, kTuple);
  if (read_error) co_return unreachable("its answer is not HTTP, or too late");
  const auto& answer = parser_->get();
  Head head;
  head.status = answer.result_int();
  if (const auto length = parser_->content_length()) head.length = *length;
  head.content_range = std::string(answer[http::field::content_range]);
  head.accept_ranges = std::string(answer[http::field::accept_ranges]);
  head.location = std::string(answer[http::field::location]);
  co_return head;
}

Task<Result<Upstream::Head>> Upstream::get(Url url, bool private_too, std::string range,
                                           std::string authorization, Duration time_limit) {
  const auto self = shared_from_this();
  if (closed_) co_return closed();
  allow(time_limit);
  const Status connected = co_await connect(url, private_too);
  if (!connected) co_return fail(connected.error());
  auto head = co_await ask(url, std::move(range), std::move(authorization));
  timer_.cancel();
  co_return head;
}

Task<Result<std::size_t>> Upstream::read(boost::asio::mutable_buffer into, Duration time_limit) {
  const auto self = shared_from_this();
  if (closed_) co_return closed();
  if (parser_->is_done()) co_return std::size_t{0};
  allow(time_limit);
  auto& body = parser_->get().body();
  body.data = into.data();
  body.size = into.size();
  std::size_t have = 0;
  while (have == 0 && !parser_->is_done()) {
    auto [error, got] = co_await http::async_read_some(*transport_, buffer_, *parser_, kTuple);
    have = into.size() - body.size;
    if (error && error != http::error::need_buffer) co_return unreachable("it stopped midway");
  }
  timer_.cancel();
  co_return have;
}

}  // namespace parley::hub
