// Files and their transfers in words and as JSON, and what type a file on this disk has.
#pragma once

#include <cstdint>
#include <string>

#include "apps/cli/json_line.h"
#include "apps/cli/problem.h"
#include "proto/client.h"

namespace parley::cli {

namespace api = wire::client;

// "740 B", "1.2 MB": decimal, as disks are sold and file managers show them.
std::string size_text(std::uint64_t bytes);
// By the ending of its name; application/octet-stream where that says nothing.
std::string content_type_of(const std::string& path);
// "image", "voice", "video", "file".
const char* file_kind_name(const api::File& file);
// "[image cat.png, 1.2 MB]"; printable.
std::string file_text(const api::File& file);
// Number (from 1), kind, name, type, size.
JsonLine file_json(const api::File& file, std::size_t number);

const char* transfer_state_name(api::TransferState state);
// "3 to bob: cat.png 45 %, 12.3 of 27.0 MB"; printable.
std::string transfer_line(const api::Transfer& transfer);
JsonLine transfer_json(const api::Transfer& transfer);

// What went wrong with a file, in words that fit a file. `number`: of its transfer; 0: none.
Problem file_problem(const Error& error, std::uint64_t number);

}  // namespace parley::cli
