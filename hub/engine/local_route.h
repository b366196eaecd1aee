// The Route to sessions of this process.
#pragma once

#include "hub/engine/directory.h"
#include "hub/engine/mailboxes.h"
#include "hub/engine/policy.h"
#include "hub/engine/route.h"
#include "hub/engine/sessions.h"

namespace parley::hub {

class LocalRoute final : public Route {
 public:
  LocalRoute(Shared& shared, Directory& directory, Sessions& sessions, Mailboxes& mailboxes)
      : shared_(shared), directory_(directory), sessions_(sessions), mailboxes_(mailboxes) {}

  void messages_waiting(const DeviceAddress& device) override { mailboxes_.pump(device); }
  void ephemeral(const AccountId& account, ByteView frame) override;
  void devices_changed(const AccountId& account) override;

  // The list as the account's own devices see it.
  wire::channel::DeviceList device_list(const Account& account);

 private:
  Shared& shared_;
  Directory& directory_;
  Sessions& sessions_;
  Mailboxes& mailboxes_;
};

}  // namespace parley::hub
