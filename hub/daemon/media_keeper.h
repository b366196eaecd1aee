// Looks after people's files beside the engine: removes what is too old, what a crash left
// behind, and what belonged to accounts that are gone.
//
// The files' database and the messages' are not changed together. So at every start each
// owner of files is looked up once, and the folder is gone through part by part.
//
// Threads: the engine's; the disk is waited for by the worker. Ownership: io_context, loop and
// log outlive it, the engine does not; sessions use the worker only while it lives.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <vector>

#include "hub/media/media_worker.h"
#include "hub/net/engine_loop.h"
#include "hub/net/log.h"
#include "lib/crypto/system_random.h"

namespace parley::hub {

class MediaKeeper {
 public:
  static constexpr std::chrono::minutes kRound{10};
  // Of one piece of work; more follow at once.
  static constexpr std::size_t kFilesAtATime = 1'000;

  MediaKeeper(boost::asio::io_context& io, EngineLoop& loop, Log& log)
      : loop_(loop), log_(log), round_(io) {}

  // Opens the store and begins the rounds; `folder` where the configuration names none.
  Status open(const MediaConfig& config, const std::string& folder);
  MediaWorker& worker() { return *worker_; }
  // No more rounds.
  void stop();

 private:
  void begin_round();
  void sweep();
  void sweep_strays();
  void take_owners(Result<std::vector<AccountId>> owners);
  void check_next_owner();
  void remove_all_of(const AccountId& owner);
  void warn(LogText event, const Error& error);

  EngineLoop& loop_;
  Log& log_;
  boost::asio::steady_timer round_;
  crypto::SystemRandom random_;  // the worker's own
  std::unique_ptr<MediaWorker> worker_;
  std::vector<AccountId> owners_;  // not looked up yet
  std::size_t part_ = 0;           // of the folder, for strays
  bool stopped_ = false;
};

}  // namespace parley::hub
