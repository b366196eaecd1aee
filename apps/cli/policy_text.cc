#include "apps/cli/policy_text.h"

#include "apps/cli/text.h"

namespace parley::cli {

std::string policy_lines(const std::optional<wire::channel::DataPolicy>& policy,
                         const std::string& indent) {
  if (!policy) return {};
  std::string out;
  const auto add = [&](const char* what, const std::string& text) {
    if (!text.empty()) out += indent + what + ": " + printable(text) + "\n";
  };
  add("kept", policy->retention);
  add("where", policy->jurisdiction);
  add("who can read", policy->who_can_read);
  add("contact", policy->contact);
  add("more", policy->url);
  return out;
}

JsonLine policy_json(const std::optional<wire::channel::DataPolicy>& policy) {
  const auto says = policy.value_or(wire::channel::DataPolicy());
  JsonLine line;
  line.add("retention", says.retention).add("jurisdiction", says.jurisdiction);
  line.add("who_can_read", says.who_can_read).add("contact", says.contact);
  return line.add("url", says.url);
}

}  // namespace parley::cli
