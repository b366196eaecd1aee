// What waits to be sent on one channel: encoded frames, put together to ServerBatch
// messages as large as the protocol allows, so that everything queued during one turn
// leaves as one WebSocket message.
//
// A batch is the concatenation of its frames as fields (lib/wire), so a frame is copied
// once and nothing is encoded again. Memory is returned when the queue runs empty.
// One thread.
#pragma once

#include <vector>

#include "lib/base/bytes.h"

namespace parley::hub {

class OutQueue {
 public:
  // Appends an encoded ServerFrame.
  void push(ByteView frame);
  // The oldest batch, to be written; empty if there is none. Its bytes count as queued
  // until written() is called.
  Bytes take();
  // That many bytes, those of the batch taken last, have left.
  void written(std::size_t bytes) { bytes_ -= bytes; }

  bool empty() const { return batches_.empty(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Batch {
    Bytes bytes;
    std::size_t frames = 0;
  };
  Batch& open_batch(std::size_t more);

  std::vector<Batch> batches_;  // oldest first; rarely more than one
  std::size_t bytes_ = 0;
};

}  // namespace parley::hub
