#include "hub/engine/token_rules.h"

#include "lib/base/encoding.h"
#include "lib/crypto/hash.h"

namespace parley::hub {

namespace {

// The end of the year 9999: whatever is later is no time, and sums below cannot overflow.
constexpr Time kNever{253'402'300'800'000};

Status bad(const char* what) { return fail(ErrorCode::bad_token, what); }

Status check_times(const TokenClaims& claims, Time now) {
  if (claims.issued.ms < 0 || claims.issued >= kNever) return bad("iat is no time");
  if (claims.expires.ms < 0 || claims.expires >= kNever) return bad("exp is no time");
  if (claims.issued > now + kTokenSkew) return bad("iat is in the future");
  if (claims.expires <= claims.issued) return bad("exp is not later than iat");
  if (claims.expires - claims.issued > kMaxTokenLifetime) {
    return bad("exp is more than a day after iat");
  }
  if (claims.expires + kTokenSkew <= now) return bad("exp is over");
  return {};
}

}  // namespace

Status check_claims(const TokenClaims& claims, const std::string& provider_id, const HubId& hub,
                    Time now) {
  if (claims.issuer != provider_id) return bad("iss is another service");
  if (claims.audience != hub.text()) return bad("aud is not this hub");
  if (claims.token_id.empty() || claims.token_id.size() > kMaxTokenIdBytes) {
    return bad("jti: 1 to 128 characters");
  }
  return check_times(claims, now);
}

Status check_confirmation(const TokenClaims& claims, const crypto::Ed25519PublicKey& key) {
  // Nothing here is secret: who asks has the token and the key.
  return claims.key_thumbprint == thumbprint_of(key)
             ? Status()
             : bad("cnf.jkt is not the thumbprint of the device's authentication key");
}

ByteArray<32> thumbprint_of(const crypto::Ed25519PublicKey& key) {
  const std::string jwk =
      R"({"crv":"Ed25519","kty":"OKP","x":")" + base64url_encode(ByteView(key)) + "\"}";
  return crypto::sha256(as_bytes(jwk));
}

TicketKey key_of_token(const TokenClaims& claims) {
  // A provider id holds no zero byte, so that no two pairs join to the same bytes.
  const ByteArray<1> end{};
  return {crypto::Sha256()
              .update(as_bytes("parley-used-token-1"))
              .update(as_bytes(claims.issuer))
              .update(end)
              .update(as_bytes(claims.token_id))
              .finish()};
}

Bytes hello_bytes(const ByteArray<32>& nonce, const HubId& hub, RegistrationId registration) {
  Bytes out = to_bytes(as_bytes("parley-hello-1"));
  append(out, nonce);
  append(out, hub.view());
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(registration.value >> shift));
  }
  return out;
}

}  // namespace parley::hub
