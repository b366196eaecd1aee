#include "hub/engine/new_device.h"

#include <algorithm>

#include "lib/base/limits.h"
#include "lib/crypto/curve25519.h"

namespace parley::hub {

Status check_new_device(const std::optional<wire::setup::NewDevice>& device) {
  if (!device) return fail(ErrorCode::invalid_argument, "device missing");
  if (device->registration_id == 0 || device->registration_id > limits::kMaxRegistrationId) {
    return fail(ErrorCode::invalid_argument, "registration_id: 1 to 16380");
  }
  PARLEY_TRY(key, crypto::PublicKey::parse(device->identity_key));
  if (!crypto::is_canonical_and_torsion_free(key)) {
    return fail(ErrorCode::invalid_key, "identity key");
  }
  return {};
}

SerializedKey identity_key_of(const wire::setup::NewDevice& device) {
  SerializedKey out;
  std::copy(device.identity_key.begin(), device.identity_key.end(), out.begin());
  return out;
}

}  // namespace parley::hub
