// What people of another service cannot see, by name: known before anything is written to them.
#pragma once

#include <string>
#include <vector>

#include "proto/channel.h"

namespace parley::cli {

// Those a person would miss; retries and several devices are no matter of theirs.
struct Lacking {
  std::vector<std::string> names;  // "reply", as in docs/protocol
  std::vector<std::string> words;  // "replies"
};
Lacking lacking(const std::vector<wire::channel::Feature>& features);

// "replies, reactions"
std::string listed(const std::vector<std::string>& words);

}  // namespace parley::cli
