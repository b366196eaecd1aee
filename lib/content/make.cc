#include "lib/content/make.h"

#include <algorithm>
#include <map>

#include "lib/content/cbor.h"

namespace parley::content {
namespace {

const ExtensionKey kPlaintextDigests = std::string("parley.plaintext-sha256");

using Digests = std::map<std::uint64_t, ByteArray<32>>;

Message make(const Origin& origin, Disposition disposition) {
  Message message;
  message.salt = origin.salt;
  message.extensions.set_text(kSenderUriExtension, origin.sender_uri);
  message.extensions.set_text(kRoomUriExtension, origin.room_uri);
  message.body.disposition = disposition;
  return message;
}

SinglePart text_part(std::string_view content_type, std::string_view text) {
  return {std::string(content_type), to_bytes(as_bytes(text))};
}

Digests read_digests(const Message& message) {
  Digests digests;
  const Bytes* value = message.extensions.find(kPlaintextDigests);
  if (value == nullptr) return digests;
  cbor::Reader in(*value);
  std::uint64_t count = 0;
  if (!in.map(count) || count > kMaxParts) return {};
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t index = 0;
    ByteView digest;
    if (!in.unsigned_number(index, kMaxParts) || !in.bytes(digest) || digest.size() != 32) {
      return {};
    }
    std::copy(digest.begin(), digest.end(), digests[index].begin());
  }
  return digests;
}

}  // namespace

Message make_text(const Origin& origin, std::string_view text, std::string_view content_type) {
  Message message = make(origin, Disposition::render);
  message.body.body = text_part(content_type, text);
  return message;
}

Message make_reply(const Origin& origin, const MessageId& to, std::string_view text,
                   std::string_view content_type) {
  Message message = make_text(origin, text, content_type);
  message.in_reply_to = to;
  return message;
}

Message make_reaction(const Origin& origin, const MessageId& to, std::string_view emoji) {
  Message message = make(origin, Disposition::reaction);
  message.in_reply_to = to;
  message.body.body = text_part(kPlainText, emoji);
  return message;
}

Message make_reaction_removal(const Origin& origin, const MessageId& reaction,
                              const MessageId& to) {
  Message message = make(origin, Disposition::reaction);
  message.replaces = reaction;
  message.in_reply_to = to;
  return message;
}

Message make_edit(const Origin& origin, const MessageId& first, std::string_view text,
                  std::optional<MessageId> in_reply_to, std::string_view content_type) {
  Message message = make_text(origin, text, content_type);
  message.replaces = first;
  message.in_reply_to = in_reply_to;
  return message;
}

Message make_deletion(const Origin& origin, const MessageId& first,
                      std::optional<MessageId> in_reply_to) {
  Message message = make(origin, Disposition::render);
  message.replaces = first;
  message.in_reply_to = in_reply_to;
  return message;
}

Message make_attachment(const Origin& origin, ExternalPart file,
                        const ByteArray<32>& plaintext_sha256) {
  Message message = make(origin, Disposition::attachment);
  message.body.body = std::move(file);
  set_plaintext_digest(message, 0, plaintext_sha256);
  return message;
}

Message make_files(const Origin& origin, std::string_view caption, std::vector<FilePart> files) {
  if (files.size() == 1 && caption.empty()) {
    return make_attachment(origin, std::move(files[0].file), files[0].plaintext_sha256);
  }
  Message message = make(origin, Disposition::render);
  MultiPart all;
  all.semantics = PartSemantics::process_all;
  if (!caption.empty()) {
    all.parts.push_back({Disposition::render, {}, text_part(kMarkdown, caption)});
  }
  for (FilePart& one : files) {
    all.parts.push_back({Disposition::attachment, {}, std::move(one.file)});
    set_plaintext_digest(message, all.parts.size(), one.plaintext_sha256);
  }
  message.body.body = std::move(all);
  return message;
}

Message make_status_report(const Origin& origin, std::span<const ReportedStatus> statuses) {
  Message message = make(origin, Disposition::unspecified);
  message.body.body = SinglePart{std::string(kStatusContentType), encode_status_report(statuses)};
  return message;
}

void set_plaintext_digest(Message& message, std::size_t part_index, const ByteArray<32>& digest) {
  Digests digests = read_digests(message);
  digests[part_index] = digest;
  Bytes value;
  cbor::Writer out(value);
  out.map(digests.size());
  for (const auto& [index, bytes] : digests) {
    out.unsigned_number(index);
    out.bytes(bytes);
  }
  message.extensions.set(kPlaintextDigests, std::move(value));
}

std::optional<ByteArray<32>> plaintext_digest(const Message& message, std::size_t part_index) {
  const Digests digests = read_digests(message);
  const auto found = digests.find(part_index);
  if (found == digests.end()) return std::nullopt;
  return found->second;
}

}  // namespace parley::content
