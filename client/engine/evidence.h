// What somebody sent and then took out of the history again, kept so that it can still be
// reported: a writer must not be able to destroy the proof against themselves by deleting,
// editing or an expiry of their own choice.
//
// The history holds the proof of a message for as long as it holds the message. Everything else
// is here, out of sight: messages that their writer deleted or let expire, edits, reactions. Only
// what came from others, only with a proof, and bounded in three ways: by time, by number and by
// bytes for each chat, the oldest first. What a person removes themselves goes from here too.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

// Of one chat.
inline constexpr std::uint32_t kMaxEvidence = 256;
inline constexpr std::uint64_t kMaxEvidenceBytes = 2 * 1024 * 1024;
// So long the hub can check its stamps (docs/protocol/abuse.md#6).
inline constexpr Duration kEvidenceLifetime = days(90);
// Whoever sends what disappears expects it to be gone soon; whoever was abused by it needs
// some days to decide.
inline constexpr Duration kExpiredEvidenceLifetime = days(7);

// The proof that a message in the history carries.
records::Evidence proof_of(const records::Message& message);
// Complete, and young enough for the hub to check it.
bool is_provable(const records::Evidence& proof, Time now);

// Keeps what can be proven and is not by this account, in the chat with `peer`.
Status keep_evidence(Step& step, const AccountId& peer, records::Evidence proof);
// A received message disappears from the history by its writer's wish: what can be proven about
// it goes soon.
Status keep_expired(Step& step, const records::Message& message);
// The person removed this message: nothing of it is kept.
Status forget_evidence(Step& step, const records::Message& message);

// Everything of a chat, oldest first.
Result<std::vector<records::Evidence>> evidence_with(Step& step, const AccountId& peer);

// Removes what is too old, a bounded number at a time. False: nothing left to do.
Result<bool> clean_evidence(Step& step);

}  // namespace parley::client
