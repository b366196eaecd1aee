#include "hub/net/out_queue.h"

#include <gtest/gtest.h>

#include "lib/base/limits.h"
#include "lib/wire/wire.h"
#include "proto/channel.h"

namespace parley::hub {
namespace {

namespace wc = wire::channel;

Bytes pong(std::int64_t number) {
  wc::ServerFrame frame;
  frame.body = wc::Pong{.now_ms = number};
  return wire::encode(frame);
}

TEST(OutQueue, PutsFramesIntoOneBatchInOrder) {
  OutQueue queue;
  for (int i = 1; i <= 3; ++i) queue.push(pong(i));
  const Bytes bytes = queue.take();
  const auto batch = wire::decode<wc::ServerBatch>(bytes);
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->frames.size(), 3u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(std::get<wc::Pong>(batch->frames[i].body).now_ms, i + 1);
  EXPECT_TRUE(queue.take().empty());
  EXPECT_EQ(queue.bytes(), bytes.size());
  queue.written(bytes.size());
  EXPECT_EQ(queue.bytes(), 0u);
}

TEST(OutQueue, NeverMakesABatchOverTheProtocolsLimits) {
  OutQueue queue;
  const Bytes large(limits::kMaxCiphertextBytes, 1);
  std::size_t pushed = 0;
  for (int i = 0; i < 5; ++i) queue.push(large);
  for (std::size_t i = 0; i < 2 * limits::kMaxFramesPerBatch; ++i) queue.push(pong(1));
  for (Bytes batch = queue.take(); !batch.empty(); batch = queue.take()) {
    EXPECT_LE(batch.size(), limits::kMaxBatchBytes);
    std::size_t frames = 0;
    ASSERT_TRUE(wire::for_each_element(batch, wc::ServerBatch::kFramesField,
                                       limits::kMaxFramesPerBatch, [&](ByteView) {
                                         ++frames;
                                         return Status();
                                       }));
    pushed += frames;
    queue.written(batch.size());
  }
  EXPECT_EQ(pushed, 5 + 2 * limits::kMaxFramesPerBatch);
  EXPECT_EQ(queue.bytes(), 0u);
}

}  // namespace
}  // namespace parley::hub
