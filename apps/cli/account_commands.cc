// signup, login, logout, recovery-key, password, profile, settings, status,
// delete-account.
#include <CLI/CLI.hpp>

#include "apps/cli/context.h"
#include "apps/cli/describe.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"
#include "lib/base/limits.h"

namespace parley::cli {
namespace {

constexpr const char* kPassword = "PARLEY_PASSWORD";

// --- signup

struct SignUpOptions {
  std::string name, country, device;
};

std::string ask_country() {
  if (!is_terminal(STDIN_FILENO)) return {};
  return ask(
      "Country, two letters (decides only whether chats with other services are offered; "
      "Enter to skip)",
      "Name it with --country.");
}

std::string parse_country(std::string typed) {
  for (char& c : typed) c = c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c;
  const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (typed.empty() || (typed.size() == 2 && is_letter(typed[0]) && is_letter(typed[1]))) {
    return typed;
  }
  throw usage_problem("'" + typed + "' is no country.", "Write two letters, for example DE.");
}

void check_new_password(const std::string& password) {
  if (password.size() >= limits::kMinPasswordBytes &&
      password.size() <= limits::kMaxPasswordBytes) {
    return;
  }
  throw usage_problem("The password must have 8 to 1024 characters.",
                      "Choose a longer one; a few words are easy to remember.");
}

// Runs what makes an account; what is left of a failure goes away with it.
void make_account(Context& context, std::unique_ptr<Session> session, Session::Body body,
                  bool patient = false, std::function<void(const api::Event&)> progress = nullptr) {
  bool registered = false;
  try {
    session->run(std::move(body), patient, std::move(progress));
    registered = true;
  } catch (const Problem& problem) {
    // A hub that does not answer may have registered the account all the same: its
    // keys stay here for the next attempt.
    registered = session->status().has_account;
    const bool is_final = !registered && problem.status() != ExitStatus::unreachable &&
                          problem.status() != ExitStatus::interrupted &&
                          problem.status() != ExitStatus::local_data;
    if (registered) context.keep_account();
    session.reset();
    if (is_final) context.forget_account();
    throw;
  }
  context.keep_account();
}

ExitStatus sign_up(Context& context, const SignUpOptions& options) {
  api::SignUp request;
  request.handle = parse_name(options.name);
  context.as = request.handle;
  auto session = context.open_new(request.handle);
  request.country = parse_country(options.country.empty() ? ask_country() : options.country);
  request.password = ask_new_secret("Password for " + request.handle, kPassword);
  check_new_password(request.password);
  request.device_name = options.device.empty() ? default_device_name() : options.device;
  const std::string name = request.handle;
  make_account(context, std::move(session), std::move(request));
  print("You are " + name + " at " + context.account().hub.authority() + ".\n");
  if (is_terminal(STDOUT_FILENO)) {
    print(
        "Talk to somebody:      parley chat NAME\n"
        "Do not lose your keys: parley recovery-key\n");
  }
  return ExitStatus::ok;
}

// --- login

struct LogInOptions {
  std::string name, device;
  bool link = false, recovery = false, reset = false, json = false;
};

void choose_way(LogInOptions& options) {
  if (options.link || options.recovery || options.reset) return;
  const std::string instead = "Add --link, --recovery-key or --reset-identity.";
  note(
      "This device needs your identity key. How does it get it?\n"
      "  1  link: approve this device on one you use already\n"
      "  2  recovery key: type the key you wrote down\n"
      "  3  reset: make a new identity; your other devices are signed out and your\n"
      "     contacts see a changed safety number");
  const std::string answer = ask("1, 2 or 3", instead);
  options.link = answer == "1";
  options.recovery = answer == "2";
  options.reset = answer == "3" && confirm("Really reset the identity?", instead);
  if (!options.link && !options.recovery && !options.reset) {
    throw usage_problem("Nothing was chosen.", instead);
  }
}

void show_link_code(const api::LinkCode& code, bool json) {
  if (json) {
    JsonLine line;
    line.add("type", "link_code").add("code", code.code).add("check", code.check);
    line.add("expires", rfc3339(code.expires_at_ms));
    print(line.text() + "\n");
    return;
  }
  if (is_terminal(STDOUT_FILENO)) print(qr_code(as_bytes(code.code), uses_colours()));
  print("On a device you use already, type:\n\n  parley link " + printable(code.code) +
        "\n\nIt must show the same number: " + styled(Style::bold, printable(code.check)) +
        "\nWaiting until " + local_time(code.expires_at_ms, now_ms()) + " ...\n");
}

ExitStatus log_in_by_link(Context& context, std::unique_ptr<Session> session,
                          const LogInOptions& options, const std::string& name) {
  api::StartLink request;
  request.device_name = options.device;
  std::string linked;
  auto& raw = *session;
  raw.on_happening = [&](const api::Event& event, std::uint64_t) {
    if (const auto* status = std::get_if<api::Status>(&event.body)) linked = status->handle;
  };
  make_account(context, std::move(session), std::move(request), true, [&](const api::Event& event) {
    if (const auto* code = std::get_if<api::LinkCode>(&event.body)) {
      show_link_code(*code, options.json);
    }
  });
  if (!linked.empty() && linked != name) context.rename_account(linked);
  print("This device is linked: you are " + context.account().name + ".\n");
  return ExitStatus::ok;
}

ExitStatus log_in(Context& context, LogInOptions options) {
  const std::string name = parse_name(options.name);
  context.as = name;
  if (options.device.empty()) options.device = default_device_name();
  auto session = context.open_new(name);
  choose_way(options);
  if (options.link) return log_in_by_link(context, std::move(session), options, name);
  api::LogIn request;
  request.handle = name;
  request.device_name = options.device;
  request.reset_identity = options.reset;
  request.password = ask_secret("Password for " + name, kPassword);
  if (options.recovery) request.recovery_key = ask_secret("Recovery key", "PARLEY_RECOVERY_KEY");
  make_account(context, std::move(session), std::move(request));
  print("This device is signed in: you are " + name + ".\n");
  if (options.reset) print("Your identity is new. Your contacts are told.\n");
  return ExitStatus::ok;
}

// --- the rest

ExitStatus log_out(Context& context, bool yes) {
  auto session = context.open();
  const std::string name = context.account().name;
  if (!yes && !confirm("Remove " + name + " and its messages from this computer?", "Add --yes.")) {
    return ExitStatus::interrupted;
  }
  session->run(api::LogOut{});
  session.reset();
  context.forget_account();
  print("Logged out. Nothing of " + name + " is left here.\n");
  return ExitStatus::ok;
}

ExitStatus delete_account(Context& context, bool yes) {
  auto session = context.open();
  const std::string name = context.account().name;
  if (!yes && !confirm("Delete the account " + name + " for good, on all devices?", "Add --yes.")) {
    return ExitStatus::interrupted;
  }
  api::DeleteAccount request;
  request.password = ask_secret("Password for " + name, kPassword);
  session->run(std::move(request));
  session.reset();
  context.forget_account();
  print("The account " + name + " is deleted.\n");
  return ExitStatus::ok;
}

ExitStatus show_recovery_key(Context& context, bool renew) {
  auto session = context.open();
  api::ShowRecoveryKey request;
  request.renew = renew;
  const Answer answer = session->run(request);
  print(printable(answer.get<api::RecoveryKey>().text) + "\n");
  note(
      "Keep it on paper, away from your devices. With it and your password you get your\n"
      "identity back; so does anybody else who has both.");
  return ExitStatus::ok;
}

ExitStatus change_password(Context& context) {
  auto session = context.open();
  api::ChangePassword request;
  request.old_password = ask_secret("Old password", kPassword);
  request.new_password = ask_new_secret("New password", "PARLEY_NEW_PASSWORD");
  check_new_password(request.new_password);
  session->run(std::move(request));
  print("The password is changed.\n");
  return ExitStatus::ok;
}

ExitStatus set_profile(Context& context, const std::string& name) {
  api::SetProfile request;
  request.name = name;
  context.open()->run(std::move(request));
  print(name.empty() ? "Others see only your name.\n"
                     : "Others see you as " + printable(name) + ".\n");
  return ExitStatus::ok;
}

const char* on_off(bool value) { return value ? "on" : "off"; }

ExitStatus change_settings(Context& context, const std::string& receipts,
                           const std::string& typing) {
  auto session = context.open();
  auto settings =
      session->run(api::GetStatus{}).get<api::Status>().settings.value_or(api::Settings{});
  if (!receipts.empty()) settings.read_receipts = receipts == "on";
  if (!typing.empty()) settings.typing = typing == "on";
  if (!receipts.empty() || !typing.empty()) {
    api::SetSettings request;
    request.settings = settings;
    session->run(std::move(request));
  }
  print(std::string("receipts ") + on_off(settings.read_receipts) + "\ntyping   " +
        on_off(settings.typing) + "\n");
  return ExitStatus::ok;
}

ExitStatus show_status(Context& context, bool json) {
  auto session = context.open();
  const auto is_settled = [&] {
    return session->status().link == api::LinkState::online || session->link().failures > 0 ||
           session->lasting_problem();
  };
  session->wait_until(is_settled, Session::kLinkPatience);
  const api::Status status = session->run(api::GetStatus{}).get<api::Status>();
  const bool online = status.link == api::LinkState::online;
  const auto problem =
      status.problem != ErrorCode::unspecified ? status.problem : session->link().problem;
  if (json) {
    JsonLine line;
    line.add("name", status.handle).add("hub", context.account().hub.text());
    line.add("online", online).add("waiting", status.waiting).add("device", status.device_id);
    line.add("profile", status.profile_name);
    if (problem != ErrorCode::unspecified) line.add("problem", error_info(problem).name);
    print(line.text() + "\n");
    return ExitStatus::ok;
  }
  print("name     " + printable(status.handle) + "\nhub      " + context.account().hub.text() +
        "\nlink     " + (online ? "online" : "offline") + "\noutbox   " +
        std::to_string(status.waiting) + " waiting\ndevice   " + std::to_string(status.device_id) +
        "\n");
  if (problem != ErrorCode::unspecified) {
    print("problem  " + std::string(error_info(problem).text) + " " +
          std::string(error_info(problem).advice) + "\n");
  }
  return ExitStatus::ok;
}

}  // namespace

void add_account_commands(CLI::App& app, Context& context, Action& action) {
  auto* signup = app.add_subcommand("signup", "Make an account");
  auto in = std::make_shared<SignUpOptions>();
  signup->add_option("NAME", in->name, "3 to 32 of a-z, 0-9, '.', '_', '-'")->required();
  signup->add_option("--country", in->country,
                     "Two letters; decides only whether chats with "
                     "other services are offered");
  signup->add_option("--device", in->device, "This device's name for your other devices");
  signup->footer(
      example("  parley signup alice --country DE\n"
              "  PARLEY_PASSWORD='four words are enough' parley signup alice --country DE"));
  signup->callback([&, in] { action = [&, in] { return sign_up(context, *in); }; });

  auto* login = app.add_subcommand("login", "Use an account on this computer too");
  auto way = std::make_shared<LogInOptions>();
  login->add_option("NAME", way->name, "The account's name")->required();
  auto* link = login->add_flag("--link", way->link, "Approve it on a device you use already");
  auto* recovery = login->add_flag("--recovery-key", way->recovery,
                                   "Use the recovery key (asked for, or PARLEY_RECOVERY_KEY)");
  auto* reset = login->add_flag("--reset-identity", way->reset,
                                "Make a new identity: other devices are signed out, contacts told");
  link->excludes(recovery)->excludes(reset);
  recovery->excludes(reset);
  login->add_option("--device", way->device, "This device's name for your other devices");
  login->add_flag("--json", way->json, "The link code and errors as JSON");
  login->footer(example("  parley login alice\n  parley login alice --link"));
  login->callback([&, way] {
    context.json = way->json;
    action = [&, way] { return log_in(context, *way); };
  });

  auto yes = std::make_shared<bool>(false);
  auto* logout = app.add_subcommand("logout", "Remove this device from the account, and its data");
  logout->add_flag("--yes", *yes, "Do not ask");
  logout->footer(example("  parley logout\n  parley --as alice logout --yes"));
  logout->callback([&, yes] { action = [&, yes] { return log_out(context, *yes); }; });

  auto* removal = app.add_subcommand("delete-account", "Delete the account for good");
  removal->add_flag("--yes", *yes, "Do not ask");
  removal->footer(example("  parley --as alice delete-account"));
  removal->callback([&, yes] { action = [&, yes] { return delete_account(context, *yes); }; });

  auto renew = std::make_shared<bool>(false);
  auto* key = app.add_subcommand("recovery-key", "Show the key that gets your identity back");
  key->add_flag("--renew", *renew, "Make a new one; the old one stops working");
  key->footer(example("  parley recovery-key"));
  key->callback([&, renew] { action = [&, renew] { return show_recovery_key(context, *renew); }; });

  auto* password = app.add_subcommand("password", "Change the password");
  password->footer(
      example("  parley password\n"
              "  PARLEY_PASSWORD=old PARLEY_NEW_PASSWORD=new parley password"));
  password->callback([&] { action = [&] { return change_password(context); }; });

  auto shown = std::make_shared<std::string>();
  auto* profile = app.add_subcommand("profile", "The name others see beside yours");
  profile->add_option("NAME", *shown, "Any text; empty removes it")->required();
  profile->footer(example("  parley profile 'Alice Example'"));
  profile->callback([&, shown] { action = [&, shown] { return set_profile(context, *shown); }; });

  auto receipts = std::make_shared<std::string>(), typing = std::make_shared<std::string>();
  auto* settings =
      app.add_subcommand("settings", "What others learn about your reading and typing");
  settings->add_option("--receipts", *receipts, "Tell senders that you have read")
      ->check(CLI::IsMember({"on", "off"}));
  settings->add_option("--typing", *typing, "Tell others that you are typing")
      ->check(CLI::IsMember({"on", "off"}));
  settings->footer(example("  parley settings --receipts off --typing off"));
  settings->callback([&, receipts, typing] {
    action = [&, receipts, typing] { return change_settings(context, *receipts, *typing); };
  });

  auto json = std::make_shared<bool>(false);
  auto* status = app.add_subcommand("status", "Who you are here, and how the link stands");
  status->add_flag("--json", *json, "As one JSON object");
  status->footer(example("  parley status"));
  status->callback([&, json] {
    context.json = *json;
    action = [&, json] { return show_status(context, *json); };
  });
}

}  // namespace parley::cli
