// What a decrypted, checked message does to the history: something new, an edit, a
// deletion, a reaction, or receipts. An edit or deletion counts only from the
// original's sender; one that arrives before its message waits for it.
#pragma once

#include "client/engine/step.h"
#include "lib/content/meaning.h"

namespace parley::client {

inline constexpr std::uint32_t kMaxOrphans = 1000;
inline constexpr std::size_t kMaxReactions = 64;  // of one message

struct ArrivedContent {
  MessageId id{};
  AccountId writer{};
  AccountId peer{};  // the chat
  std::int64_t accepted_at_us = 0;
  Bytes franking_key{};
  Bytes mimi_content{};
  Bytes franking_tag{};
  std::optional<channel::FrankingStamp> stamp{};
  std::uint32_t device_id = 0;  // that it came from
  // It was written here and is not accepted by the hub yet.
  bool is_local = false;
};

// What a content says, as the history holds it: text, files, what it replies to.
void describe(const content::Meaning& meaning, records::Message& message);

// Content whose id is known already does nothing.
Status apply_content(Step& step, const ArrivedContent& arrived, const content::Message& message);

}  // namespace parley::client
