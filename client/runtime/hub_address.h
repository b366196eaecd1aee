// Where a hub is: what a person types after --hub, understood once.
//
//   127.0.0.1:8420   http://127.0.0.1:8420   https://chat.example.org   chat.example.org
//
// Without a scheme, this machine means plain HTTP and any other means TLS. Plain
// HTTP to another machine is refused: passwords and session tokens would travel in
// the clear. Default ports: 8420 plain, 443 with TLS.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace parley::client {

struct HubAddress {
  bool tls = false;
  std::string host;  // a name or an address, lower-cased, IPv6 without brackets
  std::uint16_t port = 0;

  // Errors: invalid_argument, with the reason in the detail.
  static Result<HubAddress> parse(std::string_view text);

  bool is_this_machine() const;
  // As in a Host header: "127.0.0.1:8420", "[::1]:8420".
  std::string authority() const;
  // "http://127.0.0.1:8420"; parse() reads it back.
  std::string text() const;
  // A folder's name, different for different hubs.
  std::string folder_name() const;

  friend bool operator==(const HubAddress&, const HubAddress&) = default;
};

}  // namespace parley::client
