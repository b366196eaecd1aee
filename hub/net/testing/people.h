// Made-up people for tests and load probes: accounts with one device whose identity key is
// real (the hub checks signatures) and whose other keys are random bytes of the right form.
#pragma once

#include <optional>
#include <string>

#include "hub/net/testing/raw_client.h"
#include "lib/crypto/curve25519.h"

namespace parley::hub::testing {

struct Person {
  crypto::KeyPair identity;
  Bytes account_id;
  Bytes session_token;
  std::uint32_t device_id = 0;
  std::uint32_t registration_id = 0;
};

inline constexpr char kPassword[] = "correct horse";

// Signs up over HTTP; nothing where the hub refuses.
std::optional<Person> sign_up(std::uint16_t port, const std::string& handle, bool tls = false);

// A signed key, a last-resort key and `one_time` keys of each kind.
wire::channel::UploadPrekeys some_prekeys(const Person& of, std::size_t one_time);

// A message of random bytes to the other's one device, with a fresh send id.
wire::channel::Send some_message(const Person& from, const Person& to, std::size_t bytes);

// Takes messages of `other` as more than requests from now on.
bool accept(RawChannel& raw, const Person& other);

// A connected channel whose keys are published; nothing where anything failed.
std::optional<RawChannel> join(std::uint16_t port, const Person& person,
                               const ChannelOptions& options = {});

}  // namespace parley::hub::testing
