// The key by which services know the hub's pushes: made at the first start, kept in the data
// folder for its owner alone. It outlives restarts so that services need not ask for it anew.
#pragma once

#include <string>

#include "hub/jose/jws.h"
#include "lib/base/random.h"
#include "lib/base/result.h"

namespace parley::hub {

// ErrorCode::store_unwritable or store_damaged; the file is DATA/push-key.
Result<jose::SigningKey> load_signing_key(const std::string& data_folder, RandomSource& random);

}  // namespace parley::hub
