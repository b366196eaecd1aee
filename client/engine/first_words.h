// What may be written to somebody who has not accepted this account, as far as is known: a
// short text (docs/protocol/abuse.md#2). Acceptance is not announced; it shows by something
// of theirs, be it a report that a message has arrived.
//
// The hub refuses what does not keep to this. Here the writer learns it before sending.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

// Something of theirs has come.
Result<bool> has_answered(Step& step, const records::Contact& contact);
// request_too_large unless they have: everything but text waits for it.
Status require_answer(Step& step, const records::Contact& contact);
// The same for a text whose encoded e2e.Content has become too large for a request.
Status check_first_words(Step& step, const records::Contact& contact, const Bytes& content,
                         const std::string& text);

}  // namespace parley::client
