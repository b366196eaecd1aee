// export, import.
#include <fcntl.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "apps/cli/context.h"
#include "apps/cli/terminal.h"

namespace parley::cli {
namespace {

constexpr const char* kPassphrase = "PARLEY_PASSPHRASE";
constexpr std::size_t kPiece = 1024 * 1024;

// A private file that appears under its name only when it is complete.
class NewFile {
 public:
  explicit NewFile(std::string path)
      : path_(std::move(path)),
        part_(path_ + ".part"),
        file_(::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (file_ < 0) throw problem();
  }
  ~NewFile() {
    if (file_ >= 0) ::close(file_);
    if (!complete_) ::unlink(part_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(ByteView data) {
    while (!data.empty()) {
      const ssize_t written = ::write(file_, data.data(), data.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw problem();
      data = data.subspan(static_cast<std::size_t>(written));
    }
  }
  void complete() {
    if (::fsync(file_) != 0 || ::rename(part_.c_str(), path_.c_str()) != 0) throw problem();
    complete_ = true;
  }

 private:
  Problem problem() const {
    return {ExitStatus::failed, ErrorCode::store_unwritable,
            "The file " + path_ + " cannot be written: " + std::strerror(errno) + ".",
            "Choose another place, or make room."};
  }

  std::string path_, part_;
  int file_;
  bool complete_ = false;
};

ExitStatus export_history(Context& context, const std::string& path, bool force) {
  if (!force && ::access(path.c_str(), F_OK) == 0) {
    throw usage_problem("The file " + path + " exists already.",
                        "Choose another name, or add --force.");
  }
  auto session = context.open();
  api::ExportHistory request;
  request.passphrase = ask_new_secret("Passphrase for the file", kPassphrase);
  NewFile file(path);
  std::uint64_t messages = 0;
  // Thrown only after the session is done with the event.
  std::optional<Problem> failure;
  session->run(std::move(request), true, [&](const api::Event& event) {
    const auto* chunk = std::get_if<api::ExportChunk>(&event.body);
    if (chunk == nullptr || failure) return;
    try {
      file.write(chunk->data);
    } catch (const Problem& problem) {
      failure = problem;
    }
    messages = std::max(messages, chunk->messages);
  });
  if (failure) throw *failure;
  file.complete();
  print(std::to_string(messages) + " messages are in " + path + ", encrypted.\n");
  return ExitStatus::ok;
}

ExitStatus import_history(Context& context, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw Problem(ExitStatus::failed, ErrorCode::backup_failed,
                  "The file " + path + " cannot be read: " + std::strerror(errno) + ".",
                  "Check its name.");
  }
  auto session = context.open();
  const std::string passphrase = ask_secret("Passphrase of the file", kPassphrase);
  std::optional<Result<Answer>> result;
  std::uint64_t id = 0, messages = 0;
  const auto progress = [&](const api::Event& event) {
    const auto* step = std::get_if<api::ImportProgress>(&event.body);
    if (step != nullptr) messages = step->messages;
  };
  for (bool last = false; !last && !result;) {
    api::ImportHistory piece;
    piece.chunk.resize(kPiece);
    file.read(reinterpret_cast<char*>(piece.chunk.data()), kPiece);
    piece.chunk.resize(static_cast<std::size_t>(file.gcount()));
    last = file.peek() == std::ifstream::traits_type::eof();
    piece.last = last;
    piece.passphrase = passphrase;
    if (id == 0) {
      id = session->submit(std::move(piece), progress,
                           [&](Result<Answer> answer) { result = std::move(answer); });
    } else {
      session->submit_more(id, std::move(piece));
    }
  }
  session->wait_until([&] { return result.has_value(); }, {});
  must(std::move(*result));
  print(std::to_string(messages) + " messages were read.\n");
  return ExitStatus::ok;
}

}  // namespace

void add_backup_commands(CLI::App& app, Context& context, Action& action) {
  auto path = std::make_shared<std::string>();
  auto force = std::make_shared<bool>(false);
  auto* save = app.add_subcommand("export", "Save your history to an encrypted file");
  save->add_option("FILE", *path, "The file to make")->required();
  save->add_flag("--force", *force, "Replace a file that exists");
  save->footer(example("  parley export history.parley"));
  save->callback([&, path, force] {
    action = [&, path, force] { return export_history(context, *path, *force); };
  });

  auto* load = app.add_subcommand("import", "Read an exported history; nothing here is replaced");
  load->add_option("FILE", *path, "The exported file")->required();
  load->footer(example("  parley import history.parley"));
  load->callback([&, path] { action = [&, path] { return import_history(context, *path); }; });
}

}  // namespace parley::cli
