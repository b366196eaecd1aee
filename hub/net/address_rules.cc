#include "hub/net/address_rules.h"

namespace parley::hub {
namespace {

struct Network4 {
  std::uint8_t a, b, c, d;
  unsigned bits;
};

// RFC 6890 and IANA's IPv4 special-purpose registry: what is not for everybody.
constexpr Network4 kNotPublic4[] = {
    {0, 0, 0, 0, 8},      {10, 0, 0, 0, 8},     {100, 64, 0, 0, 10}, {127, 0, 0, 0, 8},
    {169, 254, 0, 0, 16}, {172, 16, 0, 0, 12},  {192, 0, 0, 0, 24},  {192, 0, 2, 0, 24},
    {192, 88, 99, 0, 24}, {192, 168, 0, 0, 16}, {198, 18, 0, 0, 15}, {198, 51, 100, 0, 24},
    {203, 0, 113, 0, 24}, {224, 0, 0, 0, 4},    {240, 0, 0, 0, 4},
};

bool is_public4(const boost::asio::ip::address_v4& address) {
  const std::uint32_t value = address.to_uint();
  for (const Network4& network : kNotPublic4) {
    const std::uint32_t base =
        static_cast<std::uint32_t>(network.a) << 24 | network.b << 16 | network.c << 8 | network.d;
    if ((value ^ base) >> (32 - network.bits) == 0) return false;
  }
  return true;
}

// Only 2000::/3 is given to anybody; what of it is special is taken out.
bool is_public6(const boost::asio::ip::address_v6& address) {
  const auto b = address.to_bytes();
  if (b[0] >> 5 != 1) return false;
  if (b[0] == 0x20 && b[1] == 0x01 && b[2] < 2) return false;                      // 2001::/23
  if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8) return false;  // 2001:db8::/32
  if (b[0] == 0x20 && b[1] == 0x02) return false;                                  // 6to4
  return !(b[0] == 0x3f && b[1] == 0xff && b[2] < 0x10);                           // 3fff::/20
}

}  // namespace

bool is_public(const IpAddress& address) {
  const IpAddress normal = normal_form(address);
  return normal.is_v4() ? is_public4(normal.to_v4()) : is_public6(normal.to_v6());
}

bool is_connectable(const IpAddress& address, bool private_too) {
  const IpAddress normal = normal_form(address);
  if (!private_too) return is_public(normal);
  if (normal.is_unspecified() || normal.is_multicast()) return false;
  return !normal.is_v4() || normal.to_v4() != boost::asio::ip::address_v4::broadcast();
}

}  // namespace parley::hub
