#include "tests/sim/chat.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace parley::sim {

std::vector<api::Message> history(World& world, SimDevice& device, const std::string& with) {
  // Small pages, so that paging is exercised by every test.
  constexpr std::uint32_t kPage = 7;
  std::vector<api::Message> all;
  Bytes before;
  do {
    const auto outcome =
        world.run(device, api::ListMessages{.chat = peer(with), .limit = kPage, .before = before});
    const auto* page = outcome.find<api::MessagePage>();
    if (!page) break;
    EXPECT_LE(page->messages.size(), kPage);
    all.insert(all.end(), page->messages.begin(), page->messages.end());
    before = page->next;
  } while (!before.empty());
  std::reverse(all.begin(), all.end());
  return all;
}

std::vector<std::string> texts(World& world, SimDevice& device, const std::string& with) {
  std::vector<std::string> found;
  for (const auto& message : history(world, device, with)) {
    if (message.notice == api::NoticeKind::unspecified && !message.deleted) {
      found.push_back(message.text);
    }
  }
  return found;
}

const api::Message* find_text(const std::vector<api::Message>& messages, const std::string& text) {
  const auto found = std::find_if(messages.begin(), messages.end(),
                                  [&](const auto& message) { return message.text == text; });
  return found == messages.end() ? nullptr : &*found;
}

api::Contact contact(World& world, SimDevice& device, const std::string& handle) {
  const auto outcome = world.run(device, api::GetContact{peer(handle)});
  const auto* found = outcome.find<api::Contact>();
  EXPECT_NE(found, nullptr) << handle << ": " << to_string(outcome.error);
  return found ? *found : api::Contact{};
}

api::Status status(World& world, SimDevice& device) {
  const auto outcome = world.run(device, api::GetStatus{});
  const auto* found = outcome.find<api::Status>();
  EXPECT_NE(found, nullptr);
  return found ? *found : api::Status{};
}

std::size_t notices(const SimDevice& device, api::NoticeKind kind) {
  const auto all = shown<api::NoticeAdded>(device);
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const auto& one) { return one.kind == kind; }));
}

}  // namespace parley::sim
