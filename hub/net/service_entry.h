// What an operator enters about a service: one table of fields serves the configuration file,
// the command line and the admin interface, with one set of checks, so that all three accept
// and refuse the same and say it in the same words.
//
// Enumerators are the schema's names in lower case ("end_to_end_signal"). Plain values; pure
// functions; nothing throws.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "proto/channel.h"

namespace parley::hub {

inline constexpr std::size_t kMaxLogoBytes = 64 * 1024;
inline constexpr std::size_t kMaxSandboxAccounts = 32;
// docs/protocol/identity.md, section 2. Of its files' addresses more may be known (url.h).
inline constexpr std::size_t kMaxServiceUrlBytes = 1024;

struct ServiceEntry {
  std::string id;
  std::string display_name;
  wire::channel::IdForm id_form = wire::channel::IdForm::username;
  wire::channel::Protection protection = wire::channel::Protection::end_to_end_signal;
  std::vector<wire::channel::Feature> features;
  std::string jwks_url;
  std::string push_url;
  std::string media_base_url;
  std::string contact;
  wire::channel::ProviderState state = wire::channel::ProviderState::applied;
  std::string state_reason;
  std::uint64_t new_people_a_day = 1'000;
  std::vector<std::string> sandbox_accounts;
  bool allow_private_addresses = false;
  wire::channel::DataPolicy data_policy;
  Bytes logo;  // PNG
};

using EnteredValue = std::variant<std::string, std::vector<std::string>, bool, std::int64_t>;

struct EntryField {
  std::string name;  // "jwks_url", "data_policy.retention"
  std::variant<std::string*, std::vector<std::string>*, bool*, std::uint64_t*,
               wire::channel::IdForm*, wire::channel::Protection*, wire::channel::ProviderState*,
               std::vector<wire::channel::Feature>*>
      place;
  std::string meaning;
};

// In the order they are shown. The places point into `entry`. The logo is not among them:
// it is a file here and bytes there.
std::vector<EntryField> entry_fields(ServiceEntry& entry);

// What the field accepts is checked; the detail says what was expected.
Status enter(const EntryField& field, const EnteredValue& value);
EnteredValue entered(const EntryField& field);

struct EntryProblem {
  std::string field;
  std::string message;
};
// What is missing or does not fit together.
std::vector<EntryProblem> problems_of(const ServiceEntry& entry);

bool is_provider_id(std::string_view text);

// "end_to_end_signal"; "unknown" for what this version does not know.
std::string word_for(wire::channel::ProviderState state);
std::optional<wire::channel::ProviderState> state_for(std::string_view word);

}  // namespace parley::hub
