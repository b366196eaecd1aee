// Where a connection comes from, as far as the hub cares: whether it is this machine,
// whether it is a proxy to be believed, and which quota it shares. Addresses stay inside
// this file's types: they are never logged, stored or given to the engine.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "hub/engine/types.h"
#include "lib/base/random.h"
#include "lib/base/result.h"
#include "lib/base/secret.h"

namespace parley::hub {

using IpAddress = boost::asio::ip::address;

// "127.0.0.1:8420", "[::1]:8420", "localhost:0". ErrorCode::bad_config says what is wrong.
Result<boost::asio::ip::tcp::endpoint> parse_endpoint(std::string_view text);

// An IPv4-mapped IPv6 address as IPv4.
IpAddress normal_form(const IpAddress& address);

// Turns addresses into buckets with a key that lives as long as the process: an IPv4
// address, or the /64 of an IPv6 address, is one bucket.
class AddressHasher {
 public:
  explicit AddressHasher(RandomSource& random) : key_(random.secret<32>()) {}
  AddressBucket bucket(const IpAddress& address) const;

 private:
  Secret<32> key_;
};

// The proxies in front of the hub.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  // Addresses or networks; ErrorCode::bad_config names the first that is none.
  static Result<TrustedProxies> parse(const std::vector<std::string>& texts);

  bool contains(const IpAddress& address) const;
  // The client behind a trusted peer: the last address of X-Forwarded-For that is not a
  // trusted proxy itself. The peer where it is not trusted or the header says nothing.
  IpAddress client(const IpAddress& peer, std::string_view forwarded_for) const;

 private:
  struct Network {
    IpAddress address;
    unsigned prefix_bits;
  };
  std::vector<Network> networks_;
};

}  // namespace parley::hub
