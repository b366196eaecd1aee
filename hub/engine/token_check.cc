#include "hub/engine/token_check.h"

#include <utility>

namespace parley::hub {

namespace {
constexpr std::size_t kMaxTokenBytes = 4096;
}  // namespace

void TokenCheck::check(const std::string& provider_id, ByteView token, Done done) {
  const ProviderRecord* provider = p_.providers.find(provider_id);
  if (provider == nullptr || p_.tokens == nullptr) return done(fail(ErrorCode::unknown_provider));
  if (token.empty() || token.size() > kMaxTokenBytes) {
    return done(fail(ErrorCode::bad_token, "1 to 4096 bytes"));
  }
  const auto known = under_way_.find(provider_id);
  const std::size_t waiting = known == under_way_.end() ? 0 : known->second;
  if (in_all_ >= kMaxInAll || waiting >= kMaxOfProvider) {
    return done(fail(overloaded("too many tokens of the service are being checked")));
  }
  ++under_way_[provider_id];
  ++in_all_;
  p_.tokens->verify(provider_id, provider->jwks_url, std::string(as_text(token)), p_.shared.now,
                    p_.shared.completion([this, provider_id, done](Result<TokenClaims> claims) {
                      --in_all_;
                      const auto mine = under_way_.find(provider_id);
                      if (--mine->second == 0) under_way_.erase(mine);
                      done(judge(provider_id, std::move(claims)));
                    }));
}

Result<TokenClaims> TokenCheck::judge(const std::string& provider_id,
                                      Result<TokenClaims> claims) const {
  if (!claims) return claims;
  // It may be gone meanwhile.
  if (p_.providers.find(provider_id) == nullptr) return fail(ErrorCode::unknown_provider);
  PARLEY_CHECK(check_claims(*claims, provider_id, p_.shared.hub, p_.shared.now));
  return claims;
}

}  // namespace parley::hub
