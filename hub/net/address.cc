#include "hub/net/address.h"

#include <charconv>
#include <cstring>
#include <optional>

#include "lib/crypto/hash.h"

namespace parley::hub {
namespace {

using boost::asio::ip::make_address;
using boost::asio::ip::tcp;

std::optional<unsigned> parse_number(std::string_view text, unsigned most) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  if (number > most) return {};
  return number;
}

std::optional<IpAddress> parse_address(std::string_view text) {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  boost::system::error_code error;
  const IpAddress address = make_address(std::string(text), error);
  if (error) return {};
  return normal_form(address);
}

// As 16 bytes, IPv4 mapped into IPv6.
ByteArray<16> wide_bytes(const IpAddress& address) {
  ByteArray<16> bytes;
  const auto wide = address.is_v6() ? address.to_v6()
                                    : make_address_v6(boost::asio::ip::v4_mapped, address.to_v4());
  const auto source = wide.to_bytes();
  std::memcpy(bytes.data(), source.data(), bytes.size());
  return bytes;
}

bool same_prefix(const ByteArray<16>& a, const ByteArray<16>& b, unsigned bits) {
  if (std::memcmp(a.data(), b.data(), bits / 8) != 0) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<tcp::endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return fail(ErrorCode::bad_config, "expected ADDRESS:PORT, for example 127.0.0.1:8420");
  }
  const std::string_view host = text.substr(0, colon);
  const auto port = parse_number(text.substr(colon + 1), 65535);
  if (!port) return fail(ErrorCode::bad_config, "the port must be a number from 0 to 65535");
  if (host == "localhost") {
    return tcp::endpoint(boost::asio::ip::address_v4::loopback(),
                         static_cast<std::uint16_t>(*port));
  }
  if (host.find(':') != std::string_view::npos && host.front() != '[') {
    return fail(ErrorCode::bad_config, "an IPv6 address needs brackets, for example [::1]:8420");
  }
  const auto address = parse_address(host);
  if (!address) {
    return fail(ErrorCode::bad_config,
                "expected an IP address before the port, for example 127.0.0.1:8420");
  }
  return tcp::endpoint(*address, static_cast<std::uint16_t>(*port));
}

IpAddress normal_form(const IpAddress& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  }
  return address;
}

AddressBucket AddressHasher::bucket(const IpAddress& address) const {
  const IpAddress normal = normal_form(address);
  const ByteArray<16> bytes = wide_bytes(normal);
  const std::size_t counted = normal.is_v6() ? 8 : 16;
  const auto digest = crypto::hmac_sha256(key_.view(), ByteView(bytes).first(counted));
  AddressBucket bucket;
  std::memcpy(&bucket.value, digest.data(), sizeof bucket.value);
  return bucket;
}

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& texts) {
  TrustedProxies proxies;
  for (const std::string& text : texts) {
    const std::size_t slash = text.find('/');
    const auto address = parse_address(std::string_view(text).substr(0, slash));
    const unsigned most = address && address->is_v4() ? 32 : 128;
    std::optional<unsigned> bits = most;
    if (slash != std::string::npos) {
      bits = parse_number(std::string_view(text).substr(slash + 1), most);
    }
    if (!address || !bits) {
      return fail(ErrorCode::bad_config, "\"" + text + "\" is no address or network");
    }
    proxies.networks_.push_back({*address, address->is_v4() ? *bits + 96 : *bits});
  }
  return proxies;
}

bool TrustedProxies::contains(const IpAddress& address) const {
  if (networks_.empty()) return false;
  const ByteArray<16> bytes = wide_bytes(normal_form(address));
  for (const Network& network : networks_) {
    if (same_prefix(bytes, wide_bytes(network.address), network.prefix_bits)) return true;
  }
  return false;
}

IpAddress TrustedProxies::client(const IpAddress& peer, std::string_view forwarded_for) const {
  IpAddress client = normal_form(peer);
  while (contains(client) && !forwarded_for.empty()) {
    const std::size_t comma = forwarded_for.rfind(',');
    const std::size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
    const auto previous = parse_address(trim(forwarded_for.substr(begin)));
    // What cannot be read was not written by a proxy we trust.
    if (!previous) break;
    client = *previous;
    forwarded_for = begin == 0 ? std::string_view{} : forwarded_for.substr(0, comma);
  }
  return client;
}

}  // namespace parley::hub
