// What an account of this hub is offered and chose about third-party chats, and telling its
// devices when either changes.
//
// Source: docs/protocol/abuse.md, section 1; channel.proto, "third-party chats". One thread.
#pragma once

#include "hub/engine/committer.h"
#include "hub/engine/providers.h"
#include "hub/engine/sessions.h"

namespace parley::hub {

class OptIn {
 public:
  struct Parts {
    Shared& shared;
    Sessions& sessions;
    Committer& committer;
    const Providers& providers;
  };
  explicit OptIn(Parts parts) : p_(parts) {}

  void get(Connection& connection, std::uint64_t request);
  // Errors: invalid_argument, not_in_region, unknown_provider.
  void set(Connection& connection, std::uint64_t request, wire::channel::SetThirdParty wanted);

  // A service was put, changed or removed: whoever turned third-party chats on is told, and
  // connections of its people end where nothing passes any more.
  void provider_changed(const std::string& provider);

 private:
  wire::channel::Availability availability(const Account& account) const;
  bool may_see(const Account& account, const ProviderRecord& provider) const;
  wire::channel::ThirdParty offer_to(const Account& account) const;
  Result<ThirdPartyChoices> check(const Account& account,
                                  const wire::channel::SetThirdParty& wanted) const;
  // Every connected device of the account, except one.
  void tell(const Account& account, DeviceId except);

  Parts p_;
};

}  // namespace parley::hub
