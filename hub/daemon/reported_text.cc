#include "hub/daemon/reported_text.h"

#include "hub/daemon/text_table.h"
#include "lib/base/encoding.h"
#include "lib/content/meaning.h"
#include "lib/content/message.h"

namespace parley::hub {

std::string reported_text(ByteView mimi_content) {
  const auto message = content::decode(mimi_content);
  if (!message) return "(content that cannot be read: " + base64_encode(mimi_content) + ")";
  const content::Meaning meaning = content::interpret(*message);
  std::string text = harmless(meaning.text, true);
  for (const content::Attachment& attached : meaning.attachments) {
    const content::ExternalPart& file = attached.file;
    if (!text.empty()) text += "\n";
    text += "[file: " + harmless(file.filename.empty() ? "without a name" : file.filename) + ", " +
            harmless(file.content_type) + ", " + std::to_string(file.size) + " bytes";
    if (attached.plaintext_sha256) text += ", SHA-256 " + hex_encode(*attached.plaintext_sha256);
    text += "]";
  }
  if (text.empty()) text = "(no text: " + base64_encode(mimi_content) + ")";
  return text;
}

}  // namespace parley::hub
