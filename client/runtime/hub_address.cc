#include "client/runtime/hub_address.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace parley::client {
namespace {

constexpr std::uint16_t kPlainPort = 8420;
constexpr std::uint16_t kTlsPort = 443;
constexpr std::size_t kMaxHostBytes = 253;  // of a DNS name

tl::unexpected<Error> wrong(const char* why) { return fail(ErrorCode::invalid_argument, why); }

// Takes the prefix off if it is there.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}
bool is_ipv6_character(char c) {
  return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || stopped != end || port == 0) return std::nullopt;
  return port;
}

// Splits "host:port" and "[v6]:port"; the port may be missing.
Status split(std::string_view text, HubAddress& address, std::string_view& port) {
  std::size_t end = text.find(':');
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos) return wrong("the address has no ']'");
    address.host = text.substr(1, end - 1);
    if (!std::ranges::all_of(address.host, is_ipv6_character)) return wrong("no IPv6 address");
    ++end;
  } else {
    address.host = text.substr(0, end);
    if (!std::ranges::all_of(address.host, is_host_character)) {
      return wrong("a hub's address looks like 127.0.0.1:8420 or https://chat.example.org");
    }
  }
  if (address.host.empty() || address.host.size() > kMaxHostBytes) return wrong("no host name");
  port = end < text.size() ? text.substr(end) : std::string_view();
  return {};
}

}  // namespace

Result<HubAddress> HubAddress::parse(std::string_view given) {
  std::string lower(given);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  std::string_view text = lower;
  const bool says_tls = take(text, "https://") || take(text, "wss://");
  const bool says_plain = !says_tls && (take(text, "http://") || take(text, "ws://"));
  if (text.ends_with('/')) text.remove_suffix(1);

  HubAddress address;
  std::string_view port;
  PARLEY_CHECK(split(text, address, port));
  address.tls = says_tls || (!says_plain && !address.is_this_machine());
  if (!address.tls && !address.is_this_machine()) {
    return wrong("a hub on another machine needs https://");
  }
  address.port = address.tls ? kTlsPort : kPlainPort;
  if (!port.empty()) {
    const auto number = port.starts_with(':') ? parse_port(port.substr(1)) : std::nullopt;
    if (!number) return wrong("the port must be a number from 1 to 65535");
    address.port = *number;
  }
  return address;
}

bool HubAddress::is_this_machine() const {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") &&
          std::ranges::all_of(host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); }));
}

std::string HubAddress::authority() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string HubAddress::text() const { return (tls ? "https://" : "http://") + authority(); }

std::string HubAddress::folder_name() const {
  // No host has a '_' before its port, and none holds a '/'.
  return (host == "localhost" ? "127.0.0.1" : host) + "_" + std::to_string(port);
}

}  // namespace parley::client
