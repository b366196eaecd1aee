#include "hub/net/service_entry.h"

#include <algorithm>

#include "hub/net/url.h"
#include "lib/base/encoding.h"
#include "lib/json/enum_names.h"

namespace parley::hub {
namespace {

using wire::channel::ProviderState;

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxContactBytes = 256;
constexpr std::size_t kMaxSentenceBytes = 512;
constexpr std::int64_t kMaxPeopleADay = 1'000'000'000;

std::string lower(std::string_view name) {
  std::string text(name);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return text;
}

auto expected(std::string what) {
  return fail(ErrorCode::invalid_argument, "expected " + std::move(what));
}

// The zero value means "not said" on the wire; nobody enters it.
template <typename Enum>
std::optional<Enum> value_for(std::string_view word) {
  for (const auto& each : json::names_of(Enum{})) {
    if (each.value != Enum{} && lower(each.name) == word) return each.value;
  }
  return {};
}

template <typename Enum>
std::string words_of() {
  std::string text;
  for (const auto& each : json::names_of(Enum{})) {
    if (each.value == Enum{}) continue;
    text += (text.empty() ? "" : ", ") + lower(each.name);
  }
  return text;
}

template <typename Enum>
std::string word(Enum value) {
  const std::string_view name = json::name_of(value);
  return name.empty() ? "unknown" : lower(name);
}

struct Enter {
  const EnteredValue& value;

  Status operator()(std::string* place) const {
    const auto* text = std::get_if<std::string>(&value);
    if (!text) return expected("a text");
    *place = *text;
    return {};
  }
  Status operator()(std::vector<std::string>* place) const {
    const auto* texts = std::get_if<std::vector<std::string>>(&value);
    if (!texts) return expected("a list of texts");
    *place = *texts;
    return {};
  }
  Status operator()(bool* place) const {
    const auto* yes = std::get_if<bool>(&value);
    if (!yes) return expected("true or false");
    *place = *yes;
    return {};
  }
  Status operator()(std::uint64_t* place) const {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (!number || *number < 0 || *number > kMaxPeopleADay) {
      return expected("a whole number from 0 to 1000000000");
    }
    *place = static_cast<std::uint64_t>(*number);
    return {};
  }
  template <typename Enum>
    requires std::is_enum_v<Enum>
  Status operator()(Enum* place) const {
    const auto* text = std::get_if<std::string>(&value);
    const auto found = text ? value_for<Enum>(*text) : std::nullopt;
    if (!found) return expected("one of " + words_of<Enum>());
    *place = *found;
    return {};
  }
  Status operator()(std::vector<wire::channel::Feature>* place) const {
    const auto* texts = std::get_if<std::vector<std::string>>(&value);
    if (!texts) return expected("a list of features");
    place->clear();
    for (const std::string& text : *texts) {
      const auto found = value_for<wire::channel::Feature>(text);
      if (!found) return expected("only " + words_of<wire::channel::Feature>());
      place->push_back(*found);
    }
    return {};
  }
};

struct Entered {
  EnteredValue operator()(const std::string* place) const { return *place; }
  EnteredValue operator()(const std::vector<std::string>* place) const { return *place; }
  EnteredValue operator()(const bool* place) const { return *place; }
  EnteredValue operator()(const std::uint64_t* place) const {
    return static_cast<std::int64_t>(*place);
  }
  template <typename Enum>
    requires std::is_enum_v<Enum>
  EnteredValue operator()(const Enum* place) const {
    return word(*place);
  }
  EnteredValue operator()(const std::vector<wire::channel::Feature>* place) const {
    std::vector<std::string> words;
    for (const auto feature : *place) words.push_back(word(feature));
    return words;
  }
};

class Checker {
 public:
  std::vector<EntryProblem> take() && { return std::move(problems_); }

  void wrong(std::string field, std::string message) {
    problems_.push_back({std::move(field), std::move(message)});
  }
  void text(const std::string& field, const std::string& value, std::size_t most) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    if (value.size() > most) wrong(field, "at most " + std::to_string(most) + " bytes");
    if (!is_valid_utf8(as_bytes(value)) || std::any_of(value.begin(), value.end(), is_control)) {
      wrong(field, "expected UTF-8 on one line");
    }
  }
  void url(const std::string& field, const std::string& value, bool plain_too) {
    if (value.size() > kMaxServiceUrlBytes) return wrong(field, "at most 1024 bytes");
    const auto url = parse_url(value);
    if (!url) return wrong(field, url.error().detail);
    if (!url->https && !plain_too) {
      wrong(field, "expected https; http needs allow_private_addresses = true");
    }
  }

