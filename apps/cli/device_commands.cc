// devices (list, rename, remove), link.
#include <CLI/CLI.hpp>

#include "apps/cli/context.h"
#include "apps/cli/describe.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"

namespace parley::cli {
namespace {

ExitStatus list_devices(Context& context, bool json) {
  const Answer answer = context.open()->run(api::ListDevices{});
  for (const auto& device : answer.get<api::DeviceList>().devices) {
    if (json) {
      JsonLine line;
      line.add("id", device.device_id).add("name", device.name).add("online", device.online);
      line.add("this_device", device.this_device).add("added", rfc3339(device.created_at_ms));
      line.add("last_seen", rfc3339(device.last_seen_ms));
      print(line.text() + "\n");
      continue;
    }
    std::string state = device.this_device ? "this device"
                        : device.online    ? "online"
                                        : "last seen " + local_time(device.last_seen_ms, now_ms());
    print(std::to_string(device.device_id) + "  " + styled(Style::bold, printable(device.name)) +
          "  " + styled(Style::dim, state) + "\n");
  }
  return ExitStatus::ok;
}

ExitStatus rename_device(Context& context, std::uint32_t id, const std::string& name) {
  api::RenameDevice request;
  request.device_id = id;
  request.name = name;
  context.open()->run(std::move(request));
  print("Device " + std::to_string(id) + " is now called " + printable(name) + ".\n");
  return ExitStatus::ok;
}

ExitStatus remove_device(Context& context, std::uint32_t id, bool yes) {
  auto session = context.open();
  if (!yes && !confirm("Sign device " + std::to_string(id) + " out?", "Add --yes.")) {
    return ExitStatus::interrupted;
  }
  api::RemoveDevice request;
  request.device_id = id;
  session->run(request);
  print("Device " + std::to_string(id) + " is signed out.\n");
  return ExitStatus::ok;
}

struct LinkOptions {
  std::string code, check;
  bool yes = false;
};

ExitStatus link(Context& context, LinkOptions options) {
  auto session = context.open();
  if (options.code.empty()) {
    options.code = ask("The code that the new device shows", "Write it after: parley link");
  }
  api::InspectLink inspect;
  inspect.code = options.code;
  const std::string check = session->run(std::move(inspect)).get<api::LinkCheck>().check;
  if (!options.check.empty() && options.check != check) {
    throw Problem(ExitStatus::refused, ErrorCode::link_expired,
                  "The new device shows another number than this code has: " + check + ".",
                  "Do not approve it. Show a new code on the new device and try again.");
  }
  if (options.check.empty() && !options.yes &&
      !confirm("Does the new device show " + styled(Style::bold, printable(check)) + "?",
               "Add --check NUMBER with the number that the new device shows.")) {
    note("Not approved. Nothing has changed.");
    return ExitStatus::refused;
  }
  api::ApproveLink approve;
  approve.code = options.code;
  session->run(std::move(approve));
  print("Approved. The new device is signed in in a moment.\n");
  return ExitStatus::ok;
}

}  // namespace

void add_device_commands(CLI::App& app, Context& context, Action& action) {
  auto json = std::make_shared<bool>(false);
  auto* devices = app.add_subcommand("devices", "List, rename and remove your devices");
  devices->require_subcommand(0, 1);
  devices->add_flag("--json", *json, "One JSON object a line");
  devices->footer(
      example("  parley devices\n  parley devices rename 2 'Laptop'\n"
              "  parley devices remove 2"));
  devices->callback([&, json, devices] {
    context.json = *json;
    if (devices->get_subcommands().empty()) {
      action = [&, json] { return list_devices(context, *json); };
    }
  });

  auto id = std::make_shared<std::uint32_t>(0);
  auto name = std::make_shared<std::string>();
  auto yes = std::make_shared<bool>(false);
  auto* rename = devices->add_subcommand("rename", "Give a device another name");
  rename->add_option("ID", *id, "As parley devices shows it")->required();
  rename->add_option("NAME", *name, "The new name")->required();
  rename->footer(example("  parley devices rename 2 'Laptop'"));
  rename->callback(
      [&, id, name] { action = [&, id, name] { return rename_device(context, *id, *name); }; });
  auto* removal = devices->add_subcommand("remove", "Sign a device out");
  removal->add_option("ID", *id, "As parley devices shows it")->required();
  removal->add_flag("--yes", *yes, "Do not ask");
  removal->footer(example("  parley devices remove 2"));
  removal->callback(
      [&, id, yes] { action = [&, id, yes] { return remove_device(context, *id, *yes); }; });

  auto options = std::make_shared<LinkOptions>();
  auto* approve = app.add_subcommand("link", "Approve a new device of yours");
  approve->add_option("CODE", options->code, "What the new device shows; asked for if missing");
  auto* check = approve->add_option("--check", options->check,
                                    "The number that the new device shows; then nothing is asked");
  approve->add_flag("--yes", options->yes, "Approve without comparing the numbers")
      ->excludes(check);
  approve->footer(
      example("  On the new device:  parley login alice --link\n"
              "  Here:               parley link CODE"));
  approve->callback([&, options] { action = [&, options] { return link(context, *options); }; });
}

}  // namespace parley::cli
