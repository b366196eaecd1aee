// Pushes that wait to be sent: in one queue for each party (a service, or the push service of
// browsers), by item (a person, or a browser), so that what comes meanwhile for the same item is
// one push.
//
// A failure is tried again after 1 s, doubling to 5 minutes with random spread, for an hour. A
// party that does not answer at all, or asks for patience, is left alone as a whole meanwhile.
// Few pushes at a time go to one party, and bounded numbers wait for it and for all.
//
// What a push consists of is its kind's matter (push_sender.h, browser_pushes.h).
//
// No timers in here: the owner calls tick when next_wakeup says so, and asks again after every
// call and whenever `wake` was called.
// Threads: one. Ownership: fetcher, random source and kind outlive it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "hub/net/http_fetcher.h"
#include "hub/net/service_traffic.h"
#include "lib/base/random.h"

namespace parley::hub {

struct PushRules {
  Duration first_retry = seconds(1);
  Duration last_retry = minutes(5);
  Duration give_up_after = hours(1);
  std::size_t most_at_once = 4;       // to one party
  std::size_t most_waiting = 10'000;  // for one party
  std::size_t most_parties = 1'000;   // for which something waits
  std::size_t most_answer_bytes = 4 * 1024;
};

class PushQueues {
 public:
  class Kind {
   public:
    virtual ~Kind() = default;
    virtual OutgoingRequest request(const std::string& party, const std::string& item) = 0;
    virtual ServiceTraffic& traffic(const std::string& party) = 0;
    // It will not be tried again: the party answered with this status.
    virtual void refused(const std::string& /*item*/, int /*status*/) {}
  };

  PushQueues(HttpFetcher& fetcher, RandomSource& random, std::function<Time()> steady, Kind& kind,
             PushRules rules)
      : fetcher_(fetcher),
        random_(random),
        steady_(std::move(steady)),
        kind_(kind),
        rules_(rules) {}

  // Called when next_wakeup may have become earlier.
  void on_change(std::function<void()> wake) { wake_ = std::move(wake); }

  void add(const std::string& party, const std::string& item);
  std::optional<Time> next_wakeup() const;  // steady
  void tick();
  // What waits for the party is dropped.
  void forget(const std::string& party);

 private:
  struct Item {
    Time first;
    Duration delay = {};
    bool under_way = false;
    bool again = false;  // wanted once more while it was under way
  };
  struct Queue {
    std::uint64_t number = 0;  // tells it from a later queue of the same party
    std::map<std::string, Item> items;
    std::set<std::pair<Time, std::string>> due;  // those not under way
    std::size_t under_way = 0;
    Time paused_until;
    Duration pause;
  };

  void send_some(const std::string& party, Queue& queue);
  void answered(const std::string& party, std::uint64_t number, const std::string& item,
                const Result<OutgoingReply>& reply);
  void done(const std::string& party, Queue& queue, const std::string& item);
  void failed(const std::string& party, Queue& queue, const std::string& item,
              const Result<OutgoingReply>& reply);
  void pause(Queue& queue, std::optional<Duration> asked);
  Duration spread(Duration delay);

  HttpFetcher& fetcher_;
  RandomSource& random_;
  std::function<Time()> steady_;
  Kind& kind_;
  PushRules rules_;
  std::function<void()> wake_;
  std::map<std::string, Queue> queues_;
  std::uint64_t next_number_ = 1;
};

}  // namespace parley::hub
