// Tokens (JWT, RFC 7519) in the compact form of JWS (RFC 7515): read strictly, then checked
// with a key that the reader chose.
//
//   PARLEY_TRY(token, read_token(text));            // shape, header, claims; no signature yet
//   const PublicJwk* key = keys.find(token.key_id);
//   PARLEY_CHECK(check_signature(token, *key));     // only now are the claims worth anything
//
// What the header says beyond `alg` and `kid` is not followed: no jwk, jku, x5u or x5c.
// `crit` is refused, as RFC 7515 asks of who understands none of it.
//
// Errors: ErrorCode::bad_token, whose detail names the check that failed and never the
// token's contents. Free functions; any thread; nothing throws.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hub/jose/jwk.h"
#include "lib/base/time.h"
#include "lib/crypto/ed25519.h"

namespace parley::jose {

// As proto/setup.proto has it.
inline constexpr std::size_t kMaxTokenBytes = 4096;

struct Claims {
  std::string issuer;
  std::string audience;  // exactly one
  std::string subject;
  std::string token_id;
  Time issued;
  Time expires;
  std::optional<Time> not_before;
  ByteArray<32> key_thumbprint{};  // cnf.jkt (RFC 9449, section 6.1)
};

struct Token {
  std::string text;  // as it came
  std::string algorithm;
  std::string key_id;
  Bytes signature;
  std::size_t signed_bytes = 0;  // of `text`
  Claims claims;
};

// All claims must be there.
Result<Token> read_token(std::string_view text);

// The token's algorithm must be the key's, and the signature must fit.
Status check_signature(const Token& token, const PublicJwk& key);

// The hub's own tokens, by which services know its pushes.
class SigningKey {
 public:
  explicit SigningKey(crypto::Ed25519KeyPair key);

  // The thumbprint of the public key.
  const std::string& id() const { return public_.id; }
  // The set that services fetch; holds this key alone.
  std::string key_set() const;

  struct Statement {
    std::string issuer;
    std::string audience;
    std::string token_id;
    Time issued;
    Time expires;
  };
  std::string sign(const Statement& statement) const;

 private:
  crypto::Ed25519KeyPair key_;
  PublicJwk public_;
};

}  // namespace parley::jose
