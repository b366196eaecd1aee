#include "hub/net/url.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace parley::hub {
namespace {

constexpr std::size_t kMaxHostBytes = 253;
constexpr std::string_view kTargetMarks = "/?-._~!$&'()*+,;=:@%";

auto wrong(std::string what) { return fail(ErrorCode::bad_config, std::move(what)); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alphanumeric(char c) { return is_digit(c) || is_lower(static_cast<char>(c | 0x20)); }

// Hosts like 2130706433, 0x7f.1 and 127.1 are addresses to some programs.
bool ends_in_number(std::string_view host) {
  const std::size_t dot = host.rfind('.');
  const std::string_view last = dot == host.npos ? host : host.substr(dot + 1);
  return !last.empty() && is_digit(last.front()) &&
         std::all_of(last.begin(), last.end(),
                     [](char c) { return is_digit(c) || c == 'x' || (c >= 'a' && c <= 'f'); });
}

bool is_name(std::string_view host) {
  if (host.empty() || host.size() > kMaxHostBytes) return false;
  char before = '.';
  for (const char c : host) {
    if (c == '.' && (before == '.' || before == '-')) return false;
    if (c == '-' && before == '.') return false;
    if (c != '.' && c != '-' && !is_digit(c) && !is_lower(c)) return false;
    before = c;
  }
  return before != '.' && before != '-';
}

Status check_host(const Url& url, bool bracketed) {
  boost::system::error_code error;
  if (bracketed) {
    const auto address = boost::asio::ip::make_address_v6(url.host, error);
    if (error || address.scope_id() != 0) return wrong("the host is no IPv6 address");
    return {};
  }
  if (!is_name(url.host)) return wrong("the host is no name or address");
  if (!ends_in_number(url.host)) return {};
  const auto address = boost::asio::ip::make_address_v4(url.host, error);
  if (error || address.to_string() != url.host) return wrong("the host is no IPv4 address");
  return {};
}

Status read_port(std::string_view text, Url& url) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), url.port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || url.port == 0) {
    return wrong("the port must be a number from 1 to 65535");
  }
  return {};
}

Status read_authority(std::string_view authority, Url& url) {
  if (authority.find('@') != authority.npos) return wrong("a user name has no place in it");
  const bool bracketed = authority.starts_with('[');
  const std::size_t end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && end == authority.npos) return wrong("the host lacks its closing bracket");
  std::string_view rest = end == authority.npos ? "" : authority.substr(end + (bracketed ? 1 : 0));
  url.host = bracketed ? authority.substr(1, end - 1) : authority.substr(0, end);
  std::transform(url.host.begin(), url.host.end(), url.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  PARLEY_CHECK(check_host(url, bracketed));
  if (rest.empty()) return {};
  if (rest.front() != ':') return wrong("after the host comes a port or a path");
  return read_port(rest.substr(1), url);
}

}  // namespace

std::string Url::authority() const {
  std::string text = host_is_v6() ? "[" + host + "]" : host;
  if (port != (https ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

Result<Url> parse_url(std::string_view text) {
  if (text.size() > kMaxUrlBytes) return wrong("longer than 2048 bytes");
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    url.https = false;
    url.port = 80;
  } else {
    return wrong("expected a URL that begins with https://");
  }
  if (rest.find('#') != rest.npos) return wrong("a fragment has no place in it");
  const std::size_t path = rest.find_first_of("/?");
  PARLEY_CHECK(read_authority(rest.substr(0, path), url));
  url.target = path == rest.npos ? "/" : std::string(rest.substr(path));
  if (url.target.front() != '/') url.target.insert(0, "/");
  for (const char c : url.target) {
    if (!is_alphanumeric(c) && kTargetMarks.find(c) == kTargetMarks.npos) {
      return wrong("it has a character that must be escaped");
    }
  }
  return url;
}

}  // namespace parley::hub
