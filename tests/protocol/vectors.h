// The vectors by file, and who plays in them. Everything is computed from labels and fixed
// seeds: the same program always writes the same bytes.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string>

#include "lib/base/ids.h"
#include "lib/base/result.h"
#include "lib/content/uri.h"
#include "lib/crypto/hash.h"
#include "tests/protocol/json_text.h"

namespace parley::vectors {

Json ids();
Json token();
Json hello();
Json retry_request();
Json padding();
Json content();
Json franking();
Json safety_number();
Json prekey_message();
Json media();

// 32 bytes that stand for "random", named by what they are for.
inline ByteArray<32> drawn(std::string_view what) {
  return crypto::sha256(as_bytes("parley vectors: " + std::string(what)));
}
template <std::size_t N>
ByteArray<N> drawn_first(std::string_view what) {
  const auto all = drawn(what);
  ByteArray<N> out;
  std::copy_n(all.begin(), N, out.begin());
  return out;
}

// Alice is a person of the hub, Bob of the service "nordlys".
inline const HubId kHub{drawn_first<16>("hub")};
inline const AccountId kAlice{drawn_first<16>("alice")};
inline const AccountId kBob{drawn_first<16>("bob")};
inline constexpr std::string_view kProvider = "nordlys";
inline constexpr std::int64_t kNow_s = 1'780'000'000;

inline ConversationId conversation() { return content::conversation_id(kAlice, kBob); }
inline std::string alice_uri() { return content::sender_uri(kHub, kAlice); }
inline std::string bob_uri() { return content::sender_uri(kHub, kBob); }
inline std::string room_uri() { return content::room_uri(kHub, conversation()); }

// What cannot fail here, or the program ends.
template <typename T>
T must(Result<T> result) {
  if (!result) {
    std::cerr << "a vector cannot be made: " << result.error().detail << '\n';
    std::exit(1);
  }
  return *std::move(result);
}

// The content that several files use: Alice writes "hello" to Bob.
struct Greeting {
  Bytes content;       // C
  Bytes franking_key;  // N
  Bytes tag;           // T
  Bytes envelope;      // encoded e2e.Envelope
};
Greeting greeting();

}  // namespace parley::vectors
