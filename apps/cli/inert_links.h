// Terminals make links of what looks like one. What somebody writes whom one has not accepted
// is to be read and not to be followed, so it is written in a way that no terminal knows:
// https[:]//example[.]com. Readable, and nobody takes it for what was sent.
// Free functions without state.
#pragma once

#include <string>
#include <string_view>

#include "proto/client.h"

namespace parley::cli {

namespace api = wire::client;

// Said once where `inert_links` changed something.
inline constexpr const char* kInertLinksNote =
    "Links of people you have not accepted cannot be clicked here: they are written like "
    "https[:]//example[.]com.";

// The text with its addresses broken: schemes, the dots of host names, also where no scheme
// stands before them. Everything else stays as it is. Best after `printable`.
std::string inert_links(std::string_view text);

// A message as it is shown before its writer is accepted; what oneself wrote stays.
api::Message with_inert_links(api::Message message);

}  // namespace parley::cli
