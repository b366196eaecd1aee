#include "hub/daemon/media_keeper.h"

#include "hub/engine/engine.h"
#include "hub/net/clock.h"

namespace parley::hub {

Status MediaKeeper::open(const MediaConfig& config, const std::string& folder) {
  const std::string& place = config.folder.empty() ? folder : config.folder;
  PARLEY_TRY(store, MediaStore::open(place, config, random_));
  worker_ = std::make_unique<MediaWorker>(
      std::move(store), [this](std::function<void()> work) { loop_.post(std::move(work)); });
  loop_.enter([this](Engine& engine, Time) {
    engine.on_account_deleted([this](const AccountId& account) { remove_all_of(account); });
  });
  worker_->run([](MediaStore& kept) { return kept.owners(); },
               [this](Result<std::vector<AccountId>> owners) { take_owners(std::move(owners)); });
  begin_round();
  return {};
}

void MediaKeeper::stop() {
  stopped_ = true;
  owners_.clear();
  round_.cancel();
}

void MediaKeeper::begin_round() {
  if (stopped_) return;
  sweep();
  sweep_strays();
  round_.expires_after(kRound);
  round_.async_wait([this](boost::system::error_code error) {
    if (!error) begin_round();
  });
}

void MediaKeeper::sweep() {
  worker_->run([](MediaStore& store) { return store.sweep(wall_now(), kFilesAtATime); },
               [this](const Result<std::size_t>& swept) {
                 if (!swept) return warn("media_sweep_failed", swept.error());
                 if (*swept == kFilesAtATime && !stopped_) sweep();
               });
}

void MediaKeeper::sweep_strays() {
  const std::size_t part = part_++ % MediaStore::kStrayParts;
  worker_->run([part](MediaStore& store) { return store.sweep_strays(part); },
               [this](const Result<std::size_t>& swept) {
                 if (!swept) return warn("media_sweep_failed", swept.error());
                 if (*swept > 0) log_.warning("media_strays_removed", {{"files", *swept}});
               });
}

void MediaKeeper::take_owners(Result<std::vector<AccountId>> owners) {
  if (!owners) return warn("media_owners_unknown", owners.error());
  owners_ = *std::move(owners);
  check_next_owner();
}

// One after the other: this is in nobody's way.
void MediaKeeper::check_next_owner() {
  if (stopped_ || owners_.empty()) return;
  const AccountId owner = owners_.back();
  owners_.pop_back();
  loop_.enter([&](Engine& engine, Time now) {
    engine.account_exists(owner, now, [this, owner](Result<bool> exists) {
      if (!exists) return warn("media_owners_unknown", exists.error());
      if (!*exists) remove_all_of(owner);
      loop_.post([this] { check_next_owner(); });
    });
  });
}

void MediaKeeper::remove_all_of(const AccountId& owner) {
  worker_->run([owner](MediaStore& kept) { return kept.remove_all_of(owner); },
               [this](const Status& removed) {
                 if (!removed) warn("media_removal_failed", removed.error());
               });
}

void MediaKeeper::warn(LogText event, const Error& error) {
  if (!stopped_) log_.warning(event, {{"code", error.code}});
}

}  // namespace parley::hub
