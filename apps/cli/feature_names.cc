#include "apps/cli/feature_names.h"

#include <algorithm>
#include <array>

namespace parley::cli {
namespace {

using wire::channel::Feature;

struct Entry {
  Feature feature;
  const char* name;
  const char* words;
};

constexpr std::array<Entry, 12> kFeatures = {{
    {Feature::reply, "reply", "replies"},
    {Feature::reaction, "reaction", "reactions"},
    {Feature::edit, "edit", "editing"},
    {Feature::delete_, "delete", "deleting for both"},
    {Feature::expiry, "expiry", "disappearing messages"},
    {Feature::delivery_receipt, "delivery_receipt", "delivery ticks"},
    {Feature::read_receipt, "read_receipt", "read ticks"},
    {Feature::typing, "typing", "typing"},
    {Feature::image, "image", "pictures"},
    {Feature::voice, "voice", "voice notes"},
    {Feature::video, "video", "videos"},
    {Feature::file, "file", "files"},
}};

}  // namespace

Lacking lacking(const std::vector<Feature>& features) {
  Lacking missing;
  for (const Entry& entry : kFeatures) {
    if (std::ranges::find(features, entry.feature) != features.end()) continue;
    missing.names.emplace_back(entry.name);
    missing.words.emplace_back(entry.words);
  }
  return missing;
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace parley::cli
