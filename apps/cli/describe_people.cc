#include "apps/cli/describe_people.h"

#include "apps/cli/describe.h"
#include "apps/cli/feature_names.h"
#include "apps/cli/inert_links.h"
#include "apps/cli/policy_text.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"
#include "lib/base/encoding.h"

namespace parley::cli {
namespace {

constexpr int kPreviewColumns = 70;

std::string counted(std::uint32_t number, const std::string& one) {
  return std::to_string(number) + " " + one + (number == 1 ? "" : "s");
}

std::string unreadable_text(const api::Request& request) {
  if (request.unreadable == 0) return {};
  return counted(request.unreadable, "message") +
         " cannot be read yet: after you accept, it is asked for again.";
}

const char* state_name(api::RequestState state) {
  switch (state) {
    case api::RequestState::accepted:
      return "accepted";
    case api::RequestState::declined:
      return "declined";
    case api::RequestState::blocked:
      return "blocked";
    default:
      return "open";
  }
}

std::string key_text(const Bytes& key) { return key.empty() ? "(not known yet)" : hex_encode(key); }

std::string list_of(const std::string& head, const std::vector<std::string>& lines) {
  if (lines.empty()) return {};
  std::string out = "\n" + head + "\n";
  for (const auto& line : lines) out += "  - " + printable(line) + "\n";
  return out;
}

std::string policy_text(const std::string& whose,
                        const std::optional<wire::channel::DataPolicy>& policy) {
  if (!policy) return {};
  return "\n" + whose + " says about its data:\n" + policy_lines(policy, "  ");
}

std::string lacks_text(const api::Contact& contact) {
  const std::string line = lacks_line(contact);
  return line.empty() ? "\nEverything that Parley has works with them.\n" : "\n" + line + "\n";
}

// Of somebody who is not accepted, nothing can be clicked, not even the name.
std::string name_of(const api::Contact& contact) {
  return contact.accepted ? contact.profile_name : inert_links(contact.profile_name);
}

}  // namespace

std::string person_text(const std::string& handle, const std::string& name,
                        const std::string& service) {
  std::string text = styled(Style::bold, printable(handle));
  if (!name.empty()) text += " (" + printable(name) + ")";
  if (!service.empty()) text += styled(Style::dim, " on " + printable(service));
  return text;
}

std::string contact_text(const api::Contact& contact) {
  return person_text(contact.handle, name_of(contact), contact.provider_name);
}

std::string lacks_line(const api::Contact& contact) {
  if (contact.provider.empty()) return {};
  const Lacking missing = lacking(contact.features);
  if (missing.words.empty()) return {};
  return "People on " + printable(contact.provider_name) + " cannot see: " + listed(missing.words) +
         ".";
}

bool has_links(const api::Request& request) {
  return inert_links(request.preview) != request.preview;
}

std::string request_text(const api::Request& request) {
  std::string text =
      person_text(request.peer_handle, inert_links(request.peer_name), request.provider_name);
  text += "  " + styled(Style::dim, local_time(request.time_ms, now_ms()));
  if (!request.preview.empty()) {
    text += "\n  " + shortened(inert_links(printable(request.preview)), kPreviewColumns);
  }
  const std::string unreadable = unreadable_text(request);
  if (!unreadable.empty()) text += "\n  " + unreadable;
  return text + "\n";
}

std::string request_card(const api::Request& request) {
  const std::string who = printable(request.peer_handle);
  std::string text =
      person_text(request.peer_handle, inert_links(request.peer_name), request.provider_name) +
      " wants to write to you. You see text only, and they do not learn that it "
      "arrived.\n";
  const std::string unreadable = unreadable_text(request);
  if (!unreadable.empty()) text += unreadable + "\n";
  return text + styled(Style::dim, "Answer, or: /accept   /decline   /decline block   /report   (" +
                                       who + " is not told)");
}

JsonLine request_json(const api::Request& request) {
  JsonLine line;
  line.add("type", "request").add("from", request.peer_handle).add("text", request.preview);
  line.add("id", "").add("time", rfc3339(request.time_ms)).add("chat", request.peer_handle);
  line.add("state", "open").add("name", request.peer_name);
  line.add("service", request.provider).add("service_name", request.provider_name);
  return line.add("messages", request.messages).add("unreadable", request.unreadable);
}

JsonLine request_event_json(const api::RequestChanged& changed) {
  const api::Request request = changed.request.value_or(api::Request());
  JsonLine line;
  line.add("type", "request").add("from", request.peer_handle);
  line.add("text", changed.message ? changed.message->text : "");
  line.add("id", changed.message ? id_text(changed.message->message_id) : "");
  line.add("time", rfc3339(changed.message ? changed.message->time_ms : request.time_ms));
  line.add("chat", request.peer_handle).add("state", state_name(changed.state));
  line.add("name", request.peer_name);
  line.add("service", request.provider).add("service_name", request.provider_name);
  line.add("messages", request.messages).add("unreadable", request.unreadable);
  if (changed.message && changed.message->unsupported) line.add("unsupported", true);
  return line;
}

std::string request_event_line(const api::RequestChanged& changed) {
  const api::Request request = changed.request.value_or(api::Request());
  const std::string who = printable(request.peer_handle);
  std::string line = changed.message ? message_line(with_inert_links(*changed.message), "")
                                     : styled(Style::dim, local_time(request.time_ms, now_ms())) +
                                           " " + who + ": (cannot be read before you accept)";
  return line +
         styled(Style::yellow, "  request: parley accept " + who + ", or parley decline " + who);
}

std::string trust_page(const api::Contact& contact) {
  const api::Trust trust = contact.trust.value_or(api::Trust());
  const std::string service = printable(contact.provider_name);
  std::string out = contact_text(contact) + "\n";
  out += styled(Style::bold, printable(trust.line)) + "\n";
  out += list_of("Checked by this device:", trust.checked_here);
  out += list_of("Declared, and not checked from here:", trust.declared);
  out += "\nProtocol: " + printable(trust.protocol) + "\n";
  out += "Your identity key:  " + key_text(trust.own_identity_key) + "\n";
  out += "Their identity key: " + key_text(trust.their_identity_key) + "\n";
  if (!contact.safety_number.empty()) {
    out += "Safety number (parley verify " + printable(contact.handle) + "):\n";
    for (const auto& line : grouped_digits(contact.safety_number, 4)) out += "  " + line + "\n";
  }
  out += "\nWho sees what:\n";
  for (const auto& one : trust.who_sees) {
    out += "  - " + printable(one.who) + ": " + printable(one.sees) + "\n";
  }
  if (!contact.provider.empty()) {
    out += lacks_text(contact) + policy_text(service, trust.provider_policy);
  }
  out += policy_text("Your hub", trust.hub_policy);
  if (!contact.also.empty()) {
    out += "\nAlso known as (only your devices know this):";
    for (const auto& name : contact.also) out += " " + printable(name);
    out += "\n";
  }
  if (contact.blocked) out += "\nYou have blocked them.\n";
  if (contact.suppressed) out += "\nNothing of theirs is shown: another name is blocked.\n";
  if (contact.closed != ErrorCode::unspecified) {
    out += "\nThis chat is closed: " + std::string(error_info(contact.closed).text);
    if (!contact.closed_detail.empty()) out += " (" + printable(contact.closed_detail) + ")";
    out += "\n";
  }
  return out;
}

JsonLine trust_json(const api::Contact& contact) {
  const api::Trust trust = contact.trust.value_or(api::Trust());
  static constexpr const char* kLevels[] = {
      "unspecified",  "verified",       "end_to_end", "end_to_end_as_declared",
      "to_connector", "not_end_to_end", "key_changed"};
  const auto level = static_cast<std::size_t>(trust.level);
  std::vector<std::string> who_sees;
  for (const auto& one : trust.who_sees) who_sees.push_back(one.who + ": " + one.sees);
  JsonLine line;
  line.add("with", contact.handle).add("service", contact.provider);
  line.add("level", level < std::size(kLevels) ? kLevels[level] : "unspecified");
  line.add("line", trust.line).add("checked_here", trust.checked_here);
  line.add("declared", trust.declared).add("protocol", trust.protocol);
  line.add("own_identity_key", hex_encode(trust.own_identity_key));
  line.add("their_identity_key", hex_encode(trust.their_identity_key));
  line.add("safety_number", contact.safety_number).add("verified", contact.verified);
  line.add("who_sees", who_sees).add("also", contact.also);
  if (!contact.provider.empty()) {
    line.add("lacks", lacking(contact.features).names);
    line.add("provider_policy", policy_json(trust.provider_policy));
  }
  line.add("hub_policy", policy_json(trust.hub_policy));
  line.add("accepted", contact.accepted).add("request", contact.request);
  line.add("blocked", contact.blocked).add("suppressed", contact.suppressed);
  const bool is_closed = contact.closed != ErrorCode::unspecified;
  return line.add("closed", is_closed ? error_info(contact.closed).name : "");
}

}  // namespace parley::cli
