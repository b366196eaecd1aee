// Prekeys: published by a device, handed out once to whoever wants to write to it.
//
// Everything here answers after its commit: a key that was promised to two people would
// break both conversations. One thread.
#pragma once

#include <set>
#include <utility>

#include "hub/engine/committer.h"
#include "hub/engine/directory.h"
#include "hub/engine/providers.h"
#include "hub/engine/sessions.h"

namespace parley::hub {

class Keys {
 public:
  struct Parts {
    Shared& shared;
    Directory& directory;
    Sessions& sessions;
    Committer& committer;
    Providers& providers;
  };
  explicit Keys(Parts parts) : p_(parts) {}

  void upload(Connection& connection, std::uint64_t request, wire::channel::UploadPrekeys keys);
  void fetch(Connection& connection, std::uint64_t request, wire::channel::FetchPrekeys wanted);

 private:
  void fetch_of(ConnectionId connection, std::uint64_t request, DeviceAddress asker,
                const AccountPtr& asking, const wire::channel::FetchPrekeys& wanted,
                const AccountPtr& target);
  // True once a day for each device: somebody who was not accepted gets a one-time key.
  bool may_have_one_time(const AccountId& asker, const DeviceAddress& device);
  void handed_out(const AccountPtr& target, const op::TakenPrekeys& taken);
  void tell_if_low(const DeviceAddress& device, const PrekeyState& state);

  // Whom strangers got one-time keys of today; beyond, they get lasting ones.
  static constexpr std::size_t kMaxStrangers = 200'000;

  Parts p_;
  std::int64_t day_ = 0;
  std::set<std::pair<AccountId, DeviceAddress>> strangers_;
};

}  // namespace parley::hub
