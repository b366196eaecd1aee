#include "client/engine/done_once.h"

#include <algorithm>

namespace parley::client {
namespace {

Result<records::DoneOnce> load_done(Step& step) {
  PARLEY_TRY(known, step.get<records::DoneOnce>(RecordKind::done_once, {}));
  return std::move(known).value_or(records::DoneOnce{});
}

}  // namespace

Result<bool> answer_done(Step& step, std::uint64_t command_id, const Bytes& once_id) {
  if (once_id.empty()) return false;
  PARLEY_TRY(known, load_done(step));
  const auto found = std::find_if(known.commands.begin(), known.commands.end(),
                                  [&](const auto& one) { return one.once_id == once_id; });
  if (found == known.commands.end()) return false;
  api::CommandDone done;
  done.message_id = found->message_id;
  step.event(std::move(done), command_id);
  return true;
}

Status remember_done(Step& step, const Bytes& once_id, const Bytes& message_id) {
  if (once_id.empty()) return {};
  PARLEY_TRY(known, load_done(step));
  auto& commands = known.commands;
  if (commands.size() >= kMaxDoneOnce) {
    commands.erase(commands.begin(), commands.end() - (kMaxDoneOnce - 1));
  }
  records::DoneCommand one;
  one.once_id = once_id;
  one.message_id = message_id;
  commands.push_back(std::move(one));
  step.put(RecordKind::done_once, {}, known);
  return {};
}

}  // namespace parley::client
