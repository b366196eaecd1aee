#include "hub/net/push_queues.h"

#include <algorithm>

namespace parley::hub {
namespace {

bool is_worth_another_try(const Result<OutgoingReply>& reply) {
  if (!reply) return reply.error().code != ErrorCode::bad_config;
  return reply->status == 408 || reply->status == 429 || reply->status >= 500;
}

// Nobody there, or a server that asks for patience: the whole party is left alone.
bool concerns_the_party(const Result<OutgoingReply>& reply) {
  return !reply || reply->status == 429 || reply->status == 503;
}

std::string problem_of(const Result<OutgoingReply>& reply) {
  if (!reply) return reply.error().detail;
  return "its push URL answers with status " + std::to_string(reply->status);
}

}  // namespace

void PushQueues::add(const std::string& party, const std::string& item) {
  ServiceTraffic& traffic = kind_.traffic(party);
  auto found = queues_.find(party);
  if (found == queues_.end()) {
    if (queues_.size() >= rules_.most_parties) {
      ++traffic.pushes_dropped;
      return;
    }
    found = queues_.emplace(party, Queue()).first;
    found->second.number = next_number_++;
  }
  Queue& queue = found->second;
  const auto known = queue.items.find(item);
  if (known != queue.items.end()) {
    known->second.again = known->second.under_way;
    return;
  }
  if (queue.items.size() >= rules_.most_waiting) {
    ++traffic.pushes_dropped;
    return;
  }
  const Time now = steady_();
  queue.items.emplace(item, Item{.first = now});
  queue.due.emplace(now, item);
  ++traffic.pushes_waiting;
  send_some(party, queue);
  if (wake_) wake_();
}

void PushQueues::send_some(const std::string& party, Queue& queue) {
  const Time now = steady_();
  if (now < queue.paused_until) return;
  while (!queue.due.empty() && queue.under_way < rules_.most_at_once) {
    const auto next = queue.due.begin();
    if (next->first > now) return;
    const std::string item = next->second;
    queue.due.erase(next);
    ++queue.under_way;
    queue.items[item].under_way = true;
    OutgoingRequest request = kind_.request(party, item);
    request.most_bytes = rules_.most_answer_bytes;
    fetcher_.fetch(std::move(request),
                   [this, party, number = queue.number, item](const Result<OutgoingReply>& reply) {
                     answered(party, number, item, reply);
                   });
  }
}

void PushQueues::answered(const std::string& party, std::uint64_t number, const std::string& item,
                          const Result<OutgoingReply>& reply) {
  const auto found = queues_.find(party);
  if (found == queues_.end() || found->second.number != number) return;
  Queue& queue = found->second;
  const auto sent = queue.items.find(item);
  if (sent == queue.items.end() || !sent->second.under_way) return;
  --queue.under_way;
  sent->second.under_way = false;
  ServiceTraffic& traffic = kind_.traffic(party);
  if (reply && reply->status >= 200 && reply->status < 300) {
    ++traffic.pushes_sent;
    traffic.push_problem.clear();
    queue.pause = {};
    done(party, queue, item);
  } else {
    ++traffic.push_failures;
    traffic.push_problem = problem_of(reply);
    failed(party, queue, item, reply);
  }
  if (queue.items.empty()) {
    queues_.erase(found);
  } else {
    send_some(party, queue);
  }
  if (wake_) wake_();
}

void PushQueues::done(const std::string& party, Queue& queue, const std::string& item) {
  if (!queue.items[item].again) {
    queue.items.erase(item);
    --kind_.traffic(party).pushes_waiting;
    return;
  }
  const Time now = steady_();
  queue.items[item] = Item{.first = now};
  queue.due.emplace(now, item);
}

void PushQueues::failed(const std::string& party, Queue& queue, const std::string& item,
                        const Result<OutgoingReply>& reply) {
  const Time now = steady_();
  const std::optional<Duration> asked = reply ? reply->retry_after : std::nullopt;
  if (concerns_the_party(reply)) pause(queue, asked);
  Item& tried = queue.items[item];
  if (!is_worth_another_try(reply) || now - tried.first >= rules_.give_up_after) {
    ServiceTraffic& traffic = kind_.traffic(party);
    ++traffic.pushes_dropped;
    --traffic.pushes_waiting;
    queue.items.erase(item);
    if (reply) kind_.refused(item, reply->status);
    return;
  }
  tried.delay =
      tried.delay.ms == 0 ? rules_.first_retry : std::min(2 * tried.delay, rules_.last_retry);
  const Duration wanted = std::min(asked.value_or(Duration{}), rules_.give_up_after);
  queue.due.emplace(now + std::max(spread(tried.delay), wanted), item);
}

// Pushes under way when a party went down fail together; that is one failure.
void PushQueues::pause(Queue& queue, std::optional<Duration> asked) {
  const Time now = steady_();
  if (now < queue.paused_until) return;
  queue.pause =
      queue.pause.ms == 0 ? rules_.first_retry : std::min(2 * queue.pause, rules_.last_retry);
  const Duration wanted = std::min(asked.value_or(Duration{}), rules_.give_up_after);
  queue.paused_until = now + std::max(spread(queue.pause), wanted);
}

// Three quarters to five quarters of it.
Duration PushQueues::spread(Duration delay) {
  const auto half = static_cast<std::uint64_t>(delay.ms / 2);
  return milliseconds(delay.ms * 3 / 4 + static_cast<std::int64_t>(random_.below(half + 1)));
}

std::optional<Time> PushQueues::next_wakeup() const {
  std::optional<Time> next;
  for (const auto& [party, queue] : queues_) {
    if (queue.due.empty() || queue.under_way >= rules_.most_at_once) continue;
    const Time due = std::max(queue.due.begin()->first, queue.paused_until);
    if (!next || due < *next) next = due;
  }
  return next;
}

void PushQueues::tick() {
  for (auto& [party, queue] : queues_) send_some(party, queue);
}

void PushQueues::forget(const std::string& party) {
  const auto found = queues_.find(party);
  if (found == queues_.end()) return;
  ServiceTraffic& traffic = kind_.traffic(party);
  traffic.pushes_dropped += found->second.items.size();
  traffic.pushes_waiting -= found->second.items.size();
  queues_.erase(found);
}

}  // namespace parley::hub
