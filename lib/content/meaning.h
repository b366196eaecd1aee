// What a received message does, for a client that shows text, reactions, receipts
// and attachments. What it cannot show is said so rather than dropped. Pure functions.
//
// Two rules need the history and are the caller's: an edit, deletion or removal
// counts only if it comes from the original's sender, and `check_reply_chain`
// refuses replies that lead back to themselves.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/content/message.h"
#include "lib/content/status.h"

namespace parley::content {

// One emoji with all its modifiers stays far below this.
inline constexpr std::size_t kMaxReactionBytes = 64;
// Replies followed back at most; a longer chain is not checked further.
inline constexpr std::size_t kMaxReplyChain = 1000;

enum class Action : std::uint8_t {
  post,              // something new to show; a reply if in_reply_to is set
  edit,              // new content for `replaces`
  deletion,          // removes `replaces`
  reaction,          // `text` to in_reply_to; with `replaces` it changes an earlier one
  reaction_removal,  // takes back the reaction `replaces`
  status_report,     // `statuses`
  unsupported,       // e.g. another language's or service's own format
};

struct Attachment {
  std::size_t part_index = 0;
  Disposition disposition = Disposition::unspecified;
  ExternalPart file;
  // Absent: the sender did not commit to the plaintext.
  std::optional<ByteArray<32>> plaintext_sha256;
};

struct Meaning {
  Action action = Action::unsupported;
  std::optional<MessageId> replaces;
  std::optional<MessageId> in_reply_to;
  std::optional<Expiry> expires;
  std::string text;          // UTF-8
  bool is_markdown = false;  // GFM-MIMI; showing it as plain text is allowed
  std::vector<Attachment> attachments;
  std::vector<ReportedStatus> statuses;
  // There were parts that could not be used beside those that could.
  bool is_incomplete = false;
};

// Never fails: what does not fit is `unsupported`.
Meaning interpret(const Message& message);

// The media type in lower case without parameters: "Text/Plain; charset=x" is
// "text/plain".
std::string media_type(std::string_view content_type);

// malformed if following replies from a message with this id leads back to it.
// `lookup(const MessageId&) -> std::optional<MessageId>` gives what a stored
// message replies to, nothing where it is unknown or no reply.
template <typename Lookup>
Status check_reply_chain(const MessageId& id, std::optional<MessageId> in_reply_to,
                         Lookup&& lookup) {
  for (std::size_t i = 0; in_reply_to && i < kMaxReplyChain; ++i) {
    if (*in_reply_to == id) return fail(ErrorCode::malformed, "reply loop");
    in_reply_to = lookup(*in_reply_to);
  }
  return {};
}

}  // namespace parley::content
