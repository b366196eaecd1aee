// One device in the simulator: the real client engine with a record store in memory and
// exactly the runtime that proto/client.proto asks for: store, then send, then show. It
// can lose power at any point of any step, and its network can fail.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/engine/engine.h"
#include "lib/crypto/system_random.h"
#include "tests/sim/record_disk.h"

namespace parley::sim {

namespace api = wire::client;

// Where in a step the power fails.
enum class CrashPoint {
  before_persist,  // the step has never happened
  after_persist,   // stored, but nothing was sent and nothing shown
  before_show,     // stored and sent, but nothing shown
};

class SimDevice {
 public:
  SimDevice(std::string name, std::uint64_t seed);

  const std::string& name() const { return name_; }

  // --- life
  void start(Time now);
  void crash();
  bool running() const { return engine_ != nullptr; }
  // Fails in the step that brings the total of steps to `at_step`, once.
  void crash_at(std::uint64_t at_step, CrashPoint point);
  std::uint64_t steps() const { return steps_; }

  // --- inputs. What an input causes is put into the public queues below.
  template <typename Event>
  void feed(Time now, Event event) {
    api::Input input;
    input.now_ms = now.ms;
    input.event = std::move(event);
    feed(std::move(input));
  }
  // Returns the command's id.
  template <typename Body>
  std::uint64_t submit(Time now, Body body) {
    api::Command command;
    command.id = ++last_command_;
    command.body = std::move(body);
    feed(now, std::move(command));
    return last_command_;
  }
  void answer_query(Time now);

  // --- what the device wants; emptied by the world
  std::deque<api::Query> queries{};
  std::deque<Bytes> batches{};  // for the current link
  std::deque<api::SetupRequest> setups{};
  std::deque<api::TransferOrder> transfers{};
  api::LinkWish wish = api::LinkWish::link_closed;
  bool wants_reset = false;
  std::optional<Time> wakeup{};
  // Counts the lives, so that an answer to an earlier one is recognised.
  std::uint64_t life = 0;

  // --- what it showed, over all lives
  std::vector<api::Event> shown{};
  // The network of this device.
  bool online = true;

  RecordDisk disk{};

  // Processor time spent inside the engine, where somebody wants to know (bench).
  struct Stopwatch {
    double seconds = 0;
    std::uint64_t steps = 0;
  };
  std::optional<Stopwatch> stopwatch{};

 private:
  api::Output step(api::Input input);
  void feed(api::Input input);
  bool crashes(CrashPoint point) const;

  std::string name_;
  crypto::SeededRandom random_;
  // Some stores can tell at once what they do not have, others are asked.
  bool tells_at_once_;
  std::unique_ptr<client::Engine> engine_;
  std::uint64_t steps_ = 0;
  std::uint64_t last_command_ = 0;
  std::optional<std::pair<std::uint64_t, CrashPoint>> plan_;
};

}  // namespace parley::sim
