#include "hub/net/http_client.h"

#include "hub/net/http_exchange.h"

namespace parley::hub {

void HttpClient::Core::add(Waiting what) {
  waiting.push_back(std::move(what));
  boost::asio::post(io, [self = shared_from_this()] { self->start_some(); });
}

void HttpClient::Core::start_some() {
  if (stopped) return;
  for (auto it = waiting.begin(); it != waiting.end() && under_way < config.most_at_once;) {
    if (per_host[it->url.authority()] >= config.most_per_host) {
      ++it;
      continue;
    }
    Waiting next = std::move(*it);
    it = waiting.erase(it);
    start(std::move(next));
  }
}

void HttpClient::Core::start(Waiting what) {
  ++under_way;
  ++per_host[what.url.authority()];
  exchanges.remove_if([](const auto& exchange) { return exchange.expired(); });
  const auto exchange = std::make_shared<HttpExchange>(shared_from_this(), std::move(what));
  exchanges.push_back(exchange);
  exchange->start();
}

void HttpClient::Core::ended(const std::string& host) {
  --under_way;
  if (const auto found = per_host.find(host); found != per_host.end() && --found->second == 0) {
    per_host.erase(found);
  }
  boost::asio::post(io, [self = shared_from_this()] { self->start_some(); });
}

const TlsClient* HttpClient::Core::tls() {
  if (!tls_client) {
    auto loaded = TlsClient::load(config.authorities_file);
    if (!loaded) return nullptr;
    tls_client = *std::move(loaded);
  }
  return &*tls_client;
}

HttpClient::HttpClient(IoContext& io, HttpClientConfig config, Post post, FindName find_name)
    : core_(std::make_shared<Core>(io, std::move(config), std::move(post), std::move(find_name))) {}

HttpClient::~HttpClient() {
  core_->stopped = true;
  core_->waiting.clear();
  for (const auto& weak : std::exchange(core_->exchanges, {})) {
    if (const auto exchange = weak.lock()) exchange->abandon();
  }
}

void HttpClient::fetch(OutgoingRequest request, Completion<Result<OutgoingReply>> done) {
  const auto refuse = [&](Error error) {
    boost::asio::post(core_->io,
                      [done = std::move(done), error = std::move(error)] { done(fail(error)); });
  };
  if (core_->stopped) return refuse({ErrorCode::shutting_down, {}, 0});
  auto url = parse_url(request.url);
  if (!url) return refuse(url.error());
  if (!url->https && !request.private_addresses) {
    return refuse({ErrorCode::bad_config, "its URL must begin with https://", 0});
  }
  if (core_->waiting.size() >= core_->config.most_waiting) {
    return refuse({ErrorCode::overloaded, "too many requests to services wait", 1'000});
  }
  core_->add({*std::move(url), std::move(request), std::move(done)});
}

void HttpClient::stop() {
  if (core_->stopped) return;
  core_->stopped = true;
  const Error error{ErrorCode::shutting_down, {}, 0};
  for (auto waiting = std::exchange(core_->waiting, {}); auto& each : waiting) {
    core_->complete(std::move(each.done), fail(error));
  }
  for (const auto& weak : std::exchange(core_->exchanges, {})) {
    if (const auto exchange = weak.lock()) exchange->finish(fail(error));
  }
}

std::size_t HttpClient::open() const { return core_->under_way + core_->waiting.size(); }

}  // namespace parley::hub
