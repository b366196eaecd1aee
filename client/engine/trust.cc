#include "client/engine/trust.h"

#include "client/engine/contacts.h"
#include "client/engine/third_party.h"

namespace parley::client {
namespace {

using channel::Protection;

bool is_end_to_end(Protection protection) {
  return protection == Protection::end_to_end_signal || protection == Protection::end_to_end_omemo;
}

std::string declaration_of(const TrustFacts& facts) {
  const std::string& name = facts.provider_name;
  if (!facts.declaration_known) return "What " + name + " declares is not known here.";
  const std::string says = name + " declares";
  switch (facts.protection) {
    case Protection::end_to_end_signal:
      return says +
             ": messages are decrypted only on the person's own devices "
             "(Signal Protocol, version 4).";
    case Protection::end_to_end_omemo:
      return says +
             ": messages are decrypted only on the person's own devices "
             "(OMEMO, Signal Protocol version 3).";
    case Protection::to_connector:
      return says +
             ": a connector of theirs decrypts messages and passes them on with the other "
             "service's own protection.";
    default:
      return says + " nothing about how messages are protected.";
  }
}

void add_checked(api::Trust& trust, const TrustFacts& facts, std::size_t devices) {
  auto& checked = trust.checked_here;
  // Of every chat: this device sends nothing in any other way.
  checked.emplace_back(
      "Every message is encrypted on this device; only devices whose keys are signed by the "
      "identity key below get it.");
  if (devices > 0) {
    checked.push_back("They have " + std::to_string(devices) +
                      (devices == 1 ? " device." : " devices.") +
                      " A new one needs the same identity key.");
  }
  if (facts.key_changed) {
    checked.emplace_back(
        "The identity key is another one than the one you verified. Nothing is sent until you "
        "decide.");
  } else if (facts.verified) {
    checked.emplace_back("You compared the safety number; the identity key is still the same.");
  } else if (facts.key_known) {
    checked.emplace_back(
        "The identity key is the one seen first or accepted since. Whether it is theirs is not "
        "known before you compare the safety number.");
  } else {
    checked.emplace_back("Their identity key is not known yet.");
  }
}

api::Witness witness(std::string who, std::string sees) {
  api::Witness one;
  one.who = std::move(who);
  one.sees = std::move(sees);
  return one;
}

void add_witnesses(api::Trust& trust, const TrustFacts& facts) {
  auto& all = trust.who_sees;
  all.push_back(witness("you and the other person", "everything"));
  all.push_back(witness("your hub",
                        "who writes to whom, when, and how much (padded); no content, unless one "
                        "of you reports a message"));
  const std::string& name = facts.provider_name;
  if (name.empty()) return;
  if (!facts.declaration_known) {
    all.push_back(witness(name,
                          "who writes to whom and when; whether it can read the content is not "
                          "known here; not your internet address"));
  } else if (is_end_to_end(facts.protection)) {
    all.push_back(witness(name, "that and when the person gets messages; no content, as " + name +
                                    " declares; not your internet address"));
  } else {
    all.push_back(witness(name,
                          "the content, and who writes to whom and when; not your internet "
                          "address"));
  }
}

// What sessions are made with (sealing.cc, receiving.cc), whatever a service declares.
constexpr const char* kProtocol = "Signal Protocol, version 4 (PQXDH, Double Ratchet)";

}  // namespace

TrustLine trust_line(const TrustFacts& facts) {
  using Level = api::TrustLevel;
  const std::string& name = facts.provider_name;
  if (facts.key_changed) {
    return {Level::key_changed, "the safety number has changed since you verified it"};
  }
  if (!name.empty() && !facts.declaration_known) {
    return {Level::protection_unknown, "what protects this chat is not known here"};
  }
  // A key that belongs to a connector says nothing about the person behind it.
  if (!name.empty() && facts.protection == Protection::to_connector) {
    return {Level::to_connector, "encrypted to a connector run by " + name +
                                     ", then the other service's own protection"};
  }
  if (!name.empty() && !is_end_to_end(facts.protection)) {
    return {Level::not_end_to_end, "not end-to-end encrypted"};
  }
  if (facts.verified) return {Level::verified, "end-to-end encrypted, verified"};
  if (name.empty()) return {Level::end_to_end, "end-to-end encrypted, not verified"};
  return {Level::end_to_end_as_declared, "end-to-end encrypted, as " + name + " declares"};
}

Result<api::Trust> trust_in(Step& step, const records::Contact& contact) {
  PARLEY_TRY(name, display_name_of(step, contact.provider));
  PARLEY_TRY(offered, find_provider(step, contact.provider));
  PARLEY_TRY(provider, last_known_provider(step, contact.provider));
  PARLEY_TRY(own_policy, hub_policy(step));
  PARLEY_TRY(identity, step.identity());
  TrustFacts facts;
  facts.provider_name = name;
  facts.declaration_known = provider.has_value();
  facts.still_offered = offered.has_value();
  if (provider) facts.protection = provider->protection;
  facts.key_known = !contact.identity_key.empty();
  facts.verified = is_verified(contact);
  facts.key_changed = is_change_undecided(contact);

  TrustLine line = trust_line(facts);
  api::Trust trust;
  trust.level = line.level;
  trust.line = std::move(line.text);
  trust.protocol = kProtocol;
  trust.own_identity_key = to_bytes(identity.key.public_key.serialize());
  trust.their_identity_key = contact.identity_key;
  add_checked(trust, facts, contact.devices.size());
  if (!name.empty()) trust.declared.push_back(declaration_of(facts));
  if (facts.declaration_known && !facts.still_offered) {
    trust.declared.push_back(name +
                             " is not connected for you any more; this is what it declared last.");
  }
  add_witnesses(trust, facts);
  if (provider) trust.provider_policy = provider->data_policy;
  trust.hub_policy = own_policy;
  return trust;
}

}  // namespace parley::client
