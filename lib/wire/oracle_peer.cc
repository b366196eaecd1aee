// The C++ side of oracle_test.py. Reads requests from standard input: u32le length
// and name of a message type, u32le length and bytes. Decodes, encodes again and
// answers u8 1 (accepted), u32le length and bytes, or u8 0, u32le length and problem.
#include <cstdio>
#include <string>

#include "lib/wire/testdata/kinds.h"
#include "lib/wire/wire.h"
#include "proto/all.h"

namespace {

using parley::Bytes;
using parley::ByteView;

bool read_chunk(std::string& to) {
  unsigned char head[4];
  if (std::fread(head, 1, sizeof head, stdin) != sizeof head) return false;
  const auto size = static_cast<std::size_t>(head[0]) | static_cast<std::size_t>(head[1]) << 8 |
                    static_cast<std::size_t>(head[2]) << 16 |
                    static_cast<std::size_t>(head[3]) << 24;
  to.resize(size);
  return std::fread(to.data(), 1, size, stdin) == size;
}

void answer(bool accepted, ByteView bytes) {
  const auto size = bytes.size();
  const unsigned char head[] = {
      static_cast<unsigned char>(accepted), static_cast<unsigned char>(size),
      static_cast<unsigned char>(size >> 8), static_cast<unsigned char>(size >> 16),
      static_cast<unsigned char>(size >> 24)};
  std::fwrite(head, 1, sizeof head, stdout);
  if (size > 0) std::fwrite(bytes.data(), 1, size, stdout);
  std::fflush(stdout);
}

template <typename Message>
void serve(ByteView bytes) {
  const auto message = parley::wire::decode<Message>(bytes);
  if (!message) return answer(false, parley::as_bytes(message.error().detail));
  answer(true, parley::wire::encode(*message));
}

// A line for each message of every schema.
// NOLINTNEXTLINE(readability-function-size)
void serve(const std::string& type, ByteView bytes) {
#define PARLEY_MESSAGE(name, Type) \
  if (type == name) return serve<Type>(bytes);
#include "lib/wire/testdata/kinds.messages.inc"
#include "proto/all.messages.inc"
#undef PARLEY_MESSAGE
  answer(false, parley::as_bytes("no such message"));
}

}  // namespace

int main() {
  for (std::string type, bytes; read_chunk(type) && read_chunk(bytes);) {
    serve(type, parley::as_bytes(bytes));
  }
  return 0;
}
