// Encrypting an outbox entry to every device it is for, and getting the keys for
// that. A device whose prekeys are not signed by the account's known identity key
// gets no ciphertext.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

enum class SealOutcome : std::uint8_t {
  sealed,  // entry.send holds the bytes to send; sessions are written
  waits,   // keys were asked for, or a changed identity must be accepted first
  nobody,  // there is no device to send it to
};

// Fills in `entry`; the caller stores it. Errors mean that it can never be sent.
Result<SealOutcome> seal(Step& step, records::Outbox& entry);

// The hub's answer to a FetchPrekeys of seal().
Status on_prekey_bundles(Step& step, const OpenRequest& request,
                         const channel::PrekeyBundles& bundles);

}  // namespace parley::client
