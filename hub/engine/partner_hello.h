// The hello of another service's device: its service's token says whose it is, its own key
// signs the hub's nonce. After it the connection is as any other.
//
// Source: docs/protocol/channel.md, section 1.4. One thread.
#pragma once

#include <functional>

#include "hub/engine/devices.h"
#include "hub/engine/token_check.h"

namespace parley::hub {

class PartnerHello {
 public:
  struct Parts {
    Shared& shared;
    Directory& directory;
    Sessions& sessions;
    Devices& devices;
    const Providers& providers;
    TokenCheck& tokens;
  };
  explicit PartnerHello(Parts parts) : p_(parts) {}

  // At the end the connection is open and `then` is called, or it is closed.
  using Then = std::function<void(ConnectionId)>;
  void join(Connection& connection, std::uint64_t request,
            wire::channel::ProviderCredential credential, Then then);

 private:
  struct Attempt {
    ConnectionId connection;
    std::uint64_t request;
    std::string provider;
    AccountId account;
    DeviceId device;
    Bytes signature;
    Then then;
  };

  void found(const Attempt& attempt, const TokenClaims& claims, const AccountPtr& account);
  Status check(const Attempt& attempt, const TokenClaims& claims, const Connection& connection,
               const Account& account) const;

  Parts p_;
};

}  // namespace parley::hub
