// Tells browsers that something waits for their device: an empty POST to the endpoint that the
// browser's push service gave it (RFC 8030), signed with the hub's VAPID key (RFC 8292). The push
// service learns that something came, and nothing else. When and how often: push_queues.h; a
// party is a push service, by its origin.
//
// Endpoints come from browsers, so they are anybody's words: only https, only public addresses
// (unless the operator allows others), no redirects; one that is no longer known is given back
// to be forgotten.
//
// Threads: one. Ownership: fetcher, table, random source and key outlive it.
#pragma once

#include "hub/engine/types.h"
#include "hub/jose/vapid.h"
#include "hub/net/push_queues.h"

namespace parley::hub {

// The name under which they are counted, which no service can have.
inline constexpr const char* kBrowserTraffic = "web push";

struct BrowserPushSettings {
  // mailto: or https: URL, for the push services' operators. Empty: no pushes to browsers.
  std::string contact;
  // Also http, for tests.
  bool private_addresses = false;
};

class BrowserPushes final : private PushQueues::Kind {
 public:
  struct Clocks {
    std::function<Time()> wall;
    std::function<Time()> steady;
  };
  using Gone = std::function<void(const DeviceAddress& device, const std::string& endpoint)>;

  // One push service serves most browsers of a kind.
  static constexpr PushRules kRules{.most_at_once = 16, .most_waiting = 100'000};

  BrowserPushes(HttpFetcher& fetcher, TrafficTable& traffic, RandomSource& random, Clocks clocks,
                PushRules rules = kRules)
      : traffic_(traffic),
        wall_(std::move(clocks.wall)),
        queues_(fetcher, random, std::move(clocks.steady), *this, rules) {}

  // Before the first push.
  void sign_with(const jose::VapidKey* key, BrowserPushSettings settings) {
    key_ = key;
    settings_ = std::move(settings);
  }
  // Told of endpoints that the push service does not know any more, or that cannot be one.
  void on_gone(Gone gone) { gone_ = std::move(gone); }

  void notify(const DeviceAddress& device, const std::string& endpoint);

  // See push_queues.h.
  void on_change(std::function<void()> wake) { queues_.on_change(std::move(wake)); }
  std::optional<Time> next_wakeup() const { return queues_.next_wakeup(); }
  void tick() { queues_.tick(); }

 private:
  OutgoingRequest request(const std::string& origin, const std::string& item) override;
  ServiceTraffic& traffic(const std::string&) override { return traffic_[kBrowserTraffic]; }
  void refused(const std::string& item, int status) override;

  TrafficTable& traffic_;
  std::function<Time()> wall_;
  PushQueues queues_;
  const jose::VapidKey* key_ = nullptr;
  BrowserPushSettings settings_;
  Gone gone_;
};

}  // namespace parley::hub
