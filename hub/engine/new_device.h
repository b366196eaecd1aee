// What every new device of a person must bring, of this hub or of a service. Pure functions.
#pragma once

#include <optional>

#include "hub/engine/records.h"
#include "lib/base/result.h"
#include "proto/setup.h"

namespace parley::hub {

// Errors: invalid_argument, invalid_key.
Status check_new_device(const std::optional<wire::setup::NewDevice>& device);

// Precondition: it was checked.
SerializedKey identity_key_of(const wire::setup::NewDevice& device);

}  // namespace parley::hub
