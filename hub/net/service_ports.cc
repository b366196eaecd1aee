#include "hub/net/service_ports.h"

#include <algorithm>

#include "hub/net/clock.h"

namespace parley::hub {
namespace {

// Clocks may differ by this much (docs/protocol/identity.md, section 3).
constexpr Duration kClockSkew = seconds(60);

Result<TokenClaims> engine_claims(const Result<jose::Claims>& claims, Time now) {
  if (!claims) return fail(claims.error());
  if (claims->not_before && *claims->not_before > now + kClockSkew) {
    return fail(ErrorCode::bad_token, "the claim nbf is in the future");
  }
  return TokenClaims{.issuer = claims->issuer,
                     .audience = claims->audience,
                     .subject = claims->subject,
                     .token_id = claims->token_id,
                     .issued = claims->issued,
                     .expires = claims->expires,
                     .key_thumbprint = claims->key_thumbprint};
}

}  // namespace

ServicePorts::ServicePorts(IoContext& io, const HttpClientConfig& config, HttpClient::Post post,
                           RandomSource& random, const NameLookup::System& system)
    : names_(io, {}, system),
      client_(io, config, post, find_name()),
      browser_names_(io, {}, system),
      browser_client_(io, config, post,
                      [this](const std::string& host, NameLookup::Done done) {
                        browser_names_.find(host, std::move(done));
                      }),
      keys_(client_, traffic_, random, [] { return steady_now(); }),
      pushes_(client_, traffic_, random,
              {.wall = [] { return wall_now(); }, .steady = [] { return steady_now(); }}),
      browsers_(browser_client_, traffic_, random,
                {.wall = [] { return wall_now(); }, .steady = [] { return steady_now(); }}),
      timer_(io),
      post_(std::move(post)) {
  pushes_.on_change([this] { wake(); });
  browsers_.on_change([this] { wake(); });
}

void ServicePorts::sign_with(jose::SigningKey key, std::string hub_id) {
  key_ = std::move(key);
  pushes_.sign_with(&*key_, std::move(hub_id));
}

void ServicePorts::verify(std::string provider_id, std::string jwks_url, std::string token,
                          Time now, Completion<Result<TokenClaims>> done) {
  const bool private_too = private_.contains(provider_id);
  keys_.verify({std::move(provider_id), std::move(jwks_url), private_too}, token,
               [now, done = std::move(done)](const Result<jose::Claims>& claims) {
                 done(engine_claims(claims, now));
               });
}

void ServicePorts::reach(std::string provider_id, std::string jwks_url, Completion<Status> done) {
  const bool private_too = private_.contains(provider_id);
  keys_.reach({std::move(provider_id), std::move(jwks_url), private_too}, std::move(done));
}

void ServicePorts::notify(const std::string& provider_id, const std::string& push_url,
                          const std::string& visible_id) {
  if (stopped_) return;
  pushes_.notify({provider_id, push_url, private_.contains(provider_id)}, visible_id);
}

void ServicePorts::sign_browser_pushes_with(jose::VapidKey key, BrowserPushSettings settings) {
  browser_key_ = std::move(key);
  browsers_.sign_with(&*browser_key_, std::move(settings));
}

// Later: what the push service or the endpoint is refused for comes back to the engine.
void ServicePorts::notify_browser(const DeviceAddress& device, const std::string& endpoint) {
  if (stopped_) return;
  post_([this, device, endpoint] {
    if (!stopped_) browsers_.notify(device, endpoint);
  });
}

void ServicePorts::wake() {
  auto next = pushes_.next_wakeup();
  const auto browsers = browsers_.next_wakeup();
  if (!next || (browsers && *browsers < *next)) next = browsers;
  if (!next || stopped_) return;
  const Duration left = std::max(*next - steady_now(), Duration{0});
  timer_.expires_after(std::chrono::milliseconds(left.ms));
  timer_.async_wait([this](IoError error) {
    if (error || stopped_) return;
    pushes_.tick();
    browsers_.tick();
    wake();
  });
}

void ServicePorts::stop() {
  stopped_ = true;
  timer_.cancel();
  client_.stop();
  browser_client_.stop();
}

}  // namespace parley::hub
