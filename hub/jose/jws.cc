#include "hub/jose/jws.h"

#include <cjose/jwk.h>
#include <cjose/jws.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "hub/jose/json.h"
#include "lib/base/encoding.h"

namespace parley::jose {
namespace {

// 9999-12-31: what a date can be; more would overflow milliseconds.
constexpr double kLatestSeconds = 253'402'300'799.0;

auto bad(std::string detail) { return fail(ErrorCode::bad_token, std::move(detail)); }

struct FreeCjose {
  void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
  void operator()(cjose_jws_t* token) const { cjose_jws_release(token); }
};
template <typename T>
using Owned = std::unique_ptr<T, FreeCjose>;

// Header, payload, signature: exactly two dots.
Result<std::array<std::string_view, 3>> split(std::string_view text) {
  const std::size_t first = text.find('.');
  const std::size_t second = first == text.npos ? text.npos : text.find('.', first + 1);
  if (second == text.npos || text.find('.', second + 1) != text.npos) {
    return bad("a token has three parts");
  }
  return std::array{text.substr(0, first), text.substr(first + 1, second - first - 1),
                    text.substr(second + 1)};
}

Result<Json> read_part(std::string_view part, const char* name) {
  const auto bytes = base64url_decode(part);
  if (!bytes) return bad(std::string("the ") + name + " is not base64url");
  auto object = parse_object(as_text(*bytes), ErrorCode::bad_token);
  if (!object) return bad(std::string("the ") + name + ": " + object.error().detail);
  return object;
}

bool is_jwt(std::string_view type) {
  return type.size() == 3 && (type[0] | 0x20) == 'j' && (type[1] | 0x20) == 'w' &&
         (type[2] | 0x20) == 't';
}

Status read_header(const json_t* header, Token& token) {
  if (json_object_get(header, "crit")) return bad("the header has crit");
  if (json_object_get(header, "typ")) {
    const auto type = text_of(header, "typ");
    if (!type || !is_jwt(*type)) return bad("the header's typ is not JWT");
  }
  const auto algorithm = text_of(header, "alg");
  if (algorithm != "RS256" && algorithm != "ES256" && algorithm != "EdDSA") {
    return bad("alg must be RS256, ES256 or EdDSA");
  }
  const auto key_id = text_of(header, "kid");
  if (!key_id || key_id->empty()) return bad("the header has no kid");
  if (key_id->size() > kMaxKeyIdBytes) return bad("the kid is too long");
  token.algorithm = *algorithm;
  token.key_id = *key_id;
  return {};
}

Result<std::string> text_claim(const json_t* claims, const char* name) {
  const auto text = text_of(claims, name);
  if (!text || text->empty()) return bad(std::string("the claim ") + name + " is missing");
  return std::string(*text);
}

Result<Time> time_claim(const json_t* claims, const char* name) {
  const json_t* value = json_object_get(claims, name);
  if (!json_is_number(value)) return bad(std::string("the claim ") + name + " is no number");
  const double number = std::floor(json_number_value(value));
  if (!(number >= 0 && number <= kLatestSeconds)) {
    return bad(std::string("the claim ") + name + " is no time");
  }
  return Time{static_cast<std::int64_t>(number) * 1000};
}

// A text, or a list of just one: a token for several hubs is one that a hub could pass on.
Result<std::string> audience_claim(const json_t* claims) {
  const json_t* value = json_object_get(claims, "aud");
  if (!json_is_array(value)) return text_claim(claims, "aud");
  const json_t* only = json_array_get(value, 0);
  if (json_array_size(value) != 1 || !json_is_string(only)) {
    return bad("the claim aud must name one hub");
  }
  return std::string(json_string_value(only), json_string_length(only));
}

Result<ByteArray<32>> thumbprint_claim(const json_t* claims) {
  const auto text = text_of(json_object_get(claims, "cnf"), "jkt");
  if (!text) return bad("the claim cnf.jkt is missing");
  const auto bytes = base64url_decode(*text);
  ByteArray<32> thumbprint;
  if (!bytes || bytes->size() != thumbprint.size()) {
    return bad("the claim cnf.jkt is no SHA-256 in base64url");
  }
  std::copy(bytes->begin(), bytes->end(), thumbprint.begin());
  return thumbprint;
}

Result<Claims> read_claims(const json_t* object) {
  Claims claims;
  PARLEY_TRY(issuer, text_claim(object, "iss"));
  PARLEY_TRY(audience, audience_claim(object));
  PARLEY_TRY(subject, text_claim(object, "sub"));
  PARLEY_TRY(token_id, text_claim(object, "jti"));
  PARLEY_TRY(issued, time_claim(object, "iat"));
  PARLEY_TRY(expires, time_claim(object, "exp"));
  PARLEY_TRY(thumbprint, thumbprint_claim(object));
  if (json_object_get(object, "nbf")) {
    PARLEY_TRY(not_before, time_claim(object, "nbf"));
    claims.not_before = not_before;
  }
  claims.issuer = std::move(issuer);
  claims.audience = std::move(audience);
  claims.subject = std::move(subject);
  claims.token_id = std::move(token_id);
  claims.issued = issued;
  claims.expires = expires;
  claims.key_thumbprint = thumbprint;
  return claims;
}

Owned<cjose_jwk_t> library_key(const PublicJwk& key) {
  // The library copies; its interface only lacks the const.
  Bytes first = key.first, second = key.second;
  if (key.type == KeyType::rsa) {
    cjose_jwk_rsa_keyspec spec{};
    spec.n = first.data();
    spec.nlen = first.size();
    spec.e = second.data();
    spec.elen = second.size();
    return Owned<cjose_jwk_t>(cjose_jwk_create_RSA_spec(&spec, nullptr));
  }
  cjose_jwk_ec_keyspec spec{};
  spec.crv = CJOSE_JWK_EC_P_256;
  spec.x = first.data();
  spec.xlen = first.size();
  spec.y = second.data();
  spec.ylen = second.size();
  return Owned<cjose_jwk_t>(cjose_jwk_create_EC_spec(&spec, nullptr));
}

Status check_by_library(const Token& token, const PublicJwk& key) {
  const Owned<cjose_jwk_t> jwk = library_key(key);
  if (!jwk) return bad("the key named by kid is not a point or number of its kind");
  const Owned<cjose_jws_t> jws(cjose_jws_import(token.text.data(), token.text.size(), nullptr));
  if (!jws || !cjose_jws_verify(jws.get(), jwk.get(), nullptr)) {
    return bad("the signature does not fit");
  }
  return {};
}

Status check_ed25519(const Token& token, const PublicJwk& key) {
  crypto::Ed25519PublicKey point;
  std::copy(key.first.begin(), key.first.end(), point.begin());
  const auto covered = as_bytes(std::string_view(token.text).substr(0, token.signed_bytes));
  if (!crypto::verify_ed25519(point, covered, token.signature)) {
    return bad("the signature does not fit");
  }
  return {};
}

}  // namespace

Result<Token> read_token(std::string_view text) {
  if (text.size() > kMaxTokenBytes) return bad("a token has at most 4096 bytes");
  PARLEY_TRY(parts, split(text));
  PARLEY_TRY(header, read_part(parts[0], "header"));
  Token token;
  PARLEY_CHECK(read_header(header.get(), token));
  PARLEY_TRY(payload, read_part(parts[1], "payload"));
  PARLEY_TRY(claims, read_claims(payload.get()));
  auto signature = base64url_decode(parts[2]);
  if (!signature || signature->empty()) return bad("the signature is not base64url");
  token.text = text;
  token.signature = *std::move(signature);
  token.signed_bytes = parts[0].size() + 1 + parts[1].size();
  token.claims = std::move(claims);
  return token;
}

Status check_signature(const Token& token, const PublicJwk& key) {
  if (token.algorithm != key.algorithm()) {
    return bad("the key named by kid is for " + std::string(key.algorithm()) + ", not for " +
               token.algorithm);
  }
  if (key.type == KeyType::ed25519) return check_ed25519(token, key);
  return check_by_library(token, key);
}

SigningKey::SigningKey(crypto::Ed25519KeyPair key) : key_(std::move(key)) {
  public_.type = KeyType::ed25519;
  public_.first = to_bytes(key_.public_key);
  public_.id = public_.thumbprint();
}

std::string SigningKey::key_set() const {
  return R"({"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":")" + public_.id +
         R"(","x":")" + base64url_encode(public_.first) + "\"}]}";
}

std::string SigningKey::sign(const Statement& statement) const {
  const std::string header = R"({"alg":"EdDSA","typ":"JWT","kid":")" + public_.id + "\"}";
  const std::string payload = R"({"iss":)" + quoted(statement.issuer) + R"(,"aud":)" +
                              quoted(statement.audience) + R"(,"jti":)" +
                              quoted(statement.token_id) + R"(,"iat":)" +
                              std::to_string(statement.issued.ms / 1000) + R"(,"exp":)" +
                              std::to_string(statement.expires.ms / 1000) + "}";
  const std::string covered =
      base64url_encode(as_bytes(header)) + "." + base64url_encode(as_bytes(payload));
  return covered + "." + base64url_encode(crypto::sign_ed25519(key_, as_bytes(covered)));
}

}  // namespace parley::jose
