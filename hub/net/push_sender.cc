#include "hub/net/push_sender.h"

#include "lib/base/encoding.h"

namespace parley::hub {
namespace {

constexpr Duration kTokenLifetime = minutes(5);

// Visible ids hold neither control characters nor what is not UTF-8.
std::string body_for(const std::string& visible_id) {
  std::string quoted;
  for (const char c : visible_id) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return R"({"to":")" + quoted + "\"}";
}

}  // namespace

void PushSender::notify(const Service& service, const std::string& visible_id) {
  if (service.push_url.empty() || !key_) return;
  services_[service.provider_id] = service;
  queues_.add(service.provider_id, visible_id);
}

OutgoingRequest PushSender::request(const std::string& provider_id, const std::string& visible_id) {
  const Service& service = services_[provider_id];
  return {.method = "POST",
          .url = service.push_url,
          .body = body_for(visible_id),
          .authorization = authorization(provider_id),
          .private_addresses = service.private_addresses};
}

std::string PushSender::authorization(const std::string& provider_id) {
  const Time now = wall_();
  return "Bearer " + key_->sign({.issuer = hub_id_,
                                 .audience = provider_id,
                                 .token_id = base64url_encode(random_.array<16>()),
                                 .issued = now,
                                 .expires = now + kTokenLifetime});
}

void PushSender::forget(const std::string& provider_id) {
  queues_.forget(provider_id);
  services_.erase(provider_id);
}

}  // namespace parley::hub
