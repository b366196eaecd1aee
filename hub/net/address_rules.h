// Where the hub may connect to on behalf of others. Services name URLs; without this rule a
// service could make the hub ask machines that only the hub reaches (SSRF). The rule is about
// the address that is connected to, after names are resolved, so no name can change its
// meaning in between. Pure functions.
#pragma once

#include "hub/net/address.h"

namespace parley::hub {

// In the sense of IANA's special-purpose registries: a unicast address anybody may reach.
// Not so: private, loopback, link-local, shared, documentation, multicast and reserved
// addresses, IPv6 addresses that carry an IPv4 one (mapped, 6to4, Teredo, NAT64).
bool is_public(const IpAddress& address);

// Private networks and this machine too, for services that the operator runs beside the hub.
// Never: multicast, unspecified, broadcast.
bool is_connectable(const IpAddress& address, bool private_too);

}  // namespace parley::hub
