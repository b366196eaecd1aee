// Compares our CBOR with libcbor, an implementation by others: what Writer writes, libcbor writes
// too; what Reader refuses as malformed or short, libcbor refuses as well, and nothing else.
#include <cbor/encoding.h>
#include <cbor/streaming.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "lib/base/encoding.h"
#include "lib/content/cbor.h"

namespace parley::content::cbor {
namespace {

template <typename Encode, typename... Arguments>
Bytes theirs(Encode encode, Arguments... arguments) {
  std::uint8_t head[9];
  const std::size_t size = encode(arguments..., head, sizeof head);
  return {head, head + size};
}

template <typename Write>
Bytes ours(Write write) {
  Bytes bytes;
  Writer out(bytes);
  write(out);
  return bytes;
}

TEST(CborOracle, WritesTheSameHeads) {
  for (int shift = 0; shift < 64; ++shift) {
    for (const int offset : {-1, 0, 1}) {
      const std::uint64_t n = (std::uint64_t{1} << shift) + static_cast<std::uint64_t>(offset);
      EXPECT_EQ(ours([&](Writer& out) { out.unsigned_number(n); }), theirs(cbor_encode_uint, n));
      EXPECT_EQ(ours([&](Writer& out) { out.array(n); }), theirs(cbor_encode_array_start, n));
      EXPECT_EQ(ours([&](Writer& out) { out.map(n); }), theirs(cbor_encode_map_start, n));
      if (n <= INT64_MAX) {
        EXPECT_EQ(ours([&](Writer& out) { out.integer(-1 - static_cast<std::int64_t>(n)); }),
                  theirs(cbor_encode_negint, n));
      }
    }
  }
  EXPECT_EQ(ours([](Writer& out) { out.null(); }), theirs(cbor_encode_null));
  EXPECT_EQ(ours([](Writer& out) { out.boolean(true); }), theirs(cbor_encode_bool, true));
  EXPECT_EQ(ours([](Writer& out) { out.boolean(false); }), theirs(cbor_encode_bool, false));
}

// Whether libcbor finds a whole item at the start.
bool they_accept(const Bytes& bytes) {
  const auto result =
      cbor_stream_decode(bytes.data(), bytes.size(), &cbor_empty_callbacks, nullptr);
  return result.status == CBOR_DECODER_FINISHED;
}

// Whether we do, leaving aside the rules of deterministic form that libcbor does not have.
bool we_accept(const Bytes& bytes) {
  Reader in(bytes);
  bool flag = false;
  in.boolean(flag);  // reads one item of whatever type
  const auto problem = in.problem();
  return problem != "not CBOR" && problem != "truncated";
}

TEST(CborOracle, RefusesTheSameMalformedItems) {
  std::mt19937 random(1);  // the same inputs every time
  for (int first = 0; first < 256; ++first) {
    // Tags 6 to 20 were unassigned when libcbor 0.8 was written; RFC 8949 §3.4 has all well-formed.
    if (first >= 0xc6 && first <= 0xd4) continue;
    for (int i = 0; i < 300; ++i) {
      Bytes bytes(1 + random() % 12);
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() % 3 ? random() : 0);
      bytes[0] = static_cast<std::uint8_t>(first);
      EXPECT_EQ(we_accept(bytes), they_accept(bytes)) << hex_encode(bytes);
    }
  }
}

}  // namespace
}  // namespace parley::content::cbor
