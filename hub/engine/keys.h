// Prekeys: published by a device, handed out once to whoever wants to write to it.
//
// Everything here answers after its commit: a key that was promised to two people would
// break both conversations. One thread.
#pragma once

#include "hub/engine/committer.h"
#include "hub/engine/directory.h"
#include "hub/engine/policy.h"
#include "hub/engine/sessions.h"

namespace parley::hub {

class Keys {
 public:
  struct Parts {
    Shared& shared;
    Directory& directory;
    Sessions& sessions;
    Committer& committer;
  };
  explicit Keys(Parts parts) : p_(parts) {}

  void upload(Connection& connection, std::uint64_t request, wire::channel::UploadPrekeys keys);
  void fetch(Connection& connection, std::uint64_t request, wire::channel::FetchPrekeys wanted);

 private:
  void fetch_of(ConnectionId connection, std::uint64_t request, DeviceAddress asker,
                const wire::channel::FetchPrekeys& wanted, const AccountPtr& target);
  void handed_out(const AccountPtr& target, const op::TakenPrekeys& taken);
  void tell_if_low(const DeviceAddress& device, const PrekeyState& state);

  Parts p_;
};

}  // namespace parley::hub
