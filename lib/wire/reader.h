// Reads protobuf bytes field by field without allocating. For generated code and
// for hot paths that need one field and not the whole message; everything else
// uses decode() of wire.h.
//
//   Reader in(bytes);
//   for (Field field; in.next(field);) {
//     if (field.number == 3 && field.type == WireType::length_delimited) use(field.bytes);
//   }
//   if (in.failed()) return fail(ErrorCode::malformed, in.problem());
//
// Accepts what protobuf accepts, with these decisions: a varint has at most 10
// bytes and 64 bits (longer than needed is allowed, more is an error); groups,
// field number 0 and numbers above 2^29-1 are errors. Views borrow from the
// input. Reads no byte outside of it, whatever it holds.
// Source: protobuf.dev/programming-guides/encoding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"

namespace parley::wire {

enum class WireType : std::uint8_t {
  varint = 0,
  fixed64 = 1,
  length_delimited = 2,
  fixed32 = 5,
};

struct Field {
  std::uint32_t number = 0;
  WireType type = WireType::varint;
  std::uint64_t scalar = 0;  // of the numeric types
  ByteView bytes{};          // of length_delimited
};

class Reader {
 public:
  explicit Reader(ByteView input) : at_(input.data()), end_(input.data() + input.size()) {}

  // Reads the next field with its value. False at the end or after an error.
  bool next(Field& field);
  // Reads to the end; true if everything was well-formed.
  bool skip_all();

  // One bare varint, as in packed fields.
  bool read_varint(std::uint64_t& value);
  bool read_fixed32(std::uint64_t& value);
  bool read_fixed64(std::uint64_t& value);
  bool at_end() const { return at_ == end_; }
  // Bytes not yet read.
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }

  // Marks the input as bad. `where` names a field (may be empty) and `what` the
  // rule it breaks; both must outlive the reader (literals). Returns false.
  bool reject(std::string_view where, std::string_view what);
  // Takes over the problem of a reader of a part of this input. Returns false.
  bool reject(const Reader& part) { return reject(part.where_, part.what_); }

  bool failed() const { return failed_; }
  // For developers: "channel.Send.send_id: wrong length". Holds no input.
  std::string problem() const;

 private:
  bool read_varint_slow(std::uint64_t& value);
  bool read_little_endian(std::size_t size, std::uint64_t& value);
  bool read_length_delimited(ByteView& bytes);

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool failed_ = false;
  std::string_view where_;
  std::string_view what_;
};

}  // namespace parley::wire
