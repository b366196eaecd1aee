// Making ServerFrames. Free functions over the generated structs.
#pragma once

#include <string>
#include <utility>

#include "hub/engine/records.h"
#include "lib/base/result.h"
#include "proto/channel.h"

namespace parley::hub {

// An encoded ServerFrame. The bytes live until the next call on this thread.
template <typename Body>
ByteView encode_frame(std::uint64_t reply_to, Body body) {
  thread_local Bytes buffer;
  wire::channel::ServerFrame frame;
  frame.reply_to = reply_to;
  frame.body = std::move(body);
  buffer.clear();
  wire::append_to(buffer, frame);
  return buffer;
}

wire::channel::Failure failure(const Error& error);
// A detail that fits a frame: of a longer one the whole characters that do.
std::string fitting_detail(const std::string& detail);
wire::channel::PrekeyCounts counts(const PrekeyState& state);

}  // namespace parley::hub
