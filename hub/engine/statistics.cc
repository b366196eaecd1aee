#include "hub/engine/statistics.h"

#include <limits>

namespace parley::hub {

std::uint64_t Histogram::bound(std::size_t bucket) const {
  return bucket + 1 >= kBuckets ? std::numeric_limits<std::uint64_t>::max() : first_ << bucket;
}

void Histogram::add(std::uint64_t value) {
  std::size_t bucket = 0;
  while (value > bound(bucket)) ++bucket;
  ++counts_[bucket];
  ++total_;
  sum_ += value;
}

}  // namespace parley::hub
