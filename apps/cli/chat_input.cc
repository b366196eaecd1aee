// What is typed in `parley chat`, and what goes out.
#include <sys/stat.h>
#include <unistd.h>

#include "apps/cli/chat.h"
#include "apps/cli/context.h"
#include "apps/cli/text.h"

namespace parley::cli {
namespace {

constexpr std::size_t kMaxTextBytes = 32'768;
// A typing notice holds for 10 s at the other side.
constexpr std::int64_t kTypingRepeatMs = 5'000;

}  // namespace

void Chat::read_input() {
  struct stat facts{};
  const int copy = ::dup(STDIN_FILENO);
  if (::fstat(STDIN_FILENO, &facts) == 0 && S_ISREG(facts.st_mode)) {
    // A file is always ready, which cannot be waited for.
    file_input_ = copy;
    return read_file();
  }
  input_.assign(copy);
  read_more();
}

void Chat::read_file() {
  char piece[4096];
  for (ssize_t got; (got = ::read(file_input_, piece, sizeof piece)) > 0;) {
    feed({piece, static_cast<std::size_t>(got)});
  }
  ::close(file_input_);
  quit_ = true;
}

void Chat::read_more() {
  input_.async_read_some(boost::asio::buffer(buffer_),
                         [this](boost::system::error_code error, std::size_t size) {
                           if (error == boost::asio::error::operation_aborted) return;
                           if (error) {
                             quit_ = true;
                             return;
                           }
                           feed({buffer_, size});
                           if (!quit_) read_more();
                         });
}

void Chat::feed(std::string_view bytes) {
  try {
    for (const char byte : bytes) {
      LineEditor::Event event{};
      if (editor_.feed(static_cast<unsigned char>(byte), event)) key(event);
      if (quit_) return;
    }
    if (live_) screen_.refresh();
  } catch (const Problem& problem) {
    stop(problem);
  }
}

void Chat::key(LineEditor::Event event) {
  switch (event) {
    case LineEditor::Event::submitted:
      return submitted(editor_.take_line());
    case LineEditor::Event::end:
      quit_ = true;
      return;
    case LineEditor::Event::interrupt:
      if (editor_.text().empty()) quit_ = true;
      return editor_.clear();
    case LineEditor::Event::redraw:
      return;
    case LineEditor::Event::changed:
      return we_type();
  }
}

void Chat::submitted(const std::string& line) {
  if (live_) screen_.refresh();
  stop_typing();
  if (line.find_first_not_of(" \t\n") == std::string::npos) return;
  if (line[0] == '/' && !line.starts_with("//")) return command(line.substr(1));
  send_text(line.starts_with("//") ? line.substr(1) : line);
}

void Chat::send_text(std::string text, Bytes in_reply_to) {
  if (text.size() > kMaxTextBytes) return warn("This is too long; send it in parts.");
  if (text.empty()) return warn("There is no text.");
  api::Send request;
  api::Text body;
  body.text = std::move(text);
  body.in_reply_to = std::move(in_reply_to);
  request.what = std::move(body);
  send(std::move(request));
}

void Chat::send(api::Send request) {
  request.to = peer();
  ++open_sends_;
  // In a pipe, the end waits until the hub has everything.
  request.wait = !live_;
  session_.submit(std::move(request), [this](Result<Answer> answer) {
    --open_sends_;
    if (!answer) warn(explanation(answer.error()));
  });
}

api::Peer Chat::peer() const {
  api::Peer peer = peer_named(who_);
  peer.account_id = contact_.account_id;
  return peer;
}

void Chat::we_type() {
  const bool is_message = !editor_.text().empty() && editor_.text()[0] != '/';
  if (!live_ || !is_message) return stop_typing();
  if (now_ms() - typing_told_ms_ < kTypingRepeatMs) return;
  typing_told_ms_ = now_ms();
  tell_typing(true);
}

void Chat::stop_typing() {
  if (typing_told_ms_ == 0) return;
  typing_told_ms_ = 0;
  tell_typing(false);
}

void Chat::tell_typing(bool active) {
  api::SetTyping typing;
  typing.to = peer();
  typing.active = active;
  session_.submit(std::move(typing), nullptr);
}

}  // namespace parley::cli
