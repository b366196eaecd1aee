// How fast lib/signal is: setting up a session, a message each way (a ratchet step
// each), messages in a row, skipped ones, and what storing a record costs.
//
// Targets: 30,000 messages a second sealed and opened in a row natively, so that a
// browser does some 20,000; setting up under a millisecond.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "lib/signal/test_device.h"

namespace parley::signal {
namespace {

using testing::TestDevice;

// A measurement of what fails is none.
void require(bool holds) {
  if (!holds) std::abort();
}

struct Pair {
  Pair() {
    require(alice.start(bob.bundle()).has_value());
    require(bob.receive(*alice.send("hello")).has_value());
    require(alice.receive(*bob.send("hi")).has_value());
  }
  TestDevice alice{1};
  TestDevice bob{2};
};

const std::string kText(256, 'x');

void SetUpAndFirstMessage(benchmark::State& state) {
  TestDevice bob(2);
  for (auto unused : state) {
    state.PauseTiming();
    TestDevice alice(1);
    bob.record = SessionRecord();
    const PreKeyBundle bundle = bob.bundle();
    state.ResumeTiming();
    require(alice.start(bundle).has_value());
    require(bob.receive(*alice.send(kText)).has_value());
  }
}
BENCHMARK(SetUpAndFirstMessage);

void SealAndOpenInOrder(benchmark::State& state) {
  Pair pair;
  for (auto unused : state) require(pair.bob.receive(*pair.alice.send(kText)).has_value());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(SealAndOpenInOrder);

void Seal(benchmark::State& state) {
  Pair pair;
  for (auto unused : state) benchmark::DoNotOptimize(pair.alice.send(kText));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Seal);

// One item is one message; each turns the ratchet.
void PingPong(benchmark::State& state) {
  Pair pair;
  for (auto unused : state) {
    require(pair.bob.receive(*pair.alice.send(kText)).has_value());
    require(pair.alice.receive(*pair.bob.send(kText)).has_value());
  }
  state.SetItemsProcessed(2 * state.iterations());
}
BENCHMARK(PingPong);

// A message in order while 2,000 keys of skipped ones are kept, and one of those.
void OpenBesideSkipped(benchmark::State& state) {
  Pair pair;
  for (int i = 0; i < 2000; ++i) require(pair.alice.send(kText).has_value());
  for (auto unused : state) require(pair.bob.receive(*pair.alice.send(kText)).has_value());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(OpenBesideSkipped);

void OpenASkippedOne(benchmark::State& state) {
  Pair pair;
  std::vector<Message> skipped;
  for (int i = 0; i < 2000; ++i) skipped.push_back(*pair.alice.send(kText));
  require(pair.bob.receive(*pair.alice.send(kText)).has_value());
  std::size_t next = 0;
  for (auto unused : state) {
    require(pair.bob.open(skipped[next]).has_value());
    next = (next + 1) % skipped.size();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(OpenASkippedOne);

void StoreRecord(benchmark::State& state) {
  Pair pair;
  for (auto unused : state) benchmark::DoNotOptimize(pair.bob.record.serialize());
}
BENCHMARK(StoreRecord);

void LoadRecord(benchmark::State& state) {
  Pair pair;
  const SecretBuffer bytes = pair.bob.record.serialize();
  for (auto unused : state) benchmark::DoNotOptimize(SessionRecord::parse(bytes.view()));
}
BENCHMARK(LoadRecord);

}  // namespace
}  // namespace parley::signal

BENCHMARK_MAIN();
