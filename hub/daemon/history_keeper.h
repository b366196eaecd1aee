// Fills the history of the operator's page: once a minute, and when somebody looks.
//
// Threads: the engine's. Ownership: all its parts outlive it.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "hub/net/engine_loop.h"
#include "hub/net/history.h"
#include "hub/net/operator_desk.h"
#include "hub/net/server.h"
#include "hub/store/sqlite_store.h"

namespace parley::hub {

class HistoryKeeper {
 public:
  static constexpr std::chrono::minutes kRound{1};
  // Waiting messages are counted up to this.
  static constexpr std::uint64_t kMostCounted = 1'000'000;

  struct Parts {
    boost::asio::io_context& io;
    EngineLoop& loop;
    OperatorDesk& desk;
    Server& server;
    SqliteStore& store;
    std::string data_folder;
  };
  explicit HistoryKeeper(Parts parts) : p_(std::move(parts)), round_(p_.io) {}

  void start();
  // No more rounds.
  void stop();
  // What the numbers are now.
  void read(const Completion<HubHistory::Now>& done);
  HubHistory& history() { return history_; }

 private:
  Readings hub_readings(std::uint64_t waiting) const;
  void take();

  Parts p_;
  boost::asio::steady_timer round_;
  HubHistory history_;
};

}  // namespace parley::hub
