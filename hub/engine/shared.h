// What the engine's parts have in common: ports, configuration, the present time, counters.
// Owned by the engine; every part holds a reference. One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "hub/engine/config.h"
#include "hub/engine/connections.h"
#include "hub/engine/password_hasher.h"
#include "hub/engine/quotas.h"
#include "hub/engine/statistics.h"
#include "hub/engine/store.h"
#include "lib/base/random.h"

namespace parley::hub {

struct Shared {
  EngineConfig config;
  Store& store;
  Connections& connections;
  PasswordHasher& passwords;
  RandomSource& random;
  Quotas quotas;
  Statistics statistics;
  Time now;
  HubId hub;
  bool stopping = false;
  // Run after every turn (input or completion): what is due is written then.
  std::function<void()> end_of_turn;
  // Dies with the engine, so that late completions find nobody.
  std::shared_ptr<char> alive = std::make_shared<char>();
  // When the last suspension of a service ended: its people's silence counts from then.
  std::unordered_map<std::string, Time> resumed = {};

  // Wraps a completion given to a port: nothing happens if the engine is gone, and a turn
  // ends behind it.
  template <typename F>
  auto completion(F then) {
    return [this, token = std::weak_ptr<char>(alive), then = std::move(then)](auto result) {
      const auto locked = token.lock();
      if (!locked) return;
      then(std::move(result));
      if (locked.use_count() > 1 && end_of_turn) end_of_turn();
    };
  }
};

inline Error storage_unavailable(const Shared& shared) {
  return {ErrorCode::storage_unavailable, "the store cannot be written or read now",
          shared.config.storage_retry.ms};
}

inline Error overloaded(std::string what) {
  return {ErrorCode::overloaded, std::move(what), seconds(1).ms};
}

}  // namespace parley::hub
