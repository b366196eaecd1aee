// The accounts of one home folder, and which of them a command means.
//
//   HOME/<hub>/<name>/   one account: its records, its lock, its socket, and
//                        the file `hub` with the hub's address, which is there
//                        once the account is registered
//
// Several accounts may live side by side: `parley signup alice`, `parley signup
// bob`, then `parley chat bob` (as alice) and `parley chat alice` (as bob).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client/runtime/hub_address.h"
#include "lib/base/result.h"

namespace parley::cli {

struct KnownAccount {
  std::string name;
  client::HubAddress hub;
  std::filesystem::path folder;
};

// ~/.local/share/parley, or below XDG_DATA_HOME.
std::filesystem::path default_home();

std::filesystem::path account_folder(const std::filesystem::path& home,
                                     const client::HubAddress& hub, const std::string& name);

// By hub, then name. A folder without the file `hub` is not an account.
std::vector<KnownAccount> list_accounts(const std::filesystem::path& home);

// Writes the file `hub`: from now on the folder is an account.
Status mark_registered(const std::filesystem::path& folder, const client::HubAddress& hub);
void unmark_registered(const std::filesystem::path& folder);

struct Wanted {
  std::string as;                         // --as; empty: not said
  std::optional<client::HubAddress> hub;  // --hub, if said
  std::string whom;                       // who the command is about; empty: nobody
};

// The account a command means: the one named with --as; else the only one; else the
// only one that is not `whom`. Otherwise a Problem that lists what there is.
KnownAccount choose_account(const std::vector<KnownAccount>& accounts, const Wanted& wanted);

}  // namespace parley::cli
