// Everything a stranger's bytes can reach in lib/wire: both batches of the channel,
// the messages of set-up and what lies inside a ciphertext. Properties: decoding ends
// without a crash; what decodes has one canonical encoding, which decodes to itself;
// visiting frames agrees with decoding them.
#include "fuzz/check.h"
#include "lib/wire/wire.h"
#include "proto/channel.h"
#include "proto/e2e.h"
#include "proto/setup.h"

namespace {

using namespace parley;  // NOLINT: a fuzz target

template <typename Message>
void check(ByteView input) {
  const auto message = wire::decode<Message>(input);
  if (!message) return;
  const Bytes canonical = wire::encode(*message);
  const auto again = wire::decode<Message>(canonical);
  PARLEY_FUZZ_CHECK(again.has_value());
  PARLEY_FUZZ_CHECK(wire::encode(*again) == canonical);
}

template <typename Batch>
void check_batch(ByteView input) {
  check<Batch>(input);
  const auto batch = wire::decode<Batch>(input);
  std::size_t seen = 0;
  const Status visited = wire::for_each_element(input, Batch::kFramesField, 1024, [&](ByteView) {
    ++seen;
    return Status();
  });
  if (batch) PARLEY_FUZZ_CHECK(visited && seen == batch->frames.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView input(data, size);
  check_batch<wire::channel::ClientBatch>(input);
  check_batch<wire::channel::ServerBatch>(input);
#define PARLEY_MESSAGE(name, Type) check<Type>(input);
#include "proto/e2e.messages.inc"
#include "proto/setup.messages.inc"
#undef PARLEY_MESSAGE
  return 0;
}
