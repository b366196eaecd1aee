// A service's token, from the text that somebody brought to claims that count on this hub:
// checked with the service's keys (provider_tokens.h) and by the rules (token_rules.h).
//
// Keys may have to be fetched, so checks wait. Bounded, in all and for each service: one whose
// server does not answer keeps nobody else from signing in. One thread.
#pragma once

#include <map>
#include <string>

#include "hub/engine/providers.h"
#include "hub/engine/token_rules.h"

namespace parley::hub {

class TokenCheck {
 public:
  // Under way; more are refused with OVERLOADED.
  static constexpr std::size_t kMaxOfProvider = 64;
  static constexpr std::size_t kMaxInAll = 1'000;

  struct Parts {
    Shared& shared;
    const Providers& providers;
    ProviderTokens* tokens;  // null: no service is connected
  };
  explicit TokenCheck(Parts parts) : p_(parts) {}

  // Errors: unknown_provider, bad_token, provider_unreachable, overloaded. The service may have
  // any state: whether it is let in, the caller asks.
  using Done = Completion<Result<TokenClaims>>;
  void check(const std::string& provider_id, ByteView token, Done done);

 private:
  Result<TokenClaims> judge(const std::string& provider_id, Result<TokenClaims> claims) const;

  Parts p_;
  std::map<std::string, std::size_t> under_way_;
  std::size_t in_all_ = 0;
};

}  // namespace parley::hub
