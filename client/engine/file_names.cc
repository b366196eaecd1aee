#include "client/engine/file_names.h"

#include <algorithm>
#include <array>

#include "lib/base/encoding.h"
#include "lib/content/meaning.h"

namespace parley::client {
namespace {

constexpr std::string_view kNameless = "file";
constexpr std::size_t kMaxEndingBytes = 16;
// 32 bytes in base32.
constexpr std::size_t kMediaIdChars = 52;

// In UTF-8: characters that reorder or hide text (U+200B..200F, 202A..202E, 2060..2069, FEFF)
// and C1 controls (U+0080..009F). Length of the one that stands here; 0: none does.
std::size_t deceptive_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  if (byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) <= 0x9f) return 2;
  if (byte(0) == 0xef && byte(1) == 0xbb && byte(2) == 0xbf) return 3;
  if (byte(0) != 0xe2) return 0;
  const bool is_80 = byte(1) == 0x80 &&
                     ((byte(2) >= 0x8b && byte(2) <= 0x8f) || (byte(2) >= 0xa8 && byte(2) <= 0xae));
  const bool is_81 = byte(1) == 0x81 && byte(2) >= 0xa0 && byte(2) <= 0xa9;
  return is_80 || is_81 ? 3 : 0;
}

std::string without_deception(std::string_view name) {
  constexpr std::string_view kForbidden = "<>:\"|?*";  // in names of some file systems
  std::string kept;
  while (!name.empty()) {
    if (const std::size_t length = deceptive_length(name); length > 0) {
      name.remove_prefix(length);
      continue;
    }
    const auto byte = static_cast<unsigned char>(name.front());
    if (kForbidden.find(name.front()) != std::string_view::npos) {
      kept += '_';
    } else if (byte >= 0x20 && byte != 0x7f) {
      kept += name.front();
    }
    name.remove_prefix(1);
  }
  return kept;
}

void cut(std::string& text, std::size_t size) {
  if (text.size() <= size) return;
  text.resize(size);
  while (!text.empty() && !is_valid_utf8(as_bytes(text))) text.pop_back();
}

std::string shortened(std::string name) {
  if (name.size() <= kMaxFilenameBytes) return name;
  const auto dot = name.rfind('.');
  std::string ending;
  if (dot != std::string::npos && name.size() - dot <= kMaxEndingBytes) ending = name.substr(dot);
  cut(name, kMaxFilenameBytes - ending.size());
  return name + ending;
}

}  // namespace

std::string safe_filename(std::string_view name) {
  if (const auto slash = name.find_last_of("/\\"); slash != std::string_view::npos) {
    name.remove_prefix(slash + 1);
  }
  if (!is_valid_utf8(as_bytes(name))) return std::string(kNameless);
  std::string safe = without_deception(name);
  safe.erase(0, std::min(safe.find_first_not_of(". "), safe.size()));
  safe.erase(safe.find_last_not_of(". ") + 1);
  return safe.empty() ? std::string(kNameless) : shortened(std::move(safe));
}

api::FileKind file_kind(std::string_view content_type) {
  const std::string type = content::media_type(content_type);
  if (type.starts_with("image/")) return api::FileKind::image_file;
  if (type.starts_with("audio/")) return api::FileKind::voice_file;
  if (type.starts_with("video/")) return api::FileKind::video_file;
  return api::FileKind::other_file;
}

channel::Feature feature_of_file(std::string_view content_type) {
  switch (file_kind(content_type)) {
    case api::FileKind::image_file:
      return channel::Feature::image;
    case api::FileKind::voice_file:
      return channel::Feature::voice;
    case api::FileKind::video_file:
      return channel::Feature::video;
    default:
      return channel::Feature::file;
  }
}

std::string own_media_path(std::string_view url) {
  constexpr std::string_view kFolder = "/v1/media/";
  const auto authority = url.find("://");
  if (authority == std::string_view::npos) return {};
  const auto path = url.find('/', authority + 3);
  if (path == std::string_view::npos) return {};
  url.remove_prefix(path);
  if (!url.starts_with(kFolder)) return {};
  const std::string_view id = url.substr(kFolder.size());
  const bool is_base32 = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
  });
  return id.size() == kMediaIdChars && is_base32 ? std::string(url) : std::string();
}

api::File shown_file(const api::File& file) {
  api::File shown = file;
  shown.filename = safe_filename(file.filename);
  shown.kind = file_kind(file.content_type);
  shown.url.clear();
  shown.key.clear();
  shown.nonce.clear();
  shown.aad.clear();
  return shown;
}

}  // namespace parley::client
