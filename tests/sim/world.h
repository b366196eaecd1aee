// A hub, its devices and the network between them, in one thread and from one seed.
//
// What can happen next (a batch arrives, a commit ends, a query is answered, a link comes
// up) is a list; the world does one thing after the other, in turn or, with `shuffle`, at
// random. PARLEY_SIM_TRACE=1 prints what it does. Within a connection order holds, as on TCP;
// between connections, the store and set-up requests anything may overtake anything. Time stands
// still while something can happen and then jumps to the next wake-up.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/crypto/hash.h"
#include "proto/channel.h"
#include "tests/sim/media_port.h"
#include "tests/sim/sim_device.h"
#include "tests/sim/sim_hub.h"

namespace parley::sim {

// What became of a command.
struct Outcome {
  bool done = false;
  ErrorCode error = ErrorCode::unspecified;  // where it failed
  Bytes message_id{};
  std::vector<api::Event> events{};  // all with its id, in order
  std::uint64_t id = 0;

  template <typename Body>
  const Body* find() const {
    for (const auto& event : events) {
      if (const auto* body = std::get_if<Body>(&event.body)) return body;
    }
    return nullptr;
  }
};

class World {
 public:
  explicit World(std::uint64_t seed = 1);

  Time now() const { return now_; }
  RandomSource& random() { return random_; }
  SimHub& hub() { return hub_; }
  // The next thing is chosen at random instead of in turn.
  void shuffle(bool on) { shuffle_ = on; }

  // A new device, started, without an account.
  SimDevice& add_device(std::string name);
  // Signs up; the name is the handle. Everybody here has accepted everybody else.
  SimDevice& add_person(const std::string& handle);
  // The same, of whom nobody has accepted anybody: what they write is a request.
  SimDevice& add_stranger(const std::string& handle);
  // Another device of the same account.
  SimDevice& link_device(SimDevice& existing, std::string name);

  // --- time
  // Does what can happen now. False: nothing can.
  bool run_one();
  // Until nothing happens by itself within a few seconds.
  void settle();
  void run_for(Duration duration);

  // --- commands
  template <typename Body>
  std::uint64_t submit(SimDevice& device, Body body) {
    return device.submit(now_, std::move(body));
  }
  // Submits, settles and gathers.
  template <typename Body>
  Outcome run(SimDevice& device, Body body) {
    const std::uint64_t id = submit(device, std::move(body));
    settle();
    return outcome(device, id);
  }
  Outcome outcome(const SimDevice& device, std::uint64_t command) const;

  // --- faults
  // Connections end, data on its way is lost (`keep_data`: arrives first, to the hub).
  void drop_link(SimDevice& device, bool keep_data);
  void restart(SimDevice& device);
  void restart_hub();
  void set_online(SimDevice& device, bool online);

  const std::vector<std::unique_ptr<SimDevice>>& devices() const { return devices_; }
  bool is_linked(const SimDevice& device) const;
  // A hub or network that lies: may change what arrives at a device.
  std::function<void(const SimDevice&, wire::channel::ServerBatch&)> tamper{};
  // Files and what carries them.
  MediaPort media{};

 private:
  struct Link {
    hub::ConnectionId connection;
    SimDevice* device;
    std::uint64_t life;      // of the device
    std::deque<Bytes> up{};  // to the hub
    bool ended = false;      // by the device's side; what is in `up` still arrives
  };
  struct SetupAnswer {
    SimDevice* device;
    std::uint64_t life;
    api::SetupReply reply;
  };

  struct Action {
    const char* what;
    const SimDevice* device;  // null: none
    std::function<void()> act;
  };

  void collect();  // from devices into links
  // A send is repeated byte for byte: anything else would be a second message.
  void check_sends(ByteView batch);
  void gather_actions(std::vector<Action>& actions);
  void gather_link_actions(Link& link, std::vector<Action>& actions);
  void gather_device_actions(SimDevice& device, std::vector<Action>& actions);
  void deliver_up(Link& link);
  void deliver_down(Link& link);
  void end_link(Link& link, ErrorCode reason);
  void request_setup(SimDevice& device);
  void answer_setup();
  void open_link(SimDevice& device);
  Link* link_of(const SimDevice& device);
  std::optional<Time> next_wakeup() const;
  void wake_up();

  Time now_{1'800'000'000'000};
  crypto::SeededRandom random_;
  SimHub hub_;
  std::vector<std::unique_ptr<SimDevice>> devices_;
  std::vector<std::pair<std::string, SimDevice*>> people_;  // who know one another
  std::vector<std::unique_ptr<Link>> links_;
  std::deque<SetupAnswer> setup_answers_;
  std::map<Bytes, crypto::Sha256Digest> sends_;  // by send id
  bool shuffle_ = false;
  std::size_t turn_ = 0;
  std::uint64_t seed_;
  bool trace_;
};

}  // namespace parley::sim
