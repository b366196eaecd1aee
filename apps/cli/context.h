// What every command gets: the options that stand before it, and from them the
// account it works on.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "apps/cli/accounts.h"
#include "apps/cli/session.h"

namespace CLI {
class App;
}

namespace parley::cli {

inline constexpr const char* kDefaultHub = "127.0.0.1:8420";

class Context {
 public:
  // As given on the command line or in PARLEY_HOME, PARLEY_HUB, PARLEY_CA, PARLEY_AS.
  std::string home, hub, ca_file, as;
  // Errors as JSON.
  bool json = false;

  // --- where things are
  std::filesystem::path home_folder() const;
  client::HubAddress hub_or_default() const;

  // --- sessions
  // On an account that is here already; `whom`: who the command is about.
  std::unique_ptr<Session> open(const std::string& whom = {});
  // On one that is about to be made.
  std::unique_ptr<Session> open_new(const std::string& name);
  // After sign-up or login: the folder is an account now.
  void keep_account();
  // After a link that another account approved; only once the session is closed.
  void rename_account(const std::string& name);
  // After logout, or a sign-up that failed: the folder goes, once the session is closed.
  void forget_account();

  // The account in use; valid after open().
  const KnownAccount& account() const { return account_; }

 private:
  client::MessengerConfig config() const;

  KnownAccount account_;
};

// A command sets the action that main() then runs.
using Action = std::function<ExitStatus()>;

// Each adds some commands; `action` is set when one of them was chosen.
void add_account_commands(CLI::App& app, Context& context, Action& action);
void add_device_commands(CLI::App& app, Context& context, Action& action);
void add_message_commands(CLI::App& app, Context& context, Action& action);
void add_people_commands(CLI::App& app, Context& context, Action& action);
void add_request_commands(CLI::App& app, Context& context, Action& action);
void add_report_command(CLI::App& app, Context& context, Action& action);
void add_third_party_command(CLI::App& app, Context& context, Action& action);
void add_chats_command(CLI::App& app, Context& context, Action& action);
void add_listen_command(CLI::App& app, Context& context, Action& action);
void add_backup_commands(CLI::App& app, Context& context, Action& action);
void add_file_commands(CLI::App& app, Context& context, Action& action);
void add_chat_command(CLI::App& app, Context& context, Action& action);

// "bob" or "Bob" as the name it is; throws a usage problem for what cannot be one.
std::string parse_name(const std::string& typed);
// Somebody here ("bob") or at another service ("bob@nordlys", "bob@mail.org@nordlys"): the
// part after the last @ is the service.
std::string parse_who(const std::string& typed);
api::Peer peer_named(const std::string& name);
// What the command's --help ends with.
std::string example(std::string_view lines);
// This machine's name, as the name of a new device.
std::string default_device_name();

}  // namespace parley::cli
