// Events and records of the engine in words and as JSON: the one place that decides
// how a message looks outside `parley chat` and what a script reads.
#pragma once

#include <optional>
#include <string>

#include "apps/cli/json_line.h"
#include "proto/client.h"

namespace parley::cli {

namespace api = wire::client;

// Ids as people and scripts see them: lower-case base32.
std::string id_text(const Bytes& id);

const char* state_name(api::MessageState state);
const char* notice_name(api::NoticeKind kind);
// One sentence; `who` must be printable.
std::string notice_text(api::NoticeKind kind, const std::string& who);

// The text of a message for a person: its words, or what happened to them. Printable,
// may hold line breaks.
std::string body_text(const api::Message& message);

// "14:03 bob: hello", with what else there is to know about the message.
std::string message_line(const api::Message& message, const std::string& own_name);

// type, from, text, id, time and more; see docs/cli.md. `own_name` is who "from" is
// for one's own messages.
JsonLine message_json(const char* type, const api::Message& message, const std::string& own_name);

}  // namespace parley::cli
