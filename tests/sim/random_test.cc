// Random conversations in a bad world: devices lose power, connections break with data on
// their way, the hub is killed, everything overtakes everything. In the end each message
// that its sender's device had stored stands exactly once, and in order, on every device
// of both people. PARLEY_SIM_SEED and PARLEY_SIM_RUNS choose the runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "tests/sim/chat.h"

namespace parley::sim {
namespace {

std::uint64_t setting(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

struct Person {
  std::string handle;
  std::vector<SimDevice*> devices{};
};

class Storm {
 public:
  Storm(std::uint64_t seed, bool kill_hub) : world_(seed), kill_hub_(kill_hub) {
    for (const char* handle : {"alice", "bob", "carol"}) {
      people_.push_back({handle, {&world_.add_person(handle)}});
    }
    people_[0].devices.push_back(&world_.link_device(*people_[0].devices[0], "alice's second"));
    people_[1].devices.push_back(&world_.link_device(*people_[1].devices[0], "bob's second"));
  }

  void rage(int rounds) {
    world_.shuffle(true);
    for (int round = 0; round < rounds; ++round) {
      do_something();
      const auto pause = world_.random().below(60);
      for (std::uint64_t i = 0; i < pause && world_.run_one(); ++i) {
      }
      if (world_.random().below(4) == 0) {
        world_.run_for(milliseconds(static_cast<std::int64_t>(world_.random().below(200))));
      }
      revive(4);
    }
  }

  void calm() {
    for (auto* device : all_devices()) {
      device->crash_at(0, CrashPoint::before_persist);
      world_.set_online(*device, true);
    }
    revive(1);
    for (int i = 0; i < 20; ++i) world_.run_for(minutes(2));
    world_.shuffle(false);
  }

  void check() {
    for (std::size_t a = 0; a < people_.size(); ++a) {
      for (std::size_t b = a + 1; b < people_.size(); ++b) check_chat(people_[a], people_[b]);
    }
    for (auto* device : all_devices()) {
      EXPECT_EQ(status(world_, *device).waiting, 0u) << device->name();
      EXPECT_EQ(notices(*device, api::NoticeKind::message_lost), 0u) << device->name();
      EXPECT_EQ(notices(*device, api::NoticeKind::message_refused), 0u) << device->name();
      EXPECT_EQ(notices(*device, api::NoticeKind::identity_changed), 0u) << device->name();
      check_shown_once(*device);
    }
  }

  std::size_t messages() const { return written_.size(); }

 private:
  struct Written {
    SimDevice* device;
    std::uint64_t command;
    std::string from, to, text;
  };

  std::vector<SimDevice*> all_devices() {
    std::vector<SimDevice*> all;
    for (const auto& person : people_) {
      all.insert(all.end(), person.devices.begin(), person.devices.end());
    }
    return all;
  }
  template <typename List>
  auto& any(List& list) {
    return list[world_.random().below(list.size())];
  }

  void do_something() {
    auto everything = all_devices();
    SimDevice& device = *any(everything);
    switch (world_.random().below(kill_hub_ ? 16 : 15)) {
      case 0:
        return device.crash_at(device.steps() + 1 + world_.random().below(8),
                               static_cast<CrashPoint>(world_.random().below(3)));
      case 1:
        return world_.drop_link(device, world_.random().below(2) == 0);
      case 2:
        return world_.set_online(device, !device.online);
      case 3:
      case 4:
        if (device.running()) world_.submit(device, api::MarkRead{peer(any(people_).handle)});
        return;
      case 15:
        return world_.restart_hub();
      default:
        return write();
    }
  }

  void write() {
    const auto from = world_.random().below(people_.size());
    const auto to = (from + 1 + world_.random().below(people_.size() - 1)) % people_.size();
    SimDevice& device = *any(people_[from].devices);
    if (!device.running()) return;
    const std::string text = device.name() + " " + std::to_string(written_.size());
    const auto id = world_.submit(device, text_to(people_[to].handle, text));
    written_.push_back({&device, id, people_[from].handle, people_[to].handle, text});
  }

  void revive(std::uint64_t one_in) {
    for (auto* device : all_devices()) {
      if (!device->running() && world_.random().below(one_in) == 0) world_.restart(*device);
    }
  }

  // What stands on the device it was written on is what must stand everywhere.
  void check_chat(Person& a, Person& b) {
    std::multiset<std::string> expected;
    std::map<SimDevice*, std::vector<std::string>> seen;
    for (auto* device : a.devices) seen[device] = texts(world_, *device, b.handle);
    for (auto* device : b.devices) seen[device] = texts(world_, *device, a.handle);
    for (const auto& one : written_) {
      const bool here = (one.from == a.handle && one.to == b.handle) ||
                        (one.from == b.handle && one.to == a.handle);
      if (!here) continue;
      const auto& own = seen[one.device];
      const bool stands = std::count(own.begin(), own.end(), one.text) > 0;
      const auto outcome = world_.outcome(*one.device, one.command);
      EXPECT_TRUE(stands || !outcome.done) << one.text << " was confirmed and is gone";
      if (stands) expected.insert(one.text);
    }
    for (const auto& [device, list] : seen) {
      EXPECT_EQ(std::multiset<std::string>(list.begin(), list.end()), expected) << device->name();
      check_order(list, *device);
      if (!kill_hub_) {
        EXPECT_EQ(list, seen.begin()->second) << device->name();
      }
    }
  }

  // Each device's messages in the order in which it wrote them. One exception: a killed hub
  // forgets a send that everybody has acknowledged already, and gives it a later time when
  // its writer repeats it; so its writer may see it further down than all others do.
  void check_order(const std::vector<std::string>& list, const SimDevice& on) {
    std::map<std::string, long> last;
    for (const auto& text : list) {
      const auto space = text.rfind(' ');
      const long number = std::strtol(text.c_str() + space, nullptr, 10);
      if (kill_hub_ && text.substr(0, space) == on.name()) continue;
      auto& before = last.try_emplace(text.substr(0, space), -1).first->second;
      EXPECT_LT(before, number) << "on " << on.name();
      before = number;
    }
  }

  void check_shown_once(const SimDevice& device) {
    std::set<Bytes> ids;
    for (const auto& added : shown<api::MessageAdded>(device)) {
      EXPECT_TRUE(ids.insert(added.message->message_id).second) << "shown twice";
    }
  }

  World world_;
  bool kill_hub_;
  std::vector<Person> people_;
  std::vector<Written> written_;
};

void weather(bool kill_hub) {
  const std::uint64_t first = setting("PARLEY_SIM_SEED", 1);
  const std::uint64_t runs = setting("PARLEY_SIM_RUNS", 6);
  for (std::uint64_t seed = first; seed < first + runs; ++seed) {
    SCOPED_TRACE("PARLEY_SIM_SEED=" + std::to_string(seed) + " PARLEY_SIM_RUNS=1");
    Storm storm(seed, kill_hub);
    storm.rage(300);
    storm.calm();
    storm.check();
    EXPECT_GT(storm.messages(), 100u);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Storm, NothingIsLostRepeatedOrOutOfOrder) { weather(false); }
TEST(Storm, NothingIsLostOrRepeatedWhenTheHubIsKilledToo) { weather(true); }

}  // namespace
}  // namespace parley::sim
