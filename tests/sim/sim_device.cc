#include "tests/sim/sim_device.h"

#include <ctime>

#include <gtest/gtest.h>

#include "lib/base/limits.h"

namespace parley::sim {
namespace {

// Of this thread: what others do on the machine does not count.
double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace

SimDevice::SimDevice(std::string name, std::uint64_t seed)
    : name_(std::move(name)), random_(seed), tells_at_once_(seed % 2 == 1) {}

void SimDevice::start(Time now) {
  client::IsAbsent is_absent;
  if (tells_at_once_) {
    is_absent = [this](client::RecordKind kind, ByteView key) {
      return disk.is_absent(static_cast<std::uint32_t>(kind), key);
    };
  }
  engine_ = std::make_unique<client::Engine>(random_, std::move(is_absent));
  ++life;
  feed(now, api::Start{});
}

void SimDevice::crash() {
  engine_.reset();
  queries.clear();
  batches.clear();
  setups.clear();
  transfers.clear();
  wish = api::LinkWish::link_closed;
  wants_reset = false;
  wakeup.reset();
}

void SimDevice::crash_at(std::uint64_t at_step, CrashPoint point) { plan_ = {at_step, point}; }

bool SimDevice::crashes(CrashPoint point) const {
  return plan_ && plan_->first == steps_ && plan_->second == point;
}

void SimDevice::answer_query(Time now) {
  const api::Query query = std::move(queries.front());
  queries.pop_front();
  feed(now, disk.answer(query));
}

api::Output SimDevice::step(api::Input input) {
  if (!stopwatch) return engine_->step(std::move(input));
  const double begin = processor_seconds();
  api::Output output = engine_->step(std::move(input));
  stopwatch->seconds += processor_seconds() - begin;
  ++stopwatch->steps;
  return output;
}

void SimDevice::feed(api::Input input) {
  if (!engine_) return;
  api::Output output = step(std::move(input));
  ++steps_;
  if (crashes(CrashPoint::before_persist)) return crash();

  if (output.wipe) disk.clear();
  disk.apply(output.writes);
  if (crashes(CrashPoint::after_persist)) return crash();

  wish = output.link;
  wants_reset = wants_reset || output.link == api::LinkWish::link_reset;
  for (auto& batch : output.batches) {
    EXPECT_LE(batch.bytes.size(), limits::kMaxBatchBytes);
    batches.push_back(to_bytes(batch.bytes.view()));
  }
  for (auto& request : output.setup) setups.push_back(std::move(request));
  for (auto& order : output.transfers) transfers.push_back(std::move(order));
  for (auto& query : output.queries) queries.push_back(std::move(query));
  wakeup.reset();
  if (output.next_wakeup_ms != 0) wakeup = Time{output.next_wakeup_ms};
  // The process is gone; what it handed to the network is still on its way.
  if (crashes(CrashPoint::before_show)) {
    auto sent = std::move(batches);
    crash();
    batches = std::move(sent);
    return;
  }
  for (auto& event : output.events) shown.push_back(std::move(event));
}

}  // namespace parley::sim
