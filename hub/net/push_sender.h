// Tells services that something waits for one of their people: a POST without content, signed
// by the hub (docs/protocol/push.md). When and how often: push_queues.h.
//
// Threads: one. Ownership: fetcher, table and random source outlive it.
#pragma once

#include "hub/jose/jws.h"
#include "hub/net/push_queues.h"

namespace parley::hub {

class PushSender final : private PushQueues::Kind {
 public:
  struct Clocks {
    std::function<Time()> wall;    // for the tokens
    std::function<Time()> steady;  // for waiting
  };
  struct Service {
    std::string provider_id;
    std::string push_url;
    bool private_addresses = false;
  };

  PushSender(HttpFetcher& fetcher, TrafficTable& traffic, RandomSource& random, Clocks clocks,
             PushRules rules = {})
      : traffic_(traffic),
        random_(random),
        wall_(std::move(clocks.wall)),
        queues_(fetcher, random, std::move(clocks.steady), *this, rules) {}

  // "Bearer " and a token of the hub for that service.
  std::string authorization(const std::string& provider_id);
  // Before the first push: who signs, and the hub's id in text form.
  void sign_with(const jose::SigningKey* key, std::string hub_id) {
    key_ = key;
    hub_id_ = std::move(hub_id);
  }
  // An empty URL: the service takes no pushes.
  void notify(const Service& service, const std::string& visible_id);
  // The service is gone or suspended: what waits for it is dropped.
  void forget(const std::string& provider_id);

  // See push_queues.h.
  void on_change(std::function<void()> wake) { queues_.on_change(std::move(wake)); }
  std::optional<Time> next_wakeup() const { return queues_.next_wakeup(); }
  void tick() { queues_.tick(); }

 private:
  OutgoingRequest request(const std::string& provider_id, const std::string& visible_id) override;
  ServiceTraffic& traffic(const std::string& provider_id) override { return traffic_[provider_id]; }

  TrafficTable& traffic_;
  RandomSource& random_;
  std::function<Time()> wall_;
  PushQueues queues_;
  // As they were at the last push; no more than there are providers.
  std::map<std::string, Service> services_;
  const jose::SigningKey* key_ = nullptr;
  std::string hub_id_;
};

}  // namespace parley::hub
