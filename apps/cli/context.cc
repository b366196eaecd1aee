#include "apps/cli/context.h"

#include <unistd.h>

#include <algorithm>

#include "apps/cli/terminal.h"
#include "client/runtime/folder_lock.h"
#include "lib/base/limits.h"

namespace parley::cli {

std::filesystem::path Context::home_folder() const {
  return home.empty() ? default_home() : std::filesystem::absolute(home);
}

client::HubAddress Context::hub_or_default() const {
  auto address = client::HubAddress::parse(hub.empty() ? kDefaultHub : hub);
  if (!address) {
    throw usage_problem("'" + hub + "' is no address of a hub: " + address.error().detail + ".",
                        "Write --hub 127.0.0.1:8420 or --hub https://chat.example.org.");
  }
  return *address;
}

client::MessengerConfig Context::config() const { return {account_.folder, account_.hub, ca_file}; }

std::unique_ptr<Session> Context::open(const std::string& whom) {
  const auto accounts = list_accounts(home_folder());
  Wanted wanted{as, std::nullopt, whom};
  if (!hub.empty()) wanted.hub = hub_or_default();
  account_ = choose_account(accounts, wanted);
  if (wanted.hub) account_.hub = *wanted.hub;  // it may have moved from http to https
  if (accounts.size() > 1 && as.empty()) note("(as " + account_.name + ")");
  return std::make_unique<Session>(config());
}

std::unique_ptr<Session> Context::open_new(const std::string& name) {
  account_ = {name, hub_or_default(), account_folder(home_folder(), hub_or_default(), name)};
  for (const auto& known : list_accounts(home_folder())) {
    if (known.folder != account_.folder) continue;
    throw Problem(
        ExitStatus::refused, ErrorCode::account_exists,
        "The account " + name + " is on this computer already.",
        "Use it with --as " + name + ", or remove it with: parley --as " + name + " logout");
  }
  const auto parent = account_.folder.parent_path();
  must(client::make_private_folder(home_folder()));
  must(client::make_private_folder(parent));
  return std::make_unique<Session>(config());
}

void Context::keep_account() { must(mark_registered(account_.folder, account_.hub)); }

void Context::rename_account(const std::string& name) {
  const auto folder = account_.folder.parent_path() / parse_name(name);
  std::error_code error;
  std::filesystem::rename(account_.folder, folder, error);
  if (error) {
    throw Problem(ExitStatus::refused, ErrorCode::account_exists,
                  "The device that approved belongs to " + name + ", who is here already.",
                  "Approve it on a device of the account you want.");
  }
  account_.name = name;
  account_.folder = folder;
}

void Context::forget_account() {
  unmark_registered(account_.folder);
  std::error_code ignored;
  std::filesystem::remove_all(account_.folder, ignored);
  std::filesystem::remove(account_.folder.parent_path(), ignored);  // if it is empty
}

namespace {

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return text;
}

bool is_service(const std::string& id) {
  return id.size() >= 2 && id.size() <= 32 && std::ranges::all_of(id, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

}  // namespace

std::string parse_who(const std::string& typed) {
  const std::size_t at = typed.rfind('@');
  if (at == std::string::npos) return parse_name(typed);
  constexpr std::size_t kMaxVisibleBytes = 95;
  const std::string name = lower_case(typed);
  const bool is_plain = std::ranges::all_of(name, [](char c) { return c > 0x20 && c != 0x7f; });
  if (at == 0 || at > kMaxVisibleBytes || !is_plain || !is_service(name.substr(at + 1))) {
    throw usage_problem("'" + typed + "' cannot be a name.",
                        "Somebody of another service is written NAME@SERVICE, like bob@nordlys.");
  }
  return name;
}

std::string parse_name(const std::string& typed) {
  const std::string name = lower_case(typed);
  const bool fits =
      name.size() >= limits::kMinHandleBytes && name.size() <= limits::kMaxHandleBytes &&
      std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
      });
  // "..." would be a folder's name with a meaning on some systems.
  if (!fits || name.find_first_not_of('.') == std::string::npos) {
    throw usage_problem("'" + typed + "' cannot be a name.",
                        "A name has 3 to 32 of a-z, 0-9, '.', '_' and '-'.");
  }
  return name;
}

api::Peer peer_named(const std::string& name) {
  api::Peer peer;
  peer.handle = name;
  return peer;
}

std::string example(std::string_view lines) { return "Example:\n" + std::string(lines); }

std::string default_device_name() {
  char name[64] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "terminal";
}

}  // namespace parley::cli
