// What protects a chat, as one line computed from facts, with what stands behind it. What
// this device checked itself and what a service says about itself never share a sentence.
#pragma once

#include <string>

#include "client/engine/step.h"

namespace parley::client {

// Everything the line depends on.
struct TrustFacts {
  // Of another service; empty name: of this hub.
  std::string provider_name;
  // Whether this device knows what the service declares; where it is not offered any more, that
  // is what it declared last.
  bool declaration_known = false;
  bool still_offered = true;
  channel::Protection protection = channel::Protection::unspecified;
  bool key_known = false;
  bool verified = false;
  bool key_changed = false;  // after it had been verified, undecided
};
struct TrustLine {
  api::TrustLevel level;
  std::string text;
};
// Pure: a table, tested as one.
TrustLine trust_line(const TrustFacts& facts);

Result<api::Trust> trust_in(Step& step, const records::Contact& contact);

}  // namespace parley::client
