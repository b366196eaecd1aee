#include "lib/wire/reader.h"

namespace parley::wire {
namespace {

constexpr int kMaxVarintBytes = 10;  // 64 bits, 7 in a byte
constexpr std::uint64_t kMaxTag = 0xffffffff;

}  // namespace

bool Reader::next(Field& field) {
  if (failed_ || at_ == end_) return false;
  std::uint64_t tag = 0;
  if (!read_varint(tag)) return false;
  if (tag > kMaxTag || tag < 8) return reject({}, "field number out of range");
  field.number = static_cast<std::uint32_t>(tag >> 3);
  field.type = static_cast<WireType>(tag & 7);
  switch (field.type) {
    case WireType::varint:
      return read_varint(field.scalar);
    case WireType::fixed64:
      return read_fixed64(field.scalar);
    case WireType::length_delimited:
      return read_length_delimited(field.bytes);
    case WireType::fixed32:
      return read_fixed32(field.scalar);
  }
  return reject({}, "group or unknown wire type");
}

bool Reader::skip_all() {
  for (Field field; next(field);) {
  }
  return !failed_;
}

bool Reader::read_varint(std::uint64_t& value) {
  if (at_ != end_ && *at_ < 0x80) {  // most are one byte long
    value = *at_++;
    return true;
  }
  return read_varint_slow(value);
}

bool Reader::read_varint_slow(std::uint64_t& value) {
  value = 0;
  for (int i = 0; i < kMaxVarintBytes; ++i) {
    if (at_ == end_) return reject({}, "truncated number");
    const std::uint64_t byte = *at_++;
    if (i == kMaxVarintBytes - 1 && byte > 1) break;
    value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) return true;
  }
  return reject({}, "number longer than 64 bits");
}

bool Reader::read_fixed32(std::uint64_t& value) { return read_little_endian(4, value); }

bool Reader::read_fixed64(std::uint64_t& value) { return read_little_endian(8, value); }

bool Reader::read_little_endian(std::size_t size, std::uint64_t& value) {
  if (remaining() < size) return reject({}, "truncated number");
  value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{at_[i]} << (8 * i);
  at_ += size;
  return true;
}

bool Reader::read_length_delimited(ByteView& bytes) {
  std::uint64_t size = 0;
  if (!read_varint(size)) return false;
  if (size > remaining()) return reject({}, "length beyond the end");
  bytes = ByteView(at_, static_cast<std::size_t>(size));
  at_ += size;
  return true;
}

bool Reader::reject(std::string_view where, std::string_view what) {
  if (!failed_) {
    failed_ = true;
    where_ = where;
    what_ = what;
  }
  return false;
}

std::string Reader::problem() const {
  std::string text(where_);
  if (!where_.empty()) text += ": ";
  return text += what_;
}

}  // namespace parley::wire
