// When a service is told that something waits for one of its people, or a browser that something
// waits for its device: a message became durable for a device that is not connected. At most once
// for an account in kPushInterval; what comes meanwhile is covered by one more at its end, if it
// still waits then.
//
// At most kMaxAccounts are remembered; beyond, the adapter (push_notifier.h) makes one of
// several. Source: docs/protocol/push.md, section 3. One thread.
#pragma once

#include <deque>
#include <optional>
#include <unordered_map>

#include "hub/engine/providers.h"
#include "hub/engine/push_notifier.h"
#include "hub/engine/sessions.h"

namespace parley::hub {

class Pushes {
 public:
  static constexpr Duration kPushInterval = seconds(30);
  static constexpr std::size_t kMaxAccounts = 100'000;

  struct Parts {
    Shared& shared;
    Sessions& sessions;
    Providers& providers;
    PushNotifier* notifier;  // null: nobody can be told
  };
  explicit Pushes(Parts parts) : p_(parts) {}

  // Something waits for a device of the account that is not connected.
  void waits(const AccountPtr& account);

  std::optional<Time> next_wakeup() const;
  void tick();

 private:
  struct Told {
    AccountPtr account;
    Time at;
    bool again = false;  // something came since
  };

  void notify(const Account& account);
  void notify_service(const Account& account);
  bool waits_for(const Account& account, const DeviceRecord& device) const;
  bool still_waits(const Account& account) const;

  Parts p_;
  std::unordered_map<AccountId, Told> told_;
  std::deque<AccountId> due_;  // in order of time
};

}  // namespace parley::hub
