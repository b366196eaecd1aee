#include "tests/sim/world.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

namespace parley::sim {
namespace {

// Longer than any answer takes, shorter than what engines do on their own.
constexpr Duration kQuiet = seconds(5);
// A world that does not come to rest is a bug.
constexpr std::size_t kMaxActions = 2'000'000;

}  // namespace

World::World(std::uint64_t seed)
    : random_(seed),
      hub_(random_),
      seed_(seed),
      trace_(std::getenv("PARLEY_SIM_TRACE") != nullptr) {
  hub_.start(now_);
}

SimDevice& World::add_device(std::string name) {
  devices_.push_back(
      std::make_unique<SimDevice>(std::move(name), seed_ * 1000 + devices_.size() + 1));
  devices_.back()->start(now_);
  settle();
  return *devices_.back();
}

SimDevice& World::add_person(const std::string& handle) {
  SimDevice& device = add_stranger(handle);
  const auto accept = [this](SimDevice& one, const std::string& other) {
    run(one, api::Accept{api::Peer{.handle = other, .account_id = {}}});
  };
  for (const auto& [name, other] : people_) {
    if (!other->running() || !other->online) continue;
    accept(*other, handle);
    accept(device, name);
  }
  people_.emplace_back(handle, &device);
  return device;
}

SimDevice& World::add_stranger(const std::string& handle) {
  SimDevice& device = add_device(handle);
  const auto signed_up = run(device, api::SignUp{handle, "correct horse", "DE", handle + "'s"});
  EXPECT_TRUE(signed_up.done) << handle << ": " << to_string(signed_up.error);
  return device;
}

SimDevice& World::link_device(SimDevice& existing, std::string name) {
  SimDevice& device = add_device(name);
  const auto link = submit(device, api::StartLink{name});
  settle();
  const auto shown = outcome(device, link);
  const auto* code = shown.find<api::LinkCode>();
  EXPECT_NE(code, nullptr);
  if (!code) return device;
  const auto approved = run(existing, api::ApproveLink{code->code});
  EXPECT_TRUE(approved.done) << to_string(approved.error);
  run_for(seconds(30));
  EXPECT_TRUE(outcome(device, link).done) << to_string(outcome(device, link).error);
  return device;
}

bool World::run_one() {
  collect();
  std::vector<Action> actions;
  gather_actions(actions);
  if (actions.empty()) return false;
  const std::size_t chosen = shuffle_ ? random_.below(actions.size()) : turn_++ % actions.size();
  if (trace_) {
    const auto& action = actions[chosen];
    std::fprintf(stderr, "%lld %s %s\n", static_cast<long long>(now_.ms), action.what,
                 action.device ? action.device->name().c_str() : "");
  }
  actions[chosen].act();
  collect();
  return true;
}

void World::run_for(Duration duration) {
  const Time end = now_ + duration;
  for (std::size_t count = 0;; ++count) {
    ASSERT_LT(count, kMaxActions) << "the world does not come to rest";
    if (run_one()) continue;
    const auto next = next_wakeup();
    if (!next || *next > end) break;
    now_ = std::max(now_, *next);
    wake_up();
  }
  now_ = std::max(now_, end);
}

void World::settle() {
  for (std::size_t count = 0;; ++count) {
    ASSERT_LT(count, kMaxActions) << "the world does not come to rest";
    if (run_one()) continue;
    const auto next = next_wakeup();
    if (!next || *next > now_ + kQuiet) return;
    // An engine that wants to be woken in the past is woken a little later, not forever.
    now_ = std::max(now_ + milliseconds(1), *next);
    wake_up();
  }
}

std::optional<Time> World::next_wakeup() const {
  std::optional<Time> next = hub_.next_wakeup();
  for (const auto& device : devices_) {
    if (device->wakeup && (!next || *device->wakeup < *next)) next = device->wakeup;
  }
  return next;
}

void World::wake_up() {
  if (const auto at = hub_.next_wakeup(); at && *at <= now_) hub_.tick(now_);
  for (const auto& device : devices_) {
    if (!device->wakeup || *device->wakeup > now_) continue;
    device->wakeup.reset();
    if (trace_) {
      std::fprintf(stderr, "%lld tick %s\n", static_cast<long long>(now_.ms),
                   device->name().c_str());
    }
    device->feed(now_, api::Tick{});
  }
}

void World::collect() {
  for (const auto& device : devices_) {
    Link* link = link_of(*device);
    if (link) {
      for (auto& batch : device->batches) {
        check_sends(batch);
        link->up.push_back(std::move(batch));
      }
      const bool alive = device->running() && device->life == link->life;
      if (!alive || device->wants_reset || device->wish == api::LinkWish::link_closed) {
        link->ended = true;
      }
    }
    device->batches.clear();
    device->wants_reset = false;
  }
}

void World::check_sends(ByteView batch) {
  const auto decoded = wire::decode<wire::channel::ClientBatch>(batch);
  ASSERT_TRUE(decoded.has_value());
  for (const auto& frame : decoded->frames) {
    const auto* send = std::get_if<wire::channel::Send>(&frame.body);
    if (!send) continue;
    const auto digest = crypto::sha256(wire::encode(*send));
    EXPECT_EQ(sends_.try_emplace(send->send_id, digest).first->second, digest);
  }
}

World::Link* World::link_of(const SimDevice& device) {
  for (const auto& link : links_) {
    if (link->device == &device && !link->ended) return link.get();
  }
  return nullptr;
}

bool World::is_linked(const SimDevice& device) const {
  return std::any_of(links_.begin(), links_.end(),
                     [&](const auto& link) { return link->device == &device && !link->ended; });
}

void World::gather_actions(std::vector<Action>& actions) {
  if (hub_.has_store_work())
    actions.push_back({"store", nullptr, [this] { hub_.run_store(now_); }});
  for (const auto& link : links_) gather_link_actions(*link, actions);
  for (const auto& device : devices_) gather_device_actions(*device, actions);
  if (!setup_answers_.empty())
    actions.push_back({"setup answer", nullptr, [this] { answer_setup(); }});
}

void World::gather_link_actions(Link& link, std::vector<Action>& actions) {
  if (!link.up.empty())
    actions.push_back({"to hub from", link.device, [this, &link] { deliver_up(link); }});
  if (link.ended) {
    if (link.up.empty()) {
      actions.push_back({"link ends of", link.device,
                         [this, &link] { end_link(link, ErrorCode::hub_unreachable); }});
    }
    return;
  }
  const auto* outgoing = hub_.outgoing(link.connection);
  if (outgoing && !outgoing->batches.empty()) {
    actions.push_back({"from hub to", link.device, [this, &link] { deliver_down(link); }});
  } else if (!outgoing || outgoing->closed) {
    const ErrorCode why = outgoing ? *outgoing->closed : ErrorCode::hub_unreachable;
    actions.push_back({"hub closed on", link.device, [this, &link, why] { end_link(link, why); }});
  }
}

void World::gather_device_actions(SimDevice& device, std::vector<Action>& actions) {
  if (!device.running()) return;
  if (!device.queries.empty()) {
    actions.push_back({"query of", &device, [this, &device] { device.answer_query(now_); }});
  };
  if (!device.setups.empty()) {
    actions.push_back({"setup of", &device, [this, &device] { request_setup(device); }});
  };
  if (!device.transfers.empty()) {
    actions.push_back({"transfer of", &device, [this, &device] { media.work(device, now_); }});
  };
  const bool wants = device.wish != api::LinkWish::link_closed;
  const bool has_link = std::any_of(links_.begin(), links_.end(),
                                    [&](const auto& link) { return link->device == &device; });
  if (wants && device.online && hub_.running() && !has_link) {
    actions.push_back({"link up of", &device, [this, &device] { open_link(device); }});
  }
}

void World::deliver_up(Link& link) {
  const Bytes batch = std::move(link.up.front());
  link.up.pop_front();
  hub_.receive(link.connection, batch, now_);
}

void World::deliver_down(Link& link) {
  auto& batches = hub_.outgoing(link.connection)->batches;
  Bytes batch = std::move(batches.front());
  batches.pop_front();
  if (tamper) {
    auto decoded = wire::decode<wire::channel::ServerBatch>(batch);
    ASSERT_TRUE(decoded.has_value());
    tamper(*link.device, *decoded);
    batch = wire::encode(*decoded);
  }
  link.device->feed(now_, api::Received{std::move(batch)});
}

void World::end_link(Link& link, ErrorCode reason) {
  SimDevice* device = link.device;
  const bool tell = link.life == device->life && device->running();
  hub_.close(link.connection, now_);
  hub_.forget(link.connection);
  std::erase_if(links_, [&](const auto& one) { return one.get() == &link; });
  if (tell) device->feed(now_, api::LinkDown{reason});
}

void World::open_link(SimDevice& device) {
  auto link = std::make_unique<Link>();
  link->connection = hub_.open(now_);
  link->device = &device;
  link->life = device.life;
  links_.push_back(std::move(link));
  device.feed(now_, api::LinkUp{});
}

void World::request_setup(SimDevice& device) {
  auto request = std::move(device.setups.front());
  device.setups.pop_front();
  if (!device.online) {
    api::SetupReply reply;
    reply.id = request.id;
    reply.error = ErrorCode::hub_unreachable;
    setup_answers_.push_back({&device, device.life, std::move(reply)});
    return;
  }
  hub_.setup(std::move(request), now_, [this, &device, life = device.life](api::SetupReply reply) {
    setup_answers_.push_back({&device, life, std::move(reply)});
  });
}

void World::answer_setup() {
  auto answer = std::move(setup_answers_.front());
  setup_answers_.pop_front();
  if (answer.life == answer.device->life && answer.device->running()) {
    answer.device->feed(now_, std::move(answer.reply));
  }
}

Outcome World::outcome(const SimDevice& device, std::uint64_t command) const {
  Outcome result;
  result.id = command;
  for (const auto& event : device.shown) {
    if (event.command_id != command) continue;
    result.events.push_back(event);
    if (const auto* done = std::get_if<api::CommandDone>(&event.body)) {
      EXPECT_FALSE(result.done) << "a command is answered once";
      result.done = true;
      result.message_id = done->message_id;
    } else if (const auto* failed = std::get_if<api::CommandFailed>(&event.body)) {
      result.error = failed->code;
    }
  }
  return result;
}

void World::drop_link(SimDevice& device, bool keep_data) {
  collect();
  Link* link = link_of(device);
  if (!link) return;
  link->ended = true;
  if (!keep_data) link->up.clear();
  if (auto* outgoing = hub_.outgoing(link->connection)) outgoing->batches.clear();
}

void World::restart(SimDevice& device) {
  collect();
  if (Link* link = link_of(device)) link->ended = true;
  device.crash();
  device.start(now_);
}

void World::restart_hub() {
  hub_.crash();
  for (const auto& link : links_) link->up.clear();
  hub_.start(now_);
}

void World::set_online(SimDevice& device, bool online) {
  device.online = online;
  if (!online) drop_link(device, true);
}

}  // namespace parley::sim
