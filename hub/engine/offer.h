// What this hub offers: to services the reference offer (GET /v1/interop/offer), to devices
// its limits. Pure functions over what the operator configured and entered.
#pragma once

#include "hub/engine/config.h"
#include "hub/engine/providers.h"
#include "hub/engine/types.h"
#include "proto/setup.h"

namespace parley::hub {

wire::channel::Limits wire_limits(const EngineConfig& config);

// Everybody may know of it: it is live, or was and is suspended.
bool is_public(const ProviderRecord& provider);

wire::setup::Offer make_offer(const EngineConfig& config, const HubId& hub,
                              const Providers& providers);

}  // namespace parley::hub
