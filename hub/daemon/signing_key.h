// The keys by which others know the hub's pushes: made at the first start, kept in the data
// folder for its owner alone. They outlive restarts: services need not ask for one anew, and
// browsers' subscriptions are bound to the other.
#pragma once

#include <string>

#include "hub/jose/jws.h"
#include "hub/jose/vapid.h"
#include "lib/base/random.h"
#include "lib/base/result.h"

namespace parley::hub {

// ErrorCode::store_unwritable or store_damaged; the file is DATA/push-key.
Result<jose::SigningKey> load_signing_key(const std::string& data_folder, RandomSource& random);

// For pushes to browsers (RFC 8292). The same errors; the file is DATA/web-push-key.
Result<jose::VapidKey> load_vapid_key(const std::string& data_folder);

}  // namespace parley::hub
