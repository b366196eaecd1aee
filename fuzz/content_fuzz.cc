// Everything a peer's plaintext can reach in lib/content. Properties: decoding ends
// without a crash; what decodes encodes to exactly the same bytes; a client can
// interpret every message; what pad() makes, unpad() undoes.
#include "fuzz/check.h"
#include "lib/content/cbor.h"
#include "lib/content/make.h"
#include "lib/content/meaning.h"
#include "lib/content/message.h"
#include "lib/content/padding.h"
#include "lib/content/uri.h"

namespace {

using namespace parley;           // NOLINT: a fuzz target
using namespace parley::content;  // NOLINT

void check_message(ByteView input) {
  const auto message = decode(input);
  if (!message) return;
  const auto again = encode(*message);
  PARLEY_FUZZ_CHECK(again && equal(*again, input));
  const Meaning meaning = interpret(*message);
  PARLEY_FUZZ_CHECK(meaning.text.size() <= input.size() + kMaxParts);
  const std::size_t parts = count_parts(message->body);
  PARLEY_FUZZ_CHECK(parts <= kMaxParts);
  PARLEY_FUZZ_CHECK(part_at(message->body, parts - 1) != nullptr);
  PARLEY_FUZZ_CHECK(part_at(message->body, parts) == nullptr);
  const MessageId id = message_id("mimi://a/u/b", "mimi://a/r/c", input, message->salt);
  PARLEY_FUZZ_CHECK(id.bytes[0] == 1);
  const auto origin = check_origin(*message, "mimi://a/u/b", "mimi://a/r/c");
  PARLEY_FUZZ_CHECK(origin || origin.error().code == ErrorCode::sender_mismatch);
}

void check_status(ByteView input) {
  if (const auto report = decode_status_report(input)) {
    PARLEY_FUZZ_CHECK(equal(encode_status_report(*report), input));
  }
}

void check_cbor(ByteView input) {
  cbor::Reader in(input);
  ByteView value;
  if (!in.raw_value(value)) return;
  // A value stands for itself: alone it is read as far.
  cbor::Reader alone(value);
  ByteView same;
  PARLEY_FUZZ_CHECK(alone.raw_value(same) && alone.at_end() && same.size() == value.size());
}

void check_padding(ByteView input) {
  const Bytes padded = pad(to_bytes(input));
  PARLEY_FUZZ_CHECK(padded.size() == padded_size(input.size()));
  const auto back = unpad(padded);
  PARLEY_FUZZ_CHECK(back && equal(*back, input));
  if (const auto bare = unpad(input)) PARLEY_FUZZ_CHECK(bare->size() < input.size());
}

void check_uri(ByteView input) {
  if (const auto name = parse_sender_uri(as_text(input))) {
    PARLEY_FUZZ_CHECK(sender_uri(name->hub, name->account) == as_text(input));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView input(data, size);
  check_message(input);
  check_status(input);
  check_cbor(input);
  check_padding(input);
  check_uri(input);
  return 0;
}