 private:
  std::vector<EntryProblem> problems_;
};

void check_urls(const ServiceEntry& entry, Checker& check) {
  const bool plain_too = entry.allow_private_addresses;
  if (entry.jwks_url.empty()) {
    check.wrong("jwks_url", "missing: where the service publishes its keys");
  } else {
    check.url("jwks_url", entry.jwks_url, plain_too);
  }
  if (!entry.push_url.empty()) check.url("push_url", entry.push_url, plain_too);
  if (entry.media_base_url.empty()) return;
  check.url("media_base_url", entry.media_base_url, plain_too);
  if (entry.media_base_url.back() != '/' || entry.media_base_url.find('?') != std::string::npos) {
    check.wrong("media_base_url", "must end in / and have no query");
  }
}

bool is_png(const Bytes& bytes) {
  constexpr std::uint8_t kMagic[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  return bytes.size() > sizeof kMagic &&
         std::equal(std::begin(kMagic), std::end(kMagic), bytes.begin());
}

void check_state(const ServiceEntry& entry, Checker& check) {
  if (entry.sandbox_accounts.size() > kMaxSandboxAccounts) {
    check.wrong("sandbox_accounts", "at most 32 accounts");
  }
  if (entry.state == ProviderState::suspended && entry.state_reason.empty()) {
    check.wrong("state_reason", "missing: users and the service get to see why");
  }
}

}  // namespace

bool is_provider_id(std::string_view text) {
  return text.size() >= 2 && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

std::string word_for(ProviderState state) { return word(state); }
std::optional<ProviderState> state_for(std::string_view text) {
  return value_for<ProviderState>(text);
}

std::vector<EntryField> entry_fields(ServiceEntry& e) {
  return {
      {"id", &e.id, "What stands after the @ of its people's names: [a-z0-9-], 2 to 32."},
      {"display_name", &e.display_name, "What people see."},
      {"id_form", &e.id_form,
       "How its people are named: " + words_of<wire::channel::IdForm>() + "."},
      {"protection", &e.protection,
       "What protects messages on their way, as the service declares: " +
           words_of<wire::channel::Protection>() + "."},
      {"features", &e.features,
       "What its apps can show and make: " + words_of<wire::channel::Feature>() + "."},
      {"jwks_url", &e.jwks_url, "Where it publishes the keys that sign its tokens."},
      {"push_url", &e.push_url, "Where the hub says that something waits. Empty: nowhere."},
      {"media_base_url", &e.media_base_url,
       "What the addresses of its media begin with. Empty: it has none."},
      {"contact", &e.contact, "Whom the operator writes to."},
      {"state", &e.state, words_of<ProviderState>() + "."},
      {"state_reason", &e.state_reason, "Why it is suspended; users and the service see it."},
      {"new_people_a_day", &e.new_people_a_day,
       "How many people here its people may write to for the first time in a day; falls with "
       "its report rate."},
      {"sandbox_accounts", &e.sandbox_accounts,
       "While in sandbox: the names (alice, bob@nordlys) for whom it works."},
      {"allow_private_addresses", &e.allow_private_addresses,
       "Whether its servers may be in a private network and speak http. For services that run "
       "beside the hub."},
      {"data_policy.retention", &e.data_policy.retention, "How long it keeps what."},
      {"data_policy.jurisdiction", &e.data_policy.jurisdiction, "Whose law applies."},
      {"data_policy.who_can_read", &e.data_policy.who_can_read, "Who can read messages there."},
      {"data_policy.contact", &e.data_policy.contact, "Whom users ask about their data."},
      {"data_policy.url", &e.data_policy.url, "Where the policy is read in full."},
  };
}

Status enter(const EntryField& field, const EnteredValue& value) {
  return std::visit(Enter{value}, field.place);
}

EnteredValue entered(const EntryField& field) { return std::visit(Entered{}, field.place); }

std::vector<EntryProblem> problems_of(const ServiceEntry& entry) {
  Checker check;
  if (!is_provider_id(entry.id)) check.wrong("id", "expected 2 to 32 of a-z, 0-9 and -");
  if (entry.display_name.empty()) check.wrong("display_name", "missing: what people see");
  check.text("display_name", entry.display_name, kMaxNameBytes);
  check.text("contact", entry.contact, kMaxContactBytes);
  check.text("state_reason", entry.state_reason, kMaxSentenceBytes);
  check.text("data_policy.retention", entry.data_policy.retention, kMaxSentenceBytes);
  check.text("data_policy.jurisdiction", entry.data_policy.jurisdiction, kMaxSentenceBytes);
  check.text("data_policy.who_can_read", entry.data_policy.who_can_read, kMaxSentenceBytes);
  check.text("data_policy.contact", entry.data_policy.contact, kMaxContactBytes);
  check.text("data_policy.url", entry.data_policy.url, kMaxSentenceBytes);
  check_urls(entry, check);
  check_state(entry, check);
  if (entry.logo.size() > kMaxLogoBytes) check.wrong("logo", "at most 64 KiB");
  if (!entry.logo.empty() && !is_png(entry.logo)) check.wrong("logo", "expected a PNG image");
  return std::move(check).take();
}

}  // namespace parley::hub
