// Services' tokens as a port: checking one takes the service's keys, which are fetched from
// its server, and a JOSE library, which the engine does not link. Who fetches them also knows
// whether the service answers at all.
//
// The adapter answers for the signature, the algorithm and the shape: every claim is there and
// well-formed. What the claims must say (iss, aud, sub, times, jti, cnf) the engine decides.
//
// Every callback comes exactly once on the engine's thread (it may come before the call
// returns). Errors: bad_token with the check that failed, provider_unreachable and overloaded
// with retry_after_ms.
#pragma once

#include <string>

#include "hub/engine/types.h"
#include "lib/base/time.h"

namespace parley::hub {

struct TokenClaims {
  std::string issuer;
  std::string audience;
  std::string subject;
  std::string token_id;
  Time issued;
  Time expires;
  // RFC 7638 thumbprint of the device authentication key, as raw SHA-256.
  ByteArray<32> key_thumbprint{};
};

class ProviderTokens {
 public:
  virtual ~ProviderTokens() = default;

  virtual void verify(std::string provider_id, std::string jwks_url, std::string token, Time now,
                      Completion<Result<TokenClaims>> done) = 0;
  // Whether the service's server answers: as it did a moment ago, or else it is asked.
  virtual void reach(std::string provider_id, std::string jwks_url, Completion<Status> done) = 0;
};

}  // namespace parley::hub
