// Messages that could not be decrypted are asked for again: at most three times in a
// row from one device. What this device sent is remembered for 30 days and sent again
// on request, only to a device that was an original target, whose account's identity
// key is unchanged, and at most three times.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

inline constexpr std::uint32_t kMaxRetries = 3;
inline constexpr Duration kSentLogLifetime = days(30);

// --- asking
Status on_undecryptable(Step& step, const channel::Deliver& deliver, const Error& why);
Status clear_failures(Step& step, const DeviceAddress& sender);

// --- answering
Status on_retry_request(Step& step, const channel::Deliver& deliver);
Status remember_sent(Step& step, const records::Outbox& entry);
// Removes what is too old, a bounded number at a time. False: nothing left to do.
Result<bool> clean_sent_log(Step& step);

}  // namespace parley::client
