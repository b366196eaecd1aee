#include "hub/net/out_queue.h"

#include "lib/base/limits.h"
#include "lib/wire/wire.h"
#include "proto/channel.h"

namespace parley::hub {
namespace {

constexpr std::uint32_t kFrames = wire::channel::ServerBatch::kFramesField;

}  // namespace

void OutQueue::push(ByteView frame) {
  const std::size_t size = wire::length_delimited_size(kFrames, frame.size());
  Batch& batch = open_batch(size);
  wire::append_length_delimited(batch.bytes, kFrames, frame);
  ++batch.frames;
  bytes_ += size;
}

OutQueue::Batch& OutQueue::open_batch(std::size_t more) {
  const bool fits = !batches_.empty() &&
                    batches_.back().bytes.size() + more <= limits::kMaxBatchBytes &&
                    batches_.back().frames < limits::kMaxFramesPerBatch;
  if (!fits) batches_.emplace_back();
  return batches_.back();
}

Bytes OutQueue::take() {
  if (batches_.empty()) return {};
  Bytes oldest = std::move(batches_.front().bytes);
  batches_.erase(batches_.begin());
  if (batches_.empty()) batches_ = {};
  return oldest;
}

}  // namespace parley::hub
