#include "apps/cli/accounts.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <tuple>

#include "apps/cli/problem.h"
#include "client/runtime/folder_lock.h"

namespace parley::cli {
namespace {

constexpr const char* kHubFile = "hub";

std::string names_of(const std::vector<KnownAccount>& accounts) {
  std::string names;
  for (const auto& account : accounts) {
    if (!names.empty()) names += ", ";
    names += account.name + " (" + account.hub.authority() + ")";
  }
  return names;
}

Problem no_account(const Wanted& wanted, const std::vector<KnownAccount>& accounts) {
  if (accounts.empty()) return Problem(Error{ErrorCode::no_account, {}});
  std::string text = "There is no account";
  if (!wanted.as.empty()) text += " named " + wanted.as;
  if (wanted.hub) text += " at " + wanted.hub->authority();
  return Problem(ExitStatus::not_found, ErrorCode::no_account, text + " here.",
                 "These are here: " + names_of(accounts));
}

}  // namespace

std::filesystem::path default_home() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && data[0] == '/') {
    return std::filesystem::path(data) / "parley";
  }
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] == '\0') {
    throw usage_problem("It is not known where your data lies: HOME is not set.",
                        "Name a folder with --home DIR.");
  }
  return std::filesystem::path(home) / ".local" / "share" / "parley";
}

std::filesystem::path account_folder(const std::filesystem::path& home,
                                     const client::HubAddress& hub, const std::string& name) {
  return home / hub.folder_name() / name;
}

std::vector<KnownAccount> list_accounts(const std::filesystem::path& home) {
  std::vector<KnownAccount> found;
  std::error_code error;
  for (const auto& hub : std::filesystem::directory_iterator(home, error)) {
    std::error_code ignored;
    for (const auto& account : std::filesystem::directory_iterator(hub.path(), ignored)) {
      std::ifstream file(account.path() / kHubFile);
      std::string text;
      if (!std::getline(file, text)) continue;
      auto address = client::HubAddress::parse(text);
      if (!address) continue;
      found.push_back({account.path().filename().string(), *address, account.path()});
    }
  }
  std::ranges::sort(found, {}, [](const KnownAccount& one) {
    return std::make_tuple(one.hub.authority(), one.name);
  });
  return found;
}

Status mark_registered(const std::filesystem::path& folder, const client::HubAddress& hub) {
  std::ofstream file(folder / kHubFile, std::ios::trunc);
  file << hub.text() << '\n';
  file.close();
  if (!file) return fail(ErrorCode::store_unwritable, (folder / kHubFile).string());
  return {};
}

void unmark_registered(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::remove(folder / kHubFile, ignored);
}

KnownAccount choose_account(const std::vector<KnownAccount>& accounts, const Wanted& wanted) {
  std::vector<KnownAccount> fitting;
  std::ranges::copy_if(accounts, std::back_inserter(fitting), [&](const KnownAccount& one) {
    // The folder's name says whether it is the same hub: localhost is 127.0.0.1.
    return (!wanted.hub || one.hub.folder_name() == wanted.hub->folder_name()) &&
           (wanted.as.empty() || one.name == wanted.as);
  });
  if (fitting.empty()) throw no_account(wanted, accounts);
  if (fitting.size() > 1 && !wanted.whom.empty()) {
    std::vector<KnownAccount> others;
    std::ranges::copy_if(fitting, std::back_inserter(others),
                         [&](const KnownAccount& one) { return one.name != wanted.whom; });
    if (others.size() == 1) return others.front();
  }
  if (fitting.size() > 1) {
    throw usage_problem("There are several accounts here: " + names_of(fitting) + ".",
                        "Say which one you mean with --as NAME (or PARLEY_AS, or --hub).");
  }
  return fitting.front();
}

}  // namespace parley::cli
