#include "hub/daemon/reported_text.h"

#include "hub/daemon/text_table.h"
#include "lib/base/encoding.h"
#include "lib/content/meaning.h"
#include "lib/content/message.h"

namespace parley::hub {
namespace {

// What the message does where it does more than say its text; empty for a plain one.
std::string what_it_is(const content::Meaning& meaning) {
  switch (meaning.action) {
    case content::Action::post:
      return meaning.in_reply_to ? "[an answer]" : "";
    case content::Action::edit:
      return "[takes the place of an earlier text]";
    case content::Action::deletion:
      return "[deletes an earlier message]";
    case content::Action::reaction:
      return "[a reaction]";
    case content::Action::reaction_removal:
      return "[takes a reaction back]";
    case content::Action::status_report:
      return "[receipts]";
    case content::Action::unsupported:
      return "";
  }
  return "";
}

void add_line(std::string& text, const std::string& line) {
  if (!text.empty() && !line.empty()) text += "\n";
  text += line;
}

}  // namespace

std::string reported_text(ByteView mimi_content) {
  const auto message = content::decode(mimi_content);
  if (!message) return "(content that cannot be read: " + base64_encode(mimi_content) + ")";
  const content::Meaning meaning = content::interpret(*message);
  std::string text = what_it_is(meaning);
  add_line(text, harmless(meaning.text, true));
  for (const content::Attachment& attached : meaning.attachments) {
    const content::ExternalPart& file = attached.file;
    std::string line =
        "[file: " + harmless(file.filename.empty() ? "without a name" : file.filename) + ", " +
        harmless(file.content_type) + ", " + std::to_string(file.size) + " bytes";
    if (attached.plaintext_sha256) line += ", SHA-256 " + hex_encode(*attached.plaintext_sha256);
    add_line(text, line + "]");
  }
  if (text.empty()) text = "(no text: " + base64_encode(mimi_content) + ")";
  return text;
}

}  // namespace parley::hub
