// A reported message as an operator reads it: its text, and what was attached. The only place
// on the hub's side that looks into what people write, and only at what was shown to it.
#pragma once

#include <string>

#include "lib/base/bytes.h"

namespace parley::hub {

// Several lines; nothing in it steers a terminal.
std::string reported_text(ByteView mimi_content);

}  // namespace parley::hub
