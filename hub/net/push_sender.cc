#include "hub/net/push_sender.h"

#include <algorithm>

#include "lib/base/encoding.h"

namespace parley::hub {
namespace {

constexpr Duration kTokenLifetime = minutes(5);

bool is_worth_another_try(const Result<OutgoingReply>& reply) {
  if (!reply) return reply.error().code != ErrorCode::bad_config;
  return reply->status == 408 || reply->status == 429 || reply->status >= 500;
}

// Nobody there, or a server that asks for patience: the whole service is left alone.
bool concerns_the_service(const Result<OutgoingReply>& reply) {
  return !reply || reply->status == 429 || reply->status == 503;
}

std::string problem_of(const Result<OutgoingReply>& reply) {
  if (!reply) return reply.error().detail;
  return "its push URL answers with status " + std::to_string(reply->status);
}

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
  Queue& queue = queues_[service.provider_id];
  queue.service = service;
  if (queue.number == 0) queue.number = next_number_++;
  const auto found = queue.people.find(visible_id);
  if (found != queue.people.end()) {
    found->second.again = found->second.under_way;
    return;
  }
  ServiceTraffic& traffic = traffic_of(queue);
  if (queue.people.size() >= rules_.most_waiting) {
    ++traffic.pushes_dropped;
    return;
  }
  const Time now = clocks_.steady();
  queue.people.emplace(visible_id, Person{.first = now});
  queue.due.emplace(now, visible_id);
  traffic.pushes_waiting = queue.people.size();
  send_some(queue);
  if (wake_) wake_();
}

void PushSender::send_some(Queue& queue) {
  const Time now = clocks_.steady();
  if (now < queue.paused_until) return;
  while (!queue.due.empty() && queue.under_way < rules_.most_at_once) {
    const auto next = queue.due.begin();
    if (next->first > now) return;
    const std::string visible_id = next->second;
    queue.due.erase(next);
    send(queue, visible_id);
  }
}

void PushSender::send(Queue& queue, const std::string& visible_id) {
  ++queue.under_way;
  queue.people[visible_id].under_way = true;
  fetcher_.fetch({.method = "POST",
                  .url = queue.service.push_url,
                  .body = body_for(visible_id),
                  .authorization = authorization(queue.service.provider_id),
                  .most_bytes = rules_.most_answer_bytes,
                  .private_addresses = queue.service.private_addresses},
                 [this, provider_id = queue.service.provider_id, number = queue.number,
                  visible_id](const Result<OutgoingReply>& reply) {
                   answered(provider_id, number, visible_id, reply);
                 });
}

void PushSender::answered(const std::string& provider_id, std::uint64_t number,
                          const std::string& visible_id, const Result<OutgoingReply>& reply) {
  const auto found = queues_.find(provider_id);
  if (found == queues_.end() || found->second.number != number) return;
  Queue& queue = found->second;
  const auto person = queue.people.find(visible_id);
  if (person == queue.people.end() || !person->second.under_way) return;
  --queue.under_way;
  person->second.under_way = false;
  ServiceTraffic& traffic = traffic_of(queue);
  if (reply && reply->status >= 200 && reply->status < 300) {
    ++traffic.pushes_sent;
    traffic.push_problem.clear();
    queue.pause = {};
    done(queue, visible_id, person->second);
  } else {
    ++traffic.push_failures;
    traffic.push_problem = problem_of(reply);
    failed(queue, visible_id, person->second, reply);
  }
  traffic.pushes_waiting = queue.people.size();
  if (queue.people.empty()) {
    queues_.erase(found);
  } else {
    send_some(queue);
  }
  if (wake_) wake_();
}

void PushSender::done(Queue& queue, const std::string& visible_id, Person& person) {
  if (!person.again) {
    queue.people.erase(visible_id);
    return;
  }
  const Time now = clocks_.steady();
  person = Person{.first = now};
  queue.due.emplace(now, visible_id);
}

void PushSender::failed(Queue& queue, const std::string& visible_id, Person& person,
                        const Result<OutgoingReply>& reply) {
  const Time now = clocks_.steady();
  const std::optional<Duration> asked = reply ? reply->retry_after : std::nullopt;
  if (concerns_the_service(reply)) pause(queue, asked);
  if (!is_worth_another_try(reply) || now - person.first >= rules_.give_up_after) {
    ++traffic_of(queue).pushes_dropped;
    queue.people.erase(visible_id);
    return;
  }
  person.delay =
      person.delay.ms == 0 ? rules_.first_retry : std::min(2 * person.delay, rules_.last_retry);
  const Duration wanted = std::min(asked.value_or(Duration{}), rules_.give_up_after);
  queue.due.emplace(now + std::max(spread(person.delay), wanted), visible_id);
}

// Pushes under way when a service went down fail together; that is one failure.
void PushSender::pause(Queue& queue, std::optional<Duration> asked) {
  const Time now = clocks_.steady();
  if (now < queue.paused_until) return;
  queue.pause =
      queue.pause.ms == 0 ? rules_.first_retry : std::min(2 * queue.pause, rules_.last_retry);
  const Duration wanted = std::min(asked.value_or(Duration{}), rules_.give_up_after);
  queue.paused_until = now + std::max(spread(queue.pause), wanted);
}

std::string PushSender::authorization(const std::string& provider_id) {
  const Time now = clocks_.wall();
  return "Bearer " + key_->sign({.issuer = hub_id_,
                                 .audience = provider_id,
                                 .token_id = base64url_encode(random_.array<16>()),
                                 .issued = now,
                                 .expires = now + kTokenLifetime});
}

// Three quarters to five quarters of it.
Duration PushSender::spread(Duration delay) {
  const auto half = static_cast<std::uint64_t>(delay.ms / 2);
  return milliseconds(delay.ms * 3 / 4 + static_cast<std::int64_t>(random_.below(half + 1)));
}

std::optional<Time> PushSender::next_wakeup() const {
  std::optional<Time> next;
  for (const auto& [id, queue] : queues_) {
    if (queue.due.empty() || queue.under_way >= rules_.most_at_once) continue;
    const Time due = std::max(queue.due.begin()->first, queue.paused_until);
    if (!next || due < *next) next = due;
  }
  return next;
}

void PushSender::tick() {
  for (auto& [id, queue] : queues_) send_some(queue);
}

void PushSender::forget(const std::string& provider_id) {
  const auto found = queues_.find(provider_id);
  if (found == queues_.end()) return;
  ServiceTraffic& traffic = traffic_of(found->second);
  traffic.pushes_dropped += found->second.people.size();
  traffic.pushes_waiting = 0;
  queues_.erase(found);
}

ServiceTraffic& PushSender::traffic_of(const Queue& queue) {
  return traffic_[queue.service.provider_id];
}

}  // namespace parley::hub
