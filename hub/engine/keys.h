// Prekeys: published by a device, handed out once to whoever wants to write to it.
//
// One-time keys are scarce, lasting ones (the signed and the last-resort key) are not. So each
// account gets a few one-time keys of a device and lasting ones beyond, and nobody is refused
// because of what others asked for. Who was accepted and then blocked gets what somebody accepted
// gets, or the answer would tell. What was handed out to whom is not kept across a restart: that
// gives one account at most the same few keys again, and to keep it would be a row for everybody
// who ever asked.
//
// Everything here answers after its commit: a key that was promised to two people would
// break both conversations. One thread.
#pragma once

#include "hub/engine/committer.h"
#include "hub/engine/directory.h"
#include "hub/engine/providers.h"
#include "hub/engine/route.h"
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
    Route& route;
  };
  explicit Keys(Parts parts) : p_(parts) {}

  void upload(Connection& connection, std::uint64_t request, wire::channel::UploadPrekeys keys);
  void fetch(Connection& connection, std::uint64_t request, wire::channel::FetchPrekeys wanted);

 private:
  void fetch_of(ConnectionId connection, std::uint64_t request, DeviceAddress asker,
                const AccountPtr& asking, const wire::channel::FetchPrekeys& wanted,
                const AccountPtr& target);
  // The devices of the target that the asker means, and which of them give lasting keys only.
  op::TakePrekeys choose(const DeviceAddress& asker, const wire::channel::FetchPrekeys& wanted,
                         const Account& target, const Decision& decision);
  void handed_out(const AccountPtr& target, const op::TakenPrekeys& taken);
  void tell_if_low(const DeviceAddress& device, const PrekeyState& state);

  Parts p_;
};

}  // namespace parley::hub
