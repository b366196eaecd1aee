// What a file is called and what it is to a person, from what its sender says about it.
// Nothing of that is trusted: a name becomes one plain part of a path, without directories,
// control characters and characters that reorder text. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "client/engine/schemas.h"

namespace parley::client {

inline constexpr std::size_t kMaxFilenameBytes = 200;

// Never empty, never "." or "..", never hidden. Too long a name keeps its ending.
std::string safe_filename(std::string_view name);
api::FileKind file_kind(std::string_view content_type);
channel::Feature feature_of_file(std::string_view content_type);

// The path on the own hub ("/v1/media/...") that a URL of one of its people names, whatever
// name the hub has there; empty: it is none.
std::string own_media_path(std::string_view url);

// A file of a message as a user interface gets it: the name made safe, without key and URL.
api::File shown_file(const api::File& file);

}  // namespace parley::client
