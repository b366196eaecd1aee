// The engine's ports to other servers, over HTTP: services' tokens are checked with their keys
// (jwks_cache.h), services (push_sender.h) and browsers (browser_pushes.h) are told of what waits.
// One table of counts and one timer for all. Browsers' endpoints are anybody's words: pushes to
// them have a client and a lookup of names of their own, so that slow ones among them keep no
// token waiting.
//
// Threads: one, that of the io_context. Ownership: the random source outlives it; it outlives
// the engine.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <set>
#include <string>

#include "hub/engine/provider_tokens.h"
#include "hub/engine/push_notifier.h"
#include "hub/jose/jws.h"
#include "hub/net/browser_pushes.h"
#include "hub/net/http_client.h"
#include "hub/net/jwks_cache.h"
#include "hub/net/push_sender.h"

namespace parley::hub {

class ServicePorts final : public ProviderTokens, public PushNotifier {
 public:
  ServicePorts(IoContext& io, const HttpClientConfig& config, HttpClient::Post post,
               RandomSource& random, const NameLookup::System& system = NameLookup::ask_system);

  // Before the first push: the hub's key and its id in text form.
  void sign_with(jose::SigningKey key, std::string hub_id);
  // Before the first push to a browser; without, there are none.
  void sign_browser_pushes_with(jose::VapidKey key, BrowserPushSettings settings);
  void on_endpoint_gone(BrowserPushes::Gone gone) { browsers_.on_gone(std::move(gone)); }
  // Services whose servers may have private addresses.
  void allow_private(std::set<std::string> provider_ids) { private_ = std::move(provider_ids); }

  // --- ports
  void verify(std::string provider_id, std::string jwks_url, std::string token, Time now,
              Completion<Result<TokenClaims>> done) override;
  void reach(std::string provider_id, std::string jwks_url, Completion<Status> done) override;
  void notify(const std::string& provider_id, const std::string& push_url,
              const std::string& visible_id) override;
  void notify_browser(const DeviceAddress& device, const std::string& endpoint) override;

  // For a request to that service: "Bearer " and a token of the hub.
  std::string authorization(const std::string& provider_id) {
    return pushes_.authorization(provider_id);
  }
  // Finds the names of services' servers.
  FindName find_name() {
    return [this](const std::string& host, NameLookup::Done done) {
      names_.find(host, std::move(done));
    };
  }
  // The service is suspended or gone: what waits for it is dropped.
  void forget(const std::string& provider_id) { pushes_.forget(provider_id); }
  // What /v1/jwks answers; empty before sign_with.
  std::string key_set() const { return key_ ? key_->key_set() : std::string(); }
  const TrafficTable& traffic() const { return traffic_; }
  // No more requests.
  void stop();

 private:
  void wake();

  NameLookup names_;
  HttpClient client_;
  NameLookup browser_names_;
  HttpClient browser_client_;
  TrafficTable traffic_;
  JwksCache keys_;
  PushSender pushes_;
  BrowserPushes browsers_;
  std::optional<jose::SigningKey> key_;
  std::optional<jose::VapidKey> browser_key_;
  std::set<std::string> private_;
  boost::asio::steady_timer timer_;
  HttpClient::Post post_;
  bool stopped_ = false;
};

}  // namespace parley::hub
