#include "client/engine/warnings.h"

namespace parley::client {
namespace {

struct Entry {
  const char* id;
  const char* text;
  const char* more;
  const char* remedy;
};

constexpr Entry kWarnings[] = {
    {"other-encryption", "The other service may use different end-to-end encryption.",
     "Messages are encrypted on your device for the other person's devices. How those devices "
     "and their service protect keys and messages afterwards cannot be checked from here.",
     "Each chat says in one line what protects it, and keeps apart what this device checked and "
     "what the service declares. Safety numbers can be compared across services: parley verify "
     "NAME."},
    {"spam", "Spam and scams may be more common.",
     "Services have different rules for who may open an account. A name or picture proves "
     "nothing about who somebody is.",
     "Strangers reach you only with a short text, as a request: no pictures, no links to click, "
     "and they do not learn that it arrived until you accept. New contacts of a service are "
     "limited, fewer still when its people are reported. You can decline, block and report."},
    {"other-policy", "The other service has its own data policy.",
     "It learns that you write with the person, when, and how much. What it keeps, for how long "
     "and in which country, it decides itself.",
     "Its policy stands beside your hub's, in the offer and in each chat: parley trust NAME. "
     "Your internet address is not given to it."},
    {"blocked-people", "People you blocked here could write from there until you block them there.",
     "Nobody can know by themselves that two names on two services are one person.",
     "Name the other name once (parley block NAME --also OTHER) and nothing of either is shown "
     "to you. Who belongs together stays on your devices; hub and service are not told."},
    {"fewer-features", "Some features may be missing.",
     "The other service may not know reactions, edits, disappearing messages or typing notices.",
     "What the other side cannot show is refused before it is sent, with the reason, so nothing "
     "gets lost without a word."},
};

}  // namespace

std::vector<api::Warning> third_party_warnings() {
  std::vector<api::Warning> all;
  for (const Entry& entry : kWarnings) {
    api::Warning warning;
    warning.id = entry.id;
    warning.text = entry.text;
    warning.more = entry.more;
    warning.remedy = entry.remedy;
    all.push_back(std::move(warning));
  }
  return all;
}

}  // namespace parley::client
