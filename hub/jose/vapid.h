// The key by which push services of browsers know this hub (VAPID, RFC 8292): P-256, made once
// and kept, because a subscription is bound to it.
//
// Errors: bad_token where a text is no such key. Any thread; nothing throws.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/base/secret.h"
#include "lib/base/time.h"

struct _cjose_jwk_int;

namespace parley::jose {

class VapidKey {
 public:
  static Result<VapidKey> generate();
  // The private JWK (RFC 7517), as to_text gives it.
  static Result<VapidKey> from_text(std::string_view text);
  // Holds the private key: for a file that nobody else reads.
  SecretBuffer to_text() const;

  // 0x04, x, y: what a browser subscribes with.
  const Bytes& public_point() const { return public_point_; }

  // The value of the Authorization header: "vapid t=<ES256 token>, k=<public point>".
  // `audience` is the origin of the push service; `contact` a mailto: or https: URL by which its
  // operators reach the hub's.
  Result<std::string> authorization(const std::string& audience, const std::string& contact,
                                    Time expires) const;

 private:
  struct Free {
    void operator()(_cjose_jwk_int* key) const;
  };
  using Owned = std::unique_ptr<_cjose_jwk_int, Free>;
  static Result<VapidKey> take(Owned key);
  VapidKey(Owned key, Bytes public_point)
      : key_(std::move(key)), public_point_(std::move(public_point)) {}

  Owned key_;
  Bytes public_point_;
};

}  // namespace parley::jose
