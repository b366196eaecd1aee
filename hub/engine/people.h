// What accounts ask about and tell each other outside of messages: exact lookup, the own
// profile name, decisions about others, typing. One thread.
#pragma once

#include "hub/engine/committer.h"
#include "hub/engine/directory.h"
#include "hub/engine/provider_tokens.h"
#include "hub/engine/providers.h"
#include "hub/engine/route.h"
#include "hub/engine/sessions.h"

namespace parley::hub {

class People {
 public:
  struct Parts {
    Shared& shared;
    Directory& directory;
    Sessions& sessions;
    Committer& committer;
    Route& route;
    Providers& providers;
    ProviderTokens* tokens;  // null: no service is connected
  };
  explicit People(Parts parts) : p_(parts) {}

  void lookup(Connection& connection, std::uint64_t request, wire::channel::Lookup lookup);
  void set_profile(Connection& connection, std::uint64_t request,
                   wire::channel::SetProfile profile);
  void set_recovery(Connection& connection, std::uint64_t request,
                    wire::channel::SetRecovery recovery);
  void set_relation(Connection& connection, std::uint64_t request,
                    wire::channel::SetRelation relation);
  // Never answered, never stored.
  void typing(Connection& connection, const wire::channel::Typing& typing);

 private:
  void lookup_handle(Connection& connection, std::uint64_t request, const std::string& handle);
  // Nobody of the service has the name here, because there is nobody or because the service is
  // down and cannot let anybody enlist; these are two answers.
  void refuse_unknown(ConnectionId connection, std::uint64_t request, const std::string& provider);
  void lookup_id(ConnectionId connection, std::uint64_t request, const AccountPtr& asker,
                 AccountId target, bool by_handle);
  wire::channel::Account public_account(const Account& account) const;
  // Writes an operation; then `apply` and Done.
  void change(Connection& connection, std::uint64_t request, op::Any operation,
              std::function<void(Account&)> apply);

  Parts p_;
};

}  // namespace parley::hub
