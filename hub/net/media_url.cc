#include "hub/net/media_url.h"

#include <algorithm>
#include <charconv>

#include "lib/base/encoding.h"

namespace parley::hub {
namespace {

auto not_allowed(const char* what) { return fail(ErrorCode::not_allowed, what); }

std::optional<std::uint8_t> hex_pair(std::string_view text) {
  if (text.size() < 2) return {};
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 2, value, 16);
  if (error != std::errc() || end != text.data() + 2) return {};
  return static_cast<std::uint8_t>(value);
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto byte = hex_pair(text.substr(i + 1));
    if (!byte) return {};
    out += static_cast<char>(*byte);
    i += 2;
  }
  return out;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

// Some servers cut a segment's parameters ("..;x") before they look at it.
bool goes_up(std::string_view segment) {
  const std::string_view name = segment.substr(0, segment.find(';'));
  return name == "." || name == "..";
}

// Each segment decoded on its own: an escaped slash is no border, and stays out. So do an
// escaped percent sign, which may be decoded twice, and what is no UTF-8, which some read as
// dots.
Status check_segments(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    const auto plain = percent_decode(segment);
    if (!plain) return not_allowed("a broken escape in the path");
    if (goes_up(*plain)) return not_allowed("the path goes up");
    if (!is_valid_utf8(as_bytes(*plain))) return not_allowed("the path is not UTF-8");
    const auto bad = [](char c) {
      return c == '/' || c == '\\' || c == '%' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    };
    if (std::any_of(plain->begin(), plain->end(), bad)) {
      return not_allowed("a separator, percent sign or control character inside a path's segment");
    }
  }
  return {};
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

}  // namespace

Result<Url> url_below(std::string_view text, const Url& base) {
  auto url = parse_url(text);
  if (!url) return not_allowed("not a plain http or https URL");
  if (url->https != base.https || url->host != base.host || url->port != base.port) {
    return not_allowed("another server than the service's");
  }
  const std::string_view path = path_of(url->target);
  PARLEY_CHECK(check_segments(path));
  const auto plain = percent_decode(path);
  const auto below = percent_decode(path_of(base.target));
  if (!plain || !below) return not_allowed("a broken escape in the path");
  // A base is a folder: "/media" does not open "/mediation".
  std::string folder = *below;
  if (!folder.ends_with('/')) folder += '/';
  if (!plain->starts_with(folder)) return not_allowed("not below the service's media address");
  return url;
}

std::string redirect_target(const Url& from, std::string_view location) {
  if (!location.starts_with('/') || location.starts_with("//")) return std::string(location);
  return (from.https ? "https://" : "http://") + from.authority() + std::string(location);
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view field = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), field.size() + 1));
    const std::size_t equals = field.find('=');
    if (equals == field.npos || field.substr(0, equals) != name) continue;
    return percent_decode(field.substr(equals + 1));
  }
  return {};
}

std::optional<ByteRange> parse_range(std::string_view text, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!text.starts_with(kUnit) || size == 0) return {};
  text.remove_prefix(kUnit.size());
  const std::size_t dash = text.find('-');
  if (dash == text.npos) return {};
  const std::string_view from = text.substr(0, dash), to = text.substr(dash + 1);
  if (from.empty()) {
    const auto last = whole_number(to);
    if (!last || *last == 0) return {};
    return ByteRange{size - std::min(size, *last), size - 1};
  }
  const auto first = whole_number(from);
  if (!first || *first >= size) return {};
  if (to.empty()) return ByteRange{*first, size - 1};
  const auto last = whole_number(to);
  if (!last || *last < *first) return {};
  return ByteRange{*first, std::min(*last, size - 1)};
}

}  // namespace parley::hub
