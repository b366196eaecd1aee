#include "apps/cli/find_message.h"

#include <algorithm>
#include <functional>

#include "apps/cli/context.h"
#include "apps/cli/describe.h"

namespace parley::cli {
namespace {

constexpr std::uint32_t kPage = 200;
constexpr std::uint32_t kMaxSearched = 10'000;
constexpr std::size_t kMinIdBegin = 4;

// Calls `visit` for each message, newest first, until it says stop (false).
void for_each_message(Session& session, const std::string& who, std::uint32_t page_size,
                      const std::function<bool(const api::Message&)>& visit) {
  Bytes before;
  while (true) {
    api::ListMessages list;
    list.chat = peer_named(who);
    list.limit = std::min(page_size, kPage);
    list.before = before;
    const Answer answer = session.run(std::move(list));
    const auto& page = answer.get<api::MessagePage>();
    for (const auto& message : page.messages) {
      if (!visit(message)) return;
    }
    before = page.next;
    if (before.empty()) return;
  }
}

}  // namespace

std::vector<api::Message> load_history(Session& session, const std::string& who,
                                       std::uint32_t limit, const std::string& before) {
  std::vector<api::Message> found;
  bool is_older = before.empty();
  for_each_message(session, who, before.empty() ? limit : kPage, [&](const api::Message& message) {
    if (is_older) found.push_back(message);
    is_older = is_older || id_text(message.message_id).starts_with(before);
    return found.size() < limit;
  });
  return found;
}

Bytes find_message(Session& session, const std::string& who, const std::string& id_begin) {
  if (id_begin.size() < kMinIdBegin) {
    throw usage_problem("'" + id_begin + "' is too short for a message's id.",
                        "List them with: parley history " + who + " --ids");
  }
  std::vector<Bytes> found;
  std::uint32_t searched = 0;
  for_each_message(session, who, kPage, [&](const api::Message& message) {
    const bool fits = id_text(message.message_id).starts_with(id_begin);
    if (fits && std::ranges::find(found, message.message_id) == found.end()) {
      found.push_back(message.message_id);
    }
    return ++searched < kMaxSearched;
  });
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    throw Problem(Error{ErrorCode::unknown_reference, {}})
        .with_advice("List them with: parley history " + who + " --ids");
  }
  throw usage_problem("Several messages have an id that begins with " + id_begin + ".",
                      "Write more of it.");
}

}  // namespace parley::cli
