#include "apps/cli/third_party_text.h"

#include <algorithm>

#include "apps/cli/feature_names.h"
#include "apps/cli/json_line.h"
#include "apps/cli/policy_text.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"

namespace parley::cli {
namespace {

namespace channel = wire::channel;

std::string protection_text(const channel::Provider& provider) {
  const std::string name = printable(provider.display_name);
  switch (provider.protection) {
    case channel::Protection::end_to_end_signal:
    case channel::Protection::end_to_end_omemo:
      return "end-to-end encrypted, as " + name + " declares";
    case channel::Protection::to_connector:
      return "encrypted to a connector run by " + name +
             ", then the other service's own protection";
    default:
      return "not end-to-end encrypted";
  }
}

const char* protection_name(channel::Protection protection) {
  switch (protection) {
    case channel::Protection::end_to_end_signal:
      return "end_to_end_signal";
    case channel::Protection::end_to_end_omemo:
      return "end_to_end_omemo";
    case channel::Protection::to_connector:
      return "to_connector";
    default:
      return "none";
  }
}

const char* state_name(channel::ProviderState state) {
  switch (state) {
    case channel::ProviderState::live:
      return "live";
    case channel::ProviderState::sandbox:
      return "sandbox";
    case channel::ProviderState::suspended:
      return "suspended";
    default:
      return "applied";
  }
}

bool is_chosen(const api::ThirdParty& it, const std::string& id) {
  if (!it.offer || !it.offer->choices) return false;
  return std::ranges::find(it.offer->choices->provider_ids, id) !=
         it.offer->choices->provider_ids.end();
}

std::string provider_text(const api::ThirdParty& it, const channel::Provider& provider) {
  const std::string id = printable(provider.provider_id);
  std::string out = is_chosen(it, provider.provider_id) ? "  [x] " : "  [ ] ";
  out += styled(Style::bold, printable(provider.display_name)) + "  NAME@" + id;
  if (provider.state == channel::ProviderState::sandbox) out += "  (being tested)";
  if (std::ranges::find(it.new_providers, provider.provider_id) != it.new_providers.end()) {
    out += styled(Style::green, "  new");
  }
  out += "\n";
  if (provider.state == channel::ProviderState::suspended) {
    out += "      " +
           styled(Style::yellow, "not connected at present: " + printable(provider.state_reason)) +
           "\n";
  }
  out += "      " + protection_text(provider) + "\n";
  const Lacking missing = lacking(provider.features);
  if (!missing.words.empty()) out += "      not there: " + listed(missing.words) + "\n";
  return out + policy_lines(provider.data_policy, "      ");
}

std::string choices_text(const api::ThirdParty& it, const channel::SetThirdParty& choices) {
  return std::string("\nTheir chats are listed ") +
         (it.inbox == api::Inbox::combined ? "among your others" : "apart") +
         " (--inbox separate|combined).\n" +
         (choices.reachable ? "People there who know your exact name can send you a request"
                            : "People there cannot find you; you write first") +
         " (--reachable yes|no).\nOther services: --services A,B. Turning off (--off) keeps your "
         "chats, readable and closed.\n";
}

JsonLine provider_json(const api::ThirdParty& it, const channel::Provider& provider) {
  JsonLine line;
  line.add("type", "service").add("service", provider.provider_id);
  line.add("service_name", provider.display_name);
  line.add("chosen", is_chosen(it, provider.provider_id));
  line.add("state", state_name(provider.state)).add("reason", provider.state_reason);
  line.add("protection", protection_name(provider.protection));
  line.add("lacks", lacking(provider.features).names);
  const auto policy = provider.data_policy.value_or(channel::DataPolicy());
  line.add("retention", policy.retention).add("jurisdiction", policy.jurisdiction);
  line.add("who_can_read", policy.who_can_read).add("contact", policy.contact);
  return line.add("url", policy.url);
}

}  // namespace

const char* availability_name(channel::Availability availability) {
  switch (availability) {
    case channel::Availability::offered:
      return "offered";
    case channel::Availability::other_region:
      return "other_region";
    case channel::Availability::no_providers:
      return "no_services";
    default:
      return "unknown";
  }
}

std::string refusal_text(const channel::ThirdParty& offer) {
  const std::string country = offer.country.empty() ? "" : " (" + printable(offer.country) + ")";
  switch (offer.availability) {
    case channel::Availability::offered:
      return {};
    case channel::Availability::other_region:
      return "Third-party chats are not offered in this account's country" + country + ".";
    case channel::Availability::no_providers:
      return "No other service is connected to your hub yet.";
    default:
      return "Your hub does not offer third-party chats.";
  }
}

std::string offer_text(const api::ThirdParty& it) {
  const channel::ThirdParty offer = it.offer.value_or(channel::ThirdParty());
  const auto choices = offer.choices.value_or(channel::SetThirdParty());
  std::string out =
      "With third-party chats you write with people on other chat services, without "
      "an account there.\nThey are " +
      styled(Style::bold, choices.enabled ? "on" : "off") + ".\n";
  const std::string refusal = refusal_text(offer);
  if (!refusal.empty()) {
    out += refusal + "\n";
    if (offer.availability == channel::Availability::other_region) {
      out +=
          "They are offered where the law asks for them, or where the operator of your hub "
          "says so.\n";
    }
    if (offer.providers.empty()) return out;
  }
  out += "\nServices:\n";
  for (const auto& provider : offer.providers) out += provider_text(it, provider);
  if (offer.hub_policy) {
    out += "  Your hub, for comparison:\n" + policy_lines(offer.hub_policy, "      ");
  }
  return choices.enabled ? out + choices_text(it, choices) : out;
}

std::string warnings_text(const api::ThirdParty& it) {
  const bool is_on = it.offer && it.offer->choices && it.offer->choices->enabled;
  std::string out =
      styled(Style::bold, is_on ? "What to know about them:" : "Before you turn them on:") + "\n";
  for (const auto& warning : it.warnings) {
    out += "\n" + styled(Style::yellow, "! " + printable(warning.text)) + "\n  " +
           printable(warning.more) + "\n  " + styled(Style::green, "What Parley does: ") +
           printable(warning.remedy) + "\n";
  }
  return out;
}

std::string offer_json(const api::ThirdParty& it) {
  const channel::ThirdParty offer = it.offer.value_or(channel::ThirdParty());
  const auto choices = offer.choices.value_or(channel::SetThirdParty());
  JsonLine line;
  line.add("type", "third_party").add("availability", availability_name(offer.availability));
  line.add("country", offer.country).add("enabled", choices.enabled);
  line.add("services", choices.provider_ids);
  line.add("reachable", choices.reachable);
  line.add("inbox", it.inbox == api::Inbox::combined ? "combined" : "separate");
  line.add("new_services", it.new_providers);
  std::string out = line.add("hub_policy", policy_json(offer.hub_policy)).text() + "\n";
  for (const auto& provider : offer.providers) out += provider_json(it, provider).text() + "\n";
  for (const auto& warning : it.warnings) {
    JsonLine one;
    one.add("type", "warning").add("id", warning.id).add("text", warning.text);
    out += one.add("more", warning.more).add("remedy", warning.remedy).text() + "\n";
  }
  return out;
}

}  // namespace parley::cli
