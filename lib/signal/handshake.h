// Setting up a session: PQXDH (version 4) and X3DH (version 3), as initiator and as
// responder. Internal to lib/signal.
//
// Source: "The PQXDH Key Agreement Protocol" §3, "The X3DH Key Agreement Protocol"
// §3; key material, info strings and first ratchet step as libsignal has them.
#pragma once

#include "lib/signal/message.h"
#include "lib/signal/session_state.h"

namespace parley::signal {

// The initiator's side. Verifies the bundle's signatures.
Result<SessionState> initiate(const LocalIdentity& local, const PreKeyBundle& bundle,
                              Protocol protocol, Time now, RandomSource& random);

// The responder's side: finds the prekeys that the message names.
Result<SessionState> respond(const Responder& responder, const ParsedPreKeyMessage& message);

}  // namespace parley::signal
