// Files in `parley chat`: /file and /save, and a line for each transfer that is drawn again as
// it goes on.
#include "apps/cli/chat.h"
#include "apps/cli/context.h"
#include "apps/cli/describe.h"
#include "apps/cli/describe_files.h"
#include "apps/cli/file_commands.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text.h"

namespace parley::cli {
namespace {

// The first word, or what stands in quotes; `rest` keeps what follows.
std::string take_path(std::string& rest) {
  std::string path;
  const bool is_quoted = !rest.empty() && (rest[0] == '"' || rest[0] == '\'');
  const auto end = is_quoted ? rest.find(rest[0], 1) : rest.find(' ');
  path = rest.substr(is_quoted ? 1 : 0, is_quoted ? end - 1 : end);
  rest.erase(0, end == std::string::npos ? end : end + 1);
  rest.erase(0, rest.find_first_not_of(' '));
  const char* home = std::getenv("HOME");
  if (home != nullptr && path.starts_with("~/")) path = home + path.substr(1);
  return path;
}

}  // namespace

void Chat::send_file(const std::string& line) {
  std::string rest = line;
  const std::string path = take_path(rest);
  if (path.empty()) return warn("Which file? /file PATH [TEXT]");
  api::SendFiles request;
  try {
    request.files.push_back(local_file(path));
  } catch (const Problem& problem) {
    return warn(problem.what());
  }
  request.to = peer();
  request.caption = rest;
  request.wait = !live_;
  ++open_sends_;
  session_.submit(std::move(request), [this](Result<Answer> answer) {
    --open_sends_;
    if (!answer) warn(file_problem(answer.error(), 0).what());
  });
}

const api::Message* Chat::pick_file(std::string& rest) {
  std::string number = rest;
  if (!number.empty() && number[0] >= '0' && number[0] <= '9') return pick(rest, false);
  for (auto message = messages_.rbegin(); message != messages_.rend(); ++message) {
    if (!message->outgoing && !message->files.empty()) return &*message;
  }
  return nullptr;
}

void Chat::save_file(std::string rest) {
  const api::Message* message = pick_file(rest);
  if (message == nullptr || message->files.empty()) return warn("There is no file to save.");
  const std::string folder = absolute_path(rest.empty() ? "." : take_path(rest));
  for (std::uint32_t index = 0; index < message->files.size(); ++index) {
    api::SaveFile request;
    request.chat = peer();
    request.message_id = message->message_id;
    request.index = index;
    request.folder = folder;
    session_.submit(std::move(request), [this](Result<Answer> answer) {
      if (!answer) warn(file_problem(answer.error(), 0).what());
    });
  }
}

void Chat::show_transfer(const api::Transfer& transfer) {
  const bool is_over = transfer.state == api::TransferState::completed ||
                       transfer.state == api::TransferState::stopped;
  const std::string key = "transfer " + std::to_string(transfer.number);
  const std::string line = styled(Style::dim, transfer_line(transfer));
  if (live_ ? !screen_.update(key, line) : is_over) screen_.show(key, line);
}

}  // namespace parley::cli
