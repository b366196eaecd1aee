// How many messages a second the client engine takes in: frames in; decrypted records,
// acknowledgements, receipts and events out. Only the engine's own steps are measured (with
// queries answered from memory); disk and network are the runtime's. The messages are real
// ones, made by another engine and passed through the real hub engine outside the measured
// time.
//
// Target: 20,000 a second natively, so that a browser reaches 5,000.
#include <benchmark/benchmark.h>

#include <memory>

#include "tests/sim/chat.h"

namespace parley::sim {
namespace {

constexpr int kMessages = 2'000;

// Two people who have talked in both directions: the steady state of a ratchet.
struct Pair {
  Pair() : alice(world.add_person("alice")), bob(world.add_person("bob")) {
    say(world, alice, "bob", "hello");
    say(world, bob, "alice", "hello");
    for (auto* device : {&alice, &bob}) device->shown.clear();
  }
  void send(int from, int to) {
    for (int i = from; i < to; ++i) {
      world.submit(alice, text_to("bob", "this is message number " + std::to_string(i)));
    }
    world.settle();
  }
  // False where not everything arrived.
  bool all_arrived() const {
    return shown<api::MessageAdded>(bob).size() == static_cast<std::size_t>(kMessages);
  }

  World world{99};
  SimDevice& alice;
  SimDevice& bob;
};

void report(benchmark::State& state, Pair& pair, SimDevice::Stopwatch watch) {
  if (!pair.all_arrived()) state.SkipWithError("messages are missing");
  state.SetIterationTime(watch.seconds);
  state.counters["messages/s"] =
      benchmark::Counter(kMessages, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["steps"] = static_cast<double>(watch.steps);
}

// A device that was away takes in what waited for it, in full batches.
void receive_after_absence(benchmark::State& state) {
  for (auto _ : state) {
    auto pair = std::make_unique<Pair>();
    pair->world.set_online(pair->bob, false);
    for (int i = 0; i < kMessages; i += 100) pair->send(i, i + 100);
    pair->bob.stopwatch = SimDevice::Stopwatch{};
    pair->world.set_online(pair->bob, true);
    pair->world.settle();
    report(state, *pair, *pair->bob.stopwatch);
  }
}
BENCHMARK(receive_after_absence)->UseManualTime()->Iterations(3)->Unit(benchmark::kMillisecond);

// One message at a time, each with its acknowledgement.
void receive_live(benchmark::State& state) {
  for (auto _ : state) {
    auto pair = std::make_unique<Pair>();
    pair->bob.stopwatch = SimDevice::Stopwatch{};
    for (int i = 0; i < kMessages; ++i) pair->send(i, i + 1);
    report(state, *pair, *pair->bob.stopwatch);
  }
}
BENCHMARK(receive_live)->UseManualTime()->Iterations(3)->Unit(benchmark::kMillisecond);

// The sender's side: content, encryption, outbox, the hub's answer, the receipt.
void send_live(benchmark::State& state) {
  for (auto _ : state) {
    auto pair = std::make_unique<Pair>();
    pair->alice.stopwatch = SimDevice::Stopwatch{};
    for (int i = 0; i < kMessages; ++i) pair->send(i, i + 1);
    report(state, *pair, *pair->alice.stopwatch);
  }
}
BENCHMARK(send_live)->UseManualTime()->Iterations(3)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace parley::sim

BENCHMARK_MAIN();
