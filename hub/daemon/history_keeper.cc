#include "hub/daemon/history_keeper.h"

#include <filesystem>

namespace parley::hub {
namespace {

std::uint64_t bytes_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? 0 : size;
}

}  // namespace

void HistoryKeeper::start() { take(); }

void HistoryKeeper::stop() { round_.cancel(); }

void HistoryKeeper::take() {
  read([this](HubHistory::Now now) { history_.take(wall_now(), std::move(now)); });
  round_.expires_after(kRound);
  round_.async_wait([this](boost::system::error_code error) {
    if (!error) take();
  });
}

// In the order of HubHistory::hub_measures().
Readings HistoryKeeper::hub_readings(std::uint64_t waiting) const {
  Statistics engine;
  p_.loop.enter([&](Engine& running, Time) { engine = running.statistics(); });
  const std::filesystem::path folder(p_.data_folder);
  std::error_code error;
  const auto disk = std::filesystem::space(folder, error);
  return {p_.server.statistics().channels,
          engine.sends_accepted,
          engine.messages_delivered,
          engine.sends_failed + engine.rate_limited + engine.overloaded,
          waiting,
          bytes_of(folder / "hub.db") + bytes_of(folder / "hub.db-wal"),
          error ? 0 : disk.available,
          engine.sign_ups};
}

void HistoryKeeper::read(const Completion<HubHistory::Now>& done) {
  p_.store.count_messages(kMostCounted, [this, done](Result<std::uint64_t> waiting) {
    HubHistory::Now now{.hub = hub_readings(waiting.value_or(0)), .services = {}};
    p_.desk.services([&](Result<std::vector<ServiceStatus>> services) {
      for (ServiceStatus& each : *services) {
        Readings& readings = now.services[each.entry.id];
        for (const Measure& measure : HubHistory::service_measures()) {
          readings.push_back(each.counts[std::string(measure.name)]);
        }
      }
    });
    done(std::move(now));
  });
}

}  // namespace parley::hub
