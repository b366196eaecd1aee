#include "apps/cli/describe_files.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "apps/cli/describe.h"
#include "apps/cli/text.h"

namespace parley::cli {
namespace {

struct Type {
  const char* ending;
  const char* type;
};
constexpr std::array<Type, 32> kTypes = {{
    {"jpg", "image/jpeg"},        {"jpeg", "image/jpeg"},       {"png", "image/png"},
    {"gif", "image/gif"},         {"webp", "image/webp"},       {"avif", "image/avif"},
    {"heic", "image/heic"},       {"svg", "image/svg+xml"},     {"bmp", "image/bmp"},
    {"mp3", "audio/mpeg"},        {"m4a", "audio/mp4"},         {"ogg", "audio/ogg"},
    {"opus", "audio/ogg"},        {"wav", "audio/wav"},         {"flac", "audio/flac"},
    {"aac", "audio/aac"},         {"mp4", "video/mp4"},         {"m4v", "video/mp4"},
    {"webm", "video/webm"},       {"mkv", "video/x-matroska"},  {"mov", "video/quicktime"},
    {"avi", "video/x-msvideo"},   {"pdf", "application/pdf"},   {"zip", "application/zip"},
    {"gz", "application/gzip"},   {"tar", "application/x-tar"}, {"txt", "text/plain"},
    {"md", "text/markdown"},      {"html", "text/html"},        {"csv", "text/csv"},
    {"json", "application/json"}, {"xml", "application/xml"},
}};

std::string percent(const api::Transfer& transfer) {
  if (transfer.size == 0) return "0 %";
  return std::to_string(transfer.done_bytes * 100 / transfer.size) + " %";
}

std::string names_of(const api::Transfer& transfer) {
  std::string names;
  for (const auto& name : transfer.filenames) {
    if (!names.empty()) names += ", ";
    names += printable(name);
  }
  return shortened(names, 40);
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 4> kUnits = {"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return std::to_string(bytes) + " B";
  double size = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  for (; size >= 999.95 && unit + 1 < kUnits.size(); ++unit) size /= 1000;
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %s", size, kUnits[unit]);
  return text;
}

std::string content_type_of(const std::string& path) {
  const auto dot = path.find_last_of("./");
  std::string ending = dot == std::string::npos || path[dot] == '/' ? "" : path.substr(dot + 1);
  std::ranges::transform(ending, ending.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const auto* found =
      std::ranges::find_if(kTypes, [&](const Type& type) { return ending == type.ending; });
  return found == kTypes.end() ? "application/octet-stream" : found->type;
}

const char* file_kind_name(const api::File& file) {
  switch (file.kind) {
    case api::FileKind::image_file:
      return "image";
    case api::FileKind::voice_file:
      return "voice";
    case api::FileKind::video_file:
      return "video";
    default:
      return "file";
  }
}

std::string file_text(const api::File& file) {
  const std::string name = file.filename.empty() ? file.content_type : file.filename;
  return std::string("[") + file_kind_name(file) + " " + printable(name) + ", " +
         size_text(file.size) + "]";
}

JsonLine file_json(const api::File& file, std::size_t number) {
  JsonLine line;
  line.add("number", number).add("kind", file_kind_name(file)).add("name", file.filename);
  line.add("content_type", file.content_type).add("size", file.size);
  if (!file.description.empty()) line.add("description", file.description);
  return line;
}

const char* transfer_state_name(api::TransferState state) {
  switch (state) {
    case api::TransferState::running:
      return "running";
    case api::TransferState::completed:
      return "completed";
    case api::TransferState::stopped:
      return "stopped";
    case api::TransferState::cancelled:
      return "cancelled";
    default:
      return "unknown";
  }
}

std::string transfer_line(const api::Transfer& transfer) {
  std::string line = std::to_string(transfer.number) + (transfer.outgoing ? " to " : " from ") +
                     printable(transfer.peer_handle) + ": " + names_of(transfer) + " ";
  if (transfer.state == api::TransferState::completed) {
    line += transfer.outgoing ? "sent" : "saved as " + printable(transfer.path);
    return line;
  }
  if (transfer.state == api::TransferState::cancelled) return line + "cancelled";
  line +=
      percent(transfer) + ", " + size_text(transfer.done_bytes) + " of " + size_text(transfer.size);
  if (transfer.state == api::TransferState::stopped) {
    const Problem why = file_problem({transfer.failure, transfer.detail}, transfer.number);
    return line + ". Stopped: " + printable(why.what());
  }
  if (transfer.failure != ErrorCode::unspecified) {
    line += ". Waits: " + std::string(error_info(transfer.failure).text);
  }
  return line;
}

JsonLine transfer_json(const api::Transfer& transfer) {
  JsonLine line;
  line.add("type", "transfer").add("number", transfer.number);
  line.add("direction", transfer.outgoing ? "out" : "in").add("chat", transfer.peer_handle);
  line.add("names", std::vector<std::string>(transfer.filenames.begin(), transfer.filenames.end()));
  line.add("state", transfer_state_name(transfer.state));
  line.add("done", transfer.done_bytes).add("size", transfer.size);
  if (transfer.failure != ErrorCode::unspecified) {
    line.add("error", error_info(transfer.failure).name);
    if (!transfer.detail.empty()) line.add("detail", transfer.detail);
  }
  if (!transfer.path.empty()) line.add("path", transfer.path);
  if (!transfer.message_id.empty()) line.add("id", id_text(transfer.message_id));
  return line;
}

Problem file_problem(const Error& error, std::uint64_t number) {
  const std::string resume = "parley files --resume " + std::to_string(number);
  const std::string because = error.detail.empty() ? "" : " (" + printable(error.detail) + ")";
  switch (error.code) {
    case ErrorCode::file_damaged:
      return {ExitStatus::failed, error.code,
              "The file was refused: it is damaged or is not what its sender named" + because + ".",
              "Ask the sender to send it again."};
    case ErrorCode::file_gone:
      return Problem(ExitStatus::not_found, error.code, std::string(error_info(error.code).text),
                     std::string(error_info(error.code).advice));
    case ErrorCode::invalid_argument:
      return {ExitStatus::failed, error.code, "The file cannot be used" + because + ".",
              number == 0 ? "Check its path and permissions."
                          : "Put it right and go on with: " + resume};
    case ErrorCode::file_changed:
      return {ExitStatus::failed, error.code, "The file changed while it was being sent.",
              "Send it as it is now with: " + resume};
    case ErrorCode::too_large:
      return {ExitStatus::failed, error.code, "The file is too large" + because + ".",
              "One file may have 2 GiB; split it."};
    case ErrorCode::request_too_large:
      return {ExitStatus::refused, error.code,
              "Files can be sent once this person has accepted you, and nothing has come back from "
              "them yet.",
              "Send a short text first, and the file after an answer or a \u2713\u2713."};
    default:
      return Problem(error);
  }
}

}  // namespace parley::cli
