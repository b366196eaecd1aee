#include "apps/cli/safety_number.h"

#include "apps/cli/terminal.h"
#include "apps/cli/text.h"

namespace parley::cli {

std::string safety_number_text(const wire::client::Contact& contact, bool with_qr, bool colours) {
  const std::string who = printable(contact.handle);
  if (contact.safety_number.empty()) {
    return "There is no safety number with " + who + " yet. Send a message first.\n";
  }
  std::string out = "Safety number with " + who + ":\n\n";
  for (const auto& line : grouped_digits(contact.safety_number, 4)) out += "    " + line + "\n";
  out += "\n";
  if (with_qr) out += qr_code(contact.scannable, colours) + "\n";
  if (contact.verified) return out + "You have verified it.\n";
  if (contact.identity_change_pending) {
    out += "It has changed since you verified it, so nothing is sent to " + who +
           " until you decide.\n";
  }
  return out + "Compare it with " + who + " in person or on the phone. If it is the same:\n" +
         "    parley verify " + who + " --mark\n";
}

}  // namespace parley::cli
