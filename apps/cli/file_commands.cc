// save, files; and the files of send.
#include "apps/cli/file_commands.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "apps/cli/describe.h"
#include "apps/cli/describe_files.h"
#include "apps/cli/find_message.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"
#include "apps/cli/transfer_watch.h"

namespace parley::cli {
namespace {

constexpr std::uint32_t kSearchedForFiles = 200;

struct SaveOptions {
  std::string who, id, folder = ".", name;
  std::uint32_t number = 1;
  bool json = false;
};

// The message named, or the newest from the other person that has a file.
Bytes message_with_file(Session& session, const SaveOptions& options) {
  if (!options.id.empty()) return find_message(session, options.who, options.id);
  for (const auto& message : load_history(session, options.who, kSearchedForFiles)) {
    if (!message.outgoing && !message.files.empty()) return message.message_id;
  }
  throw Problem(ExitStatus::not_found, ErrorCode::unknown_reference,
                "There is no file from " + options.who + " in the newest messages.",
                "Name its message: parley history " + options.who + " --ids");
}

ExitStatus save(Context& context, const SaveOptions& options) {
  const std::string folder = absolute_path(options.folder);
  if (!std::filesystem::is_directory(folder)) {
    throw usage_problem("There is no folder " + options.folder + ".", "Make it, or name another.");
  }
  auto session = context.open(options.who);
  api::SaveFile request;
  request.chat = peer_named(options.who);
  request.message_id = message_with_file(*session, options);
  request.index = options.number - 1;
  request.folder = folder;
  request.filename = options.name;
  request.wait = true;
  TransferWatch watch(*session, options.json);
  watch.run(std::move(request));
  const std::string path = watch.last() ? watch.last()->path : "";
  if (!options.json) print(printable(path) + "\n");
  return ExitStatus::ok;
}

struct FilesOptions {
  std::uint64_t resume = 0, cancel = 0;
  bool json = false;
};

ExitStatus resume(Session& session, const FilesOptions& options) {
  api::ResumeTransfer request;
  request.number = options.resume;
  request.wait = true;
  TransferWatch watch(session, options.json);
  watch.run(request);
  if (!options.json && watch.last()) print(transfer_line(*watch.last()) + "\n");
  return ExitStatus::ok;
}

ExitStatus files(Context& context, const FilesOptions& options) {
  auto session = context.open();
  if (options.resume != 0) return resume(*session, options);
  if (options.cancel != 0) {
    api::CancelTransfer request;
    request.number = options.cancel;
    session->run(request);
    return ExitStatus::ok;
  }
  const Answer answer = session->run(api::ListTransfers{});
  const auto& list = answer.get<api::TransferList>();
  for (const auto& transfer : list.transfers) {
    print((options.json ? transfer_json(transfer).text() : transfer_line(transfer)) + "\n");
  }
  if (list.transfers.empty() && !options.json) print("No file is on its way.\n");
  return ExitStatus::ok;
}

}  // namespace

std::string absolute_path(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

api::LocalFile local_file(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0 || !std::filesystem::is_regular_file(path)) {
    throw usage_problem("The file " + printable(path) + " cannot be read.",
                        "Check its path and permissions.");
  }
  api::LocalFile file;
  file.path = absolute_path(path);
  file.content_type = content_type_of(path);
  return file;
}

Answer send_files(Session& session, api::SendFiles request, bool json) {
  session.catch_up();  // files wait for an answer, which may have come
  TransferWatch watch(session, json);
  return watch.run(std::move(request));
}

void add_file_commands(CLI::App& app, Context& context, Action& action) {
  auto options = std::make_shared<SaveOptions>();
  auto* command = app.add_subcommand("save", "Fetch a file that somebody sent");
  command->add_option("WHO", options->who, "The other person's name")->required();
  command->add_option("ID", options->id,
                      "The message's id or its beginning; without it, the newest file of theirs");
  command->add_option("--number", options->number, "Which of the message's files, from 1")
      ->check(CLI::Range(1, 16));
  command->add_option("--to", options->folder, "The folder it goes to; without it, this one");
  command->add_option("--name", options->name, "Another name than the sender's");
  command->add_flag("--json", options->json, "Progress and path (and errors) as JSON");
  command->footer(example("  parley save bob\n  parley save bob mzxw6ytb --to ~/Pictures"));
  command->callback([&, options] {
    context.json = options->json;
    options->who = parse_who(options->who);
    action = [&, options] { return save(context, *options); };
  });

  auto list = std::make_shared<FilesOptions>();
  auto* transfers = app.add_subcommand("files", "Files on their way, and those that stopped");
  auto* go_on = transfers->add_option("--resume", list->resume, "Go on with this one and wait");
  transfers->add_option("--cancel", list->cancel, "Give this one up")->excludes(go_on);
  transfers->add_flag("--json", list->json, "One JSON object a line");
  transfers->footer(example("  parley files\n  parley files --resume 3"));
  transfers->callback([&, list] {
    context.json = list->json;
    action = [&, list] { return files(context, *list); };
  });
}

}  // namespace parley::cli
