// What a service's token must say to count here, and what its device signs at a hello: pure
// functions over claims whose signature and shape were checked (provider_tokens.h).
//
// Source: docs/protocol/identity.md, section 3; docs/protocol/channel.md, section 1.4.
#pragma once

#include <string>

#include "hub/engine/provider_tokens.h"
#include "hub/engine/records.h"
#include "lib/crypto/ed25519.h"

namespace parley::hub {

inline constexpr Duration kTokenSkew = seconds(60);
inline constexpr Duration kMaxTokenLifetime = hours(24);
inline constexpr std::size_t kMaxTokenIdBytes = 128;

// iss, aud, iat, exp, jti. Error: bad_token, whose detail names the claim.
Status check_claims(const TokenClaims& claims, const std::string& provider_id, const HubId& hub,
                    Time now);
// cnf. Error: bad_token.
Status check_confirmation(const TokenClaims& claims, const crypto::Ed25519PublicKey& key);

// RFC 7638, of the key as an OKP/Ed25519 JWK.
ByteArray<32> thumbprint_of(const crypto::Ed25519PublicKey& key);

// Under which a used token is remembered, and until when.
TicketKey key_of_token(const TokenClaims& claims);
inline Time remembered_until(const TokenClaims& claims) { return claims.expires + kTokenSkew; }

// "parley-hello-1" ‖ nonce ‖ hub id ‖ registration id.
Bytes hello_bytes(const ByteArray<32>& nonce, const HubId& hub, RegistrationId registration);

}  // namespace parley::hub
