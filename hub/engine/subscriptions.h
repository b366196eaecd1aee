// Where browsers want to be told that something waits for their device (Web Push): at most one
// endpoint for each device, which goes with it. One thread.
#pragma once

#include <string>

#include "hub/engine/committer.h"
#include "hub/engine/devices.h"
#include "proto/setup.h"

namespace parley::hub {

class Subscriptions {
 public:
  struct Parts {
    Shared& shared;
    Directory& directory;
    Committer& committer;
    Devices& devices;
  };
  explicit Subscriptions(Parts parts) : p_(parts) {}

  // An empty endpoint: no more. See Engine::set_push for the errors.
  void set(wire::setup::SetPush request, AddressBucket origin, Completion<Status> done);
  // The push service does not know it any more.
  void gone(const DeviceAddress& device, const std::string& endpoint);

 private:
  Status check(const std::string& endpoint) const;
  void put(const AccountPtr& account, DeviceId device, std::string endpoint,
           Completion<Status> done);

  Parts p_;
};

}  // namespace parley::hub
