// Writes protobuf bytes from the end of a buffer to its beginning. Backwards,
// because a nested message's length is then known when its prefix is written:
// one pass, no length is computed twice. Fields are therefore written last first.
//
// For generated code; everything else uses encode() and append_length_delimited()
// of wire.h. The buffer must be large enough (encoded_size() says how large):
// writing before its beginning is our own mistake and asserted.
#pragma once

#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>

#include "lib/base/bytes.h"
#include "lib/wire/reader.h"

namespace parley::wire {

// Bytes that a varint takes: 1..10.
constexpr std::size_t varint_size(std::uint64_t value) {
  return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}
constexpr std::size_t tag_size(std::uint32_t number) {
  return varint_size(std::uint64_t{number} << 3);
}
// Bytes of a length-delimited field with its tag.
constexpr std::size_t length_delimited_size(std::uint32_t number, std::size_t size) {
  return tag_size(number) + varint_size(size) + size;
}

class Writer {
 public:
  explicit Writer(MutableByteView buffer)
      : begin_(buffer.data()), at_(buffer.data() + buffer.size()) {}

  void put_varint(std::uint64_t value) {
    const std::size_t size = varint_size(value);
    std::uint8_t* to = reserve(size);
    for (std::size_t i = 0; i + 1 < size; ++i, value >>= 7) {
      *to++ = static_cast<std::uint8_t>(value | 0x80);
    }
    *to = static_cast<std::uint8_t>(value);
  }
  // `size` low bytes of the value, little-endian.
  void put_little_endian(std::size_t size, std::uint64_t value) {
    std::uint8_t* to = reserve(size);
    for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  void put_raw(ByteView bytes) {
    if (!bytes.empty()) std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
  }
  void put_tag(std::uint32_t number, WireType type) {
    put_varint(std::uint64_t{number} << 3 | static_cast<std::uint64_t>(type));
  }
  // The prefix of a length-delimited field whose `size` bytes were just written.
  void put_length_prefix(std::uint32_t number, std::size_t size) {
    put_varint(size);
    put_tag(number, WireType::length_delimited);
  }

  // Bytes of the buffer not yet written; the distance between two calls is what
  // was written in between.
  std::size_t room() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  std::uint8_t* reserve(std::size_t size) {
    assert(room() >= size);
    return at_ -= size;
  }

  std::uint8_t* begin_;
  std::uint8_t* at_;
};

}  // namespace parley::wire
