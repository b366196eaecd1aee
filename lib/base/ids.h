// Names of things, each its own type, so that an account is never passed where a
// device is meant. Ids are plain values: comparable, hashable, copyable.
#pragma once

#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

#include "lib/base/bytes.h"
#include "lib/base/encoding.h"
#include "lib/base/result.h"

namespace parley {

// N opaque bytes with a tag type. Text form: unpadded lower-case base32.
template <typename Tag, std::size_t N>
struct OpaqueId {
  ByteArray<N> bytes{};

  static constexpr std::size_t size() { return N; }
  static Result<OpaqueId> from(ByteView source) {
    if (source.size() != N) return fail(ErrorCode::malformed, "id has a wrong length");
    OpaqueId id;
    std::memcpy(id.bytes.data(), source.data(), N);
    return id;
  }
  static Result<OpaqueId> parse(std::string_view text) {
    PARLEY_TRY(decoded, base32_decode(text));
    return from(decoded);
  }
  ByteView view() const { return bytes; }
  Bytes to_bytes() const { return {bytes.begin(), bytes.end()}; }
  std::string text() const { return base32_encode(bytes); }

  friend auto operator<=>(const OpaqueId&, const OpaqueId&) = default;
};

// A number with a tag type.
template <typename Tag, typename Number>
struct NumberId {
  Number value{};
  friend auto operator<=>(const NumberId&, const NumberId&) = default;
};

using AccountId = OpaqueId<struct AccountIdTag, 16>;            // 26 characters as text
using HubId = OpaqueId<struct HubIdTag, 16>;                    // made at a hub's first start
using ConversationId = OpaqueId<struct ConversationIdTag, 32>;  // see lib/content: conversation ids
using SendId = OpaqueId<struct SendIdTag, 16>;                  // random; keys a send's idempotency
using MessageId = OpaqueId<struct MessageIdTag, 32>;            // MIMI message id

using DeviceId = NumberId<struct DeviceIdTag, std::uint32_t>;  // 1..127 within an account
using RegistrationId = NumberId<struct RegistrationIdTag, std::uint32_t>;  // 1..16380

// When the hub accepted a message: microseconds since the Unix epoch, strictly
// increasing over the whole hub. Orders conversations, names mailbox entries.
using AcceptedAt = NumberId<struct AcceptedAtTag, std::int64_t>;

// One device of one account.
struct DeviceAddress {
  AccountId account;
  DeviceId device;
  friend auto operator<=>(const DeviceAddress&, const DeviceAddress&) = default;
};

}  // namespace parley

template <typename Tag, std::size_t N>
struct std::hash<parley::OpaqueId<Tag, N>> {
  // Ids are random or hashes already: their first bytes are the hash.
  std::size_t operator()(const parley::OpaqueId<Tag, N>& id) const noexcept {
    std::size_t value = 0;
    static_assert(N >= sizeof value);
    std::memcpy(&value, id.bytes.data(), sizeof value);
    return value;
  }
};

template <typename Tag, typename Number>
struct std::hash<parley::NumberId<Tag, Number>> {
  std::size_t operator()(const parley::NumberId<Tag, Number>& id) const noexcept {
    return std::hash<Number>{}(id.value);
  }
};

template <>
struct std::hash<parley::DeviceAddress> {
  std::size_t operator()(const parley::DeviceAddress& address) const noexcept {
    return std::hash<parley::AccountId>{}(address.account) * 131 + address.device.value;
  }
};
