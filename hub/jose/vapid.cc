#include "hub/jose/vapid.h"

#include <cjose/cjose.h>

#include <cstdlib>

#include "hub/jose/json.h"
#include "lib/base/encoding.h"

namespace parley::jose {
namespace {

constexpr std::size_t kHalfPointBytes = 32;
constexpr std::size_t kMaxKeyText = 1024;

auto bad(const char* detail) { return fail(ErrorCode::bad_token, detail); }

struct FreeText {
  void operator()(char* text) const { std::free(text); }
};
using Text = std::unique_ptr<char, FreeText>;

struct FreeToken {
  void operator()(cjose_jws_t* token) const { cjose_jws_release(token); }
};
struct FreeHeader {
  void operator()(cjose_header_t* header) const { cjose_header_release(header); }
};

}  // namespace

void VapidKey::Free::operator()(_cjose_jwk_int* key) const { cjose_jwk_release(key); }

Result<VapidKey> VapidKey::take(Owned key) {
  if (!key || cjose_jwk_get_kty(key.get(), nullptr) != CJOSE_JWK_KTY_EC ||
      cjose_jwk_EC_get_curve(key.get(), nullptr) != CJOSE_JWK_EC_P_256) {
    return bad("no P-256 key");
  }
  const Text text(cjose_jwk_to_json(key.get(), false, nullptr));
  if (!text) return bad("the key cannot be written");
  PARLEY_TRY(object, parse_object(text.get(), ErrorCode::bad_token));
  Bytes point{4};
  for (const char* name : {"x", "y"}) {
    const auto coordinate = base64url_decode(text_of(object.get(), name).value_or(""));
    if (!coordinate || coordinate->size() != kHalfPointBytes) return bad("no P-256 point");
    point.insert(point.end(), coordinate->begin(), coordinate->end());
  }
  return VapidKey(std::move(key), std::move(point));
}

Result<VapidKey> VapidKey::generate() {
  return take(Owned(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, nullptr)));
}

Result<VapidKey> VapidKey::from_text(std::string_view text) {
  if (text.size() > kMaxKeyText) return bad("too long for a key");
  Owned key(cjose_jwk_import(text.data(), text.size(), nullptr));
  // Without its private half it signs nothing.
  const Text whole(key ? cjose_jwk_to_json(key.get(), true, nullptr) : nullptr);
  if (!whole || std::string_view(whole.get()).find("\"d\"") == std::string_view::npos) {
    return bad("no private key");
  }
  return take(std::move(key));
}

SecretBuffer VapidKey::to_text() const {
  const Text text(cjose_jwk_to_json(key_.get(), true, nullptr));
  const std::string_view all = text ? std::string_view(text.get()) : std::string_view();
  SecretBuffer out(as_bytes(all));
  if (text) wipe({reinterpret_cast<std::uint8_t*>(text.get()), all.size()});
  return out;
}

Result<std::string> VapidKey::authorization(const std::string& audience, const std::string& contact,
                                            Time expires) const {
  const std::string claims = R"({"aud":)" + quoted(audience) + R"(,"exp":)" +
                             std::to_string(expires.ms / 1000) + R"(,"sub":)" + quoted(contact) +
                             "}";
  const std::unique_ptr<cjose_header_t, FreeHeader> header(cjose_header_new(nullptr));
  if (!header || !cjose_header_set(header.get(), CJOSE_HDR_ALG, CJOSE_HDR_ALG_ES256, nullptr) ||
      !cjose_header_set(header.get(), "typ", "JWT", nullptr)) {
    return fail(ErrorCode::internal, "no header for a VAPID token");
  }
  const std::unique_ptr<cjose_jws_t, FreeToken> token(
      cjose_jws_sign(key_.get(), header.get(), reinterpret_cast<const std::uint8_t*>(claims.data()),
                     claims.size(), nullptr));
  const char* text = nullptr;
  if (!token || !cjose_jws_export(token.get(), &text, nullptr)) {
    return fail(ErrorCode::internal, "a VAPID token cannot be signed");
  }
  return "vapid t=" + std::string(text) + ", k=" + base64url_encode(public_point_);
}

}  // namespace parley::jose
