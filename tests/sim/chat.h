// Short forms of what people do and see, for tests.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/world.h"

namespace parley::sim {

inline api::Peer peer(const std::string& handle) { return {.handle = handle, .account_id = {}}; }

inline api::Send text_to(const std::string& handle, const std::string& text) {
  api::Send send;
  send.to = peer(handle);
  send.what = api::Text{.text = text, .in_reply_to = {}};
  return send;
}

// Sends and lets the world settle.
inline Outcome say(World& world, SimDevice& from, const std::string& to, const std::string& text) {
  return world.run(from, text_to(to, text));
}

// The whole chat, oldest first, read page by page.
std::vector<api::Message> history(World& world, SimDevice& device, const std::string& with);

// Only the texts; notices, reactions and the like are left out.
std::vector<std::string> texts(World& world, SimDevice& device, const std::string& with);

const api::Message* find_text(const std::vector<api::Message>& messages, const std::string& text);

// All events of a kind that a device has shown, over all its lives.
template <typename Body>
std::vector<Body> shown(const SimDevice& device) {
  std::vector<Body> found;
  for (const auto& event : device.shown) {
    if (const auto* body = std::get_if<Body>(&event.body)) found.push_back(*body);
  }
  return found;
}

api::Contact contact(World& world, SimDevice& device, const std::string& handle);
api::Status status(World& world, SimDevice& device);
std::size_t notices(const SimDevice& device, api::NoticeKind kind);

}  // namespace parley::sim
