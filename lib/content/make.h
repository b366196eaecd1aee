// Makes the messages that a person's actions turn into. Each returns a value to
// encode(); expiry is set on it directly (`message.expires = Expiry{...}`).
// Pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lib/content/message.h"
#include "lib/content/status.h"

namespace parley::content {

inline constexpr std::string_view kPlainText = "text/plain;charset=utf-8";
// GitHub Markdown without autolinks and raw HTML.
inline constexpr std::string_view kMarkdown = "text/markdown;variant=GFM-MIMI";

// Who writes in which conversation (uri.h), with a fresh salt.
struct Origin {
  std::string sender_uri;
  std::string room_uri;
  Salt salt{};
};

// Text is UTF-8 Markdown unless said otherwise.
Message make_text(const Origin& origin, std::string_view text,
                  std::string_view content_type = kMarkdown);

// `to` is exactly the version that is being answered.
Message make_reply(const Origin& origin, const MessageId& to, std::string_view text,
                   std::string_view content_type = kMarkdown);

// One emoji, at most kMaxReactionBytes (meaning.h).
Message make_reaction(const Origin& origin, const MessageId& to, std::string_view emoji);
// Takes back the reaction whose own id is `reaction`; `to` is what it was to.
Message make_reaction_removal(const Origin& origin, const MessageId& reaction, const MessageId& to);

// `first` is the id of the message's first version, however often it was edited;
// `in_reply_to` stays what it was.
Message make_edit(const Origin& origin, const MessageId& first, std::string_view text,
                  std::optional<MessageId> in_reply_to = std::nullopt,
                  std::string_view content_type = kMarkdown);
Message make_deletion(const Origin& origin, const MessageId& first,
                      std::optional<MessageId> in_reply_to = std::nullopt);

// Files that were uploaded. `plaintext_sha256` is over the file before encryption:
// an AEAD alone does not commit to one plaintext, this does.
struct FilePart {
  ExternalPart file;
  ByteArray<32> plaintext_sha256{};
};
// With a caption, which may be empty. At least one file.
Message make_files(const Origin& origin, std::string_view caption, std::vector<FilePart> files);
Message make_attachment(const Origin& origin, ExternalPart file,
                        const ByteArray<32>& plaintext_sha256);

// At most kMaxReportedStatuses.
Message make_status_report(const Origin& origin, std::span<const ReportedStatus> statuses);

// The private extension "parley.plaintext-sha256": a map from the index of an
// external part to SHA-256 of its plaintext.
void set_plaintext_digest(Message& message, std::size_t part_index, const ByteArray<32>& digest);
std::optional<ByteArray<32>> plaintext_digest(const Message& message, std::size_t part_index);

}  // namespace parley::content
