// The list of chats, pages of their messages, and what has been read.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

inline constexpr std::uint32_t kMaxChats = 10'000;      // of one list
inline constexpr std::uint32_t kMaxPageMessages = 500;  // of one page

Status list_chats(Step& step, const SharedCommand& command);
Status list_messages(Step& step, const SharedCommand& command, const api::ListMessages& request);
Status mark_read(Step& step, const SharedCommand& command, const api::MarkRead& request);
// Another own device has read something.
Status on_read_sync(Step& step, const e2e::ReadMarks& marks);

// Removes messages whose time is over. False: none is due.
Result<bool> expire_messages(Step& step);

}  // namespace parley::client
