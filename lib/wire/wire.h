// The structs of proto/*.proto and their bytes.
//
// Each proto/x.proto becomes `proto/x.h`: package parley.x is namespace
// parley::wire::x, a message is a struct with plain members. A sub-message and an
// `optional` value is a std::optional, `repeated` a std::vector, a oneof a
// std::variant that starts with std::monostate (a member that is no message, or
// shares its type with another, is wrapped in a struct with the member `value`),
// (secret) bytes are a SecretBuffer. kXField is the number of field x. A message
// that holds no secret compares with ==; one that does can only be moved.
//
//   Bytes bytes = wire::encode(send);
//   PARLEY_TRY(send, wire::decode<wire::channel::Send>(bytes));
//
// Encoding is canonical: fields in ascending order, defaults left out, numbers
// packed. It does not check limits: a struct over its limits is our own mistake.
//
// Decoding never fails on what is unknown (fields are skipped, enum numbers
// without a name are kept) and reports ErrorCode::malformed, with the field in
// the detail, for: bytes that are not protobuf, groups, a known field with
// another wire type, text that is not UTF-8, and any limit stated in the schema
// (max_bytes, exact_bytes, max_count); channel.proto requires that code. A field
// that comes twice: the last number, text or bytes counts, lists are joined,
// sub-messages are merged field by field. Schemas are not recursive, so nesting
// is bounded by them, and an unknown field is never looked into; memory is
// bounded by the input's size and by max_count, which every list has.
//
// Free functions without state; safe from any thread; nothing throws.
#pragma once

#include <cassert>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/base/secret.h"
#include "lib/wire/reader.h"
#include "lib/wire/writer.h"

namespace parley::wire {

// A member of generated structs that hold a list of secrets: std::vector claims
// to be copyable whatever it holds.
struct MoveOnly {
  MoveOnly() = default;
  MoveOnly(MoveOnly&&) = default;
  MoveOnly& operator=(MoveOnly&&) = default;
};

// Appends a message's bytes.
template <typename Message>
void append_to(Bytes& to, const Message& message) {
  const std::size_t before = to.size();
  const std::size_t size = encoded_size(message);
  to.resize(before + size);
  Writer out(MutableByteView(to).subspan(before));
  write_fields(out, message);
  assert(out.room() == 0);
}

template <typename Message>
Bytes encode(const Message& message) {
  Bytes bytes;
  append_to(bytes, message);
  return bytes;
}

// As encode(), into memory that is wiped: for messages that hold secrets.
template <typename Message>
SecretBuffer encode_secret(const Message& message) {
  SecretBuffer bytes(encoded_size(message));
  Writer out(bytes.mutable_view());
  write_fields(out, message);
  assert(out.room() == 0);
  return bytes;
}

template <typename Message>
Result<Message> decode(ByteView bytes) {
  Reader in(bytes);
  Message message;
  if (!merge_fields(in, message)) return fail(ErrorCode::malformed, in.problem());
  return message;
}

// --- parts of messages, for hot paths

// Appends one length-delimited field whose content is encoded already: a batch
// is the concatenation of its frames as fields, so a frame is encoded once and
// appended to every batch that carries it.
void append_length_delimited(Bytes& to, std::uint32_t number, ByteView content);

// Appends a sub-message as one field of a message under construction.
template <typename Message>
void append_message(Bytes& to, std::uint32_t number, const Message& message) {
  const std::size_t before = to.size();
  const std::size_t size = encoded_size(message);
  to.resize(before + length_delimited_size(number, size));
  Writer out(MutableByteView(to).subspan(before));
  write_fields(out, message);
  out.put_length_prefix(number, size);
  assert(out.room() == 0);
}

// Calls `visit(ByteView) -> Status` for each occurrence of a length-delimited
// field, in order, without decoding any; other fields are skipped. Stops at the
// first error, its own (ErrorCode::malformed, also for more than `max_count`
// occurrences) or the visitor's. What was visited before an error in the input
// has been visited: check the whole first where that matters.
template <typename Visit>
Status for_each_element(ByteView message, std::uint32_t number, std::size_t max_count,
                        Visit&& visit) {
  Reader in(message);
  std::size_t count = 0;
  for (Field field; in.next(field);) {
    if (field.number != number) continue;
    if (field.type != WireType::length_delimited) {
      return fail(ErrorCode::malformed, "wrong wire type");
    }
    if (++count > max_count) return fail(ErrorCode::malformed, "too many elements");
    PARLEY_CHECK(visit(field.bytes));
  }
  if (in.failed()) return fail(ErrorCode::malformed, in.problem());
  return {};
}

}  // namespace parley::wire
