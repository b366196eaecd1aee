// Tells services that something waits for one of their people: a POST without content, signed
// by the hub (docs/protocol/push.md).
//
// People wait by name, so that what comes meanwhile for the same one is one push. A failure
// is tried again after 1 s, doubling to 5 minutes with random spread, for an hour. A service
// that does not answer at all, or asks for patience, is left alone as a whole meanwhile. Few
// pushes at a time go to one service, and a bounded number wait for it.
//
// No timers in here: the owner calls tick when next_wakeup says so, and asks again after
// every call and whenever `wake` was called.
// Threads: one. Ownership: fetcher, table and random source outlive it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "hub/jose/jws.h"
#include "hub/net/http_fetcher.h"
#include "hub/net/service_traffic.h"
#include "lib/base/random.h"

namespace parley::hub {

struct PushRules {
  Duration first_retry = seconds(1);
  Duration last_retry = minutes(5);
  Duration give_up_after = hours(1);
  std::size_t most_at_once = 4;       // to one service
  std::size_t most_waiting = 10'000;  // for one service
  std::size_t most_answer_bytes = 4 * 1024;
};

class PushSender {
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
      : fetcher_(fetcher),
        traffic_(traffic),
        random_(random),
        clocks_(std::move(clocks)),
        rules_(rules) {}

  // "Bearer " and a token of the hub for that service.
  std::string authorization(const std::string& provider_id);
  // Before the first push: who signs, and the hub's id in text form.
  void sign_with(const jose::SigningKey* key, std::string hub_id) {
    key_ = key;
    hub_id_ = std::move(hub_id);
  }
  // Called when next_wakeup may have become earlier.
  void on_change(std::function<void()> wake) { wake_ = std::move(wake); }

  // An empty URL: the service takes no pushes.
  void notify(const Service& service, const std::string& visible_id);

  std::optional<Time> next_wakeup() const;  // steady
  void tick();

  // The service is gone or suspended: what waits for it is dropped.
  void forget(const std::string& provider_id);

 private:
  struct Person {
    Time first;
    Duration delay = {};
    bool under_way = false;
    bool again = false;  // somebody wrote while it was under way
  };
  struct Queue {
    Service service;
    std::uint64_t number = 0;  // tells it from a later queue of the same service
    std::map<std::string, Person> people;
    std::set<std::pair<Time, std::string>> due;  // those not under way
    std::size_t under_way = 0;
    Time paused_until;
    Duration pause;
  };

  void send_some(Queue& queue);
  void send(Queue& queue, const std::string& visible_id);
  void answered(const std::string& provider_id, std::uint64_t number, const std::string& visible_id,
                const Result<OutgoingReply>& reply);
  void done(Queue& queue, const std::string& visible_id, Person& person);
  void failed(Queue& queue, const std::string& visible_id, Person& person,
              const Result<OutgoingReply>& reply);
  void pause(Queue& queue, std::optional<Duration> asked);
  Duration spread(Duration delay);
  ServiceTraffic& traffic_of(const Queue& queue);

  HttpFetcher& fetcher_;
  TrafficTable& traffic_;
  RandomSource& random_;
  Clocks clocks_;
  PushRules rules_;
  const jose::SigningKey* key_ = nullptr;
  std::string hub_id_;
  std::function<void()> wake_;
  std::map<std::string, Queue> queues_;
  std::uint64_t next_number_ = 1;
};

}  // namespace parley::hub
