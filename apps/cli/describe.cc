#include "apps/cli/describe.h"

#include "apps/cli/describe_files.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"
#include "lib/base/encoding.h"

namespace parley::cli {
namespace {

std::string ticks(const api::Message& message) {
  if (!message.outgoing) return {};
  switch (message.state) {
    case api::MessageState::queued:
      if (message.failure == ErrorCode::unspecified) return " …";
      return " " + styled(Style::yellow, "… " + std::string(error_info(message.failure).text));
    case api::MessageState::sent:
      return " ✓";
    case api::MessageState::delivered:
      return " ✓✓";
    case api::MessageState::read:
      return " " + styled(Style::blue, "✓✓") + " read";
    case api::MessageState::failed:
      return " " + styled(Style::red, "✗ " + std::string(error_info(message.failure).text));
    default:
      return {};
  }
}

}  // namespace

std::string id_text(const Bytes& id) { return base32_encode(id); }

const char* state_name(api::MessageState state) {
  switch (state) {
    case api::MessageState::queued:
      return "queued";
    case api::MessageState::sent:
      return "sent";
    case api::MessageState::delivered:
      return "delivered";
    case api::MessageState::read:
      return "read";
    case api::MessageState::failed:
      return "failed";
    case api::MessageState::received:
      return "received";
    default:
      return "unknown";
  }
}

const char* notice_name(api::NoticeKind kind) {
  switch (kind) {
    case api::NoticeKind::identity_changed:
      return "identity_changed";
    case api::NoticeKind::message_lost:
      return "message_lost";
    case api::NoticeKind::message_refused:
      return "message_refused";
    case api::NoticeKind::own_identity_reset:
      return "own_identity_reset";
    default:
      return "unknown";
  }
}

std::string notice_text(api::NoticeKind kind, const std::string& who) {
  switch (kind) {
    case api::NoticeKind::identity_changed:
      return who +
             "'s safety number has changed: a new phone or computer, or somebody in between. "
             "Compare it with: parley verify " +
             who;
    case api::NoticeKind::message_lost:
      return "A message from " + who +
             " could not be decrypted, also not after asking again. "
             "Ask them to send it once more.";
    case api::NoticeKind::message_refused:
      return "A message in the name of " + who + " was refused: its proof of origin does not fit.";
    case api::NoticeKind::own_identity_reset:
      return "Your identity was reset on another device. If that was not you, change your "
             "password with: parley password";
    default:
      return "Something happened that this version cannot show. Update Parley.";
  }
}

std::string body_text(const api::Message& message) {
  if (message.notice != api::NoticeKind::unspecified) {
    return notice_text(message.notice, printable(message.peer_handle));
  }
  if (message.removed) return "(removed from this device)";
  if (message.deleted) return "(deleted)";
  std::string text = printable_lines(message.text);
  for (const auto& file : message.files) {
    if (!text.empty()) text += '\n';
    text += file_text(file);
  }
  if (message.unsupported && text.empty()) text = "(a kind of message this version cannot show)";
  return text;
}

std::string message_line(const api::Message& message, const std::string& own_name) {
  const std::string who = printable(message.outgoing ? own_name : message.peer_handle);
  std::string line = styled(Style::dim, local_time(message.time_ms, now_ms())) + " ";
  if (message.notice != api::NoticeKind::unspecified) {
    return line + styled(Style::yellow, body_text(message));
  }
  line += styled(message.outgoing ? Style::green : Style::bold, who) + ": ";
  if (!message.in_reply_to.empty()) line += styled(Style::dim, "↩ ");
  line += body_text(message);
  if (message.edited && !message.deleted) line += styled(Style::dim, " (edited)");
  for (const auto& reaction : message.reactions) line += " [" + printable(reaction.emoji) + "]";
  return line + ticks(message);
}

JsonLine message_json(const char* type, const api::Message& message, const std::string& own_name) {
  const bool is_notice = message.notice != api::NoticeKind::unspecified;
  JsonLine line;
  line.add("type", is_notice ? "notice" : type);
  line.add("from", message.outgoing ? own_name : message.peer_handle);
  line.add("text",
           is_notice ? notice_text(message.notice, printable(message.peer_handle)) : message.text);
  line.add("id", id_text(message.message_id)).add("time", rfc3339(message.time_ms));
  line.add("chat", message.peer_handle).add("outgoing", message.outgoing);
  if (is_notice) return line.add("notice", notice_name(message.notice));
  line.add("state", state_name(message.state));
  if (message.failure != ErrorCode::unspecified) {
    line.add("error", error_info(message.failure).name);
  }
  line.add("edited", message.edited).add("deleted", message.deleted);
  if (message.removed) line.add("removed", true);
  if (!message.in_reply_to.empty()) line.add("reply_to", id_text(message.in_reply_to));
  std::vector<std::string> reactions;
  reactions.reserve(message.reactions.size());
  for (const auto& reaction : message.reactions) reactions.push_back(reaction.emoji);
  if (!reactions.empty()) line.add("reactions", reactions);
  std::vector<JsonLine> files;
  for (const auto& file : message.files) files.push_back(file_json(file, files.size() + 1));
  if (!files.empty()) line.add("files", files);
  if (message.expires_at_ms > 0) line.add("expires", rfc3339(message.expires_at_ms));
  if (message.unsupported) line.add("unsupported", true);
  return line;
}

}  // namespace parley::cli
