// Messages that could not be decrypted are asked for again. What this device sent is
// remembered for 30 days and sent again on request, only to a device that was an original
// target, whose account's identity key is unchanged, and at most three times for each
// content, whatever send it last travelled in. So asking always ends.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

inline constexpr std::uint32_t kMaxRetries = 3;
// Failures in a row from one device that are asked about: what a lost session or a lost
// store leaves unread, with room; bounds what a broken sender can cause.
inline constexpr std::uint32_t kMaxFailuresInARow = 256;
inline constexpr Duration kSentLogLifetime = days(30);

// --- asking
Status on_undecryptable(Step& step, const channel::Deliver& deliver, const Error& why);
e2e::RetryRequest retry_request_for(const channel::Deliver& deliver, const Error& why,
                                    std::uint32_t attempt);
// What was held back while nothing was decided about `peer`.
Status ask_again(Step& step, const AccountId& peer, const records::HeldRetry& held);
Status clear_failures(Step& step, const DeviceAddress& sender);

// --- answering
Status on_retry_request(Step& step, const channel::Deliver& deliver);
Status remember_sent(Step& step, const records::Outbox& entry);
// Removes what is too old, a bounded number at a time. False: nothing left to do.
Result<bool> clean_sent_log(Step& step);

}  // namespace parley::client
