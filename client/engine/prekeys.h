// This device's prekeys: made, published, replenished and rotated.
//
// The signed prekey and the last-resort Kyber key are replaced regularly; replaced
// ones stay for messages still under way. One-time keys are topped up when the hub
// says that they run low. Private keys are stored before their public parts leave.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

inline constexpr Duration kSignedPrekeyAge = days(2);
inline constexpr Duration kLastResortAge = days(7);
// As long as mailboxes keep messages that may need them.
inline constexpr Duration kReplacedKeyLifetime = days(30);
// One-time keys of each kind are topped up to this.
inline constexpr std::uint32_t kOneTimeTarget = 100;

// Publishes what is missing or old, given what the hub holds. At most one upload is
// open at a time.
Status maintain_prekeys(Step& step, const channel::PrekeyCounts& held);
Status on_prekey_counts(Step& step, const channel::PrekeyCounts& counts);
// Removes replaced keys that no message can need any more.
Status clean_prekeys(Step& step);

}  // namespace parley::client
