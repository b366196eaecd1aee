// Key material in memory. A secret is move-only, wiped when it dies or is moved
// from, converts to nothing implicitly and prints as "[secret]". Reading it is
// always visible in the code: `.view()`.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <utility>
#include <vector>

#include "lib/base/bytes.h"

namespace parley {

// Overwrites memory in a way the compiler may not remove.
void wipe(MutableByteView memory);

// A secret whose size is part of its type (keys).
template <std::size_t N>
class Secret {
 public:
  Secret() : bytes_{} {}
  // Copies from `source`, whose owner stays responsible for wiping it.
  explicit Secret(std::span<const std::uint8_t, N> source) {
    std::copy(source.begin(), source.end(), bytes_.begin());
  }
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      wipe(other.bytes_);
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(bytes_); }

  static constexpr std::size_t size() { return N; }
  std::span<const std::uint8_t, N> view() const { return bytes_; }
  std::span<std::uint8_t, N> mutable_view() { return bytes_; }
  // A second owner, on purpose.
  Secret clone() const { return Secret(view()); }

 private:
  std::array<std::uint8_t, N> bytes_;
};

// A secret of run-time size. It never reallocates in place: growing would leave
// an unwiped copy behind, so there is no push_back.
class SecretBuffer {
 public:
  SecretBuffer() = default;
  explicit SecretBuffer(std::size_t size) : bytes_(size) {}
  explicit SecretBuffer(ByteView source) : bytes_(source.begin(), source.end()) {}
  SecretBuffer(SecretBuffer&& other) noexcept : bytes_(std::move(other.bytes_)) {
    other.bytes_.clear();
  }
  SecretBuffer& operator=(SecretBuffer&& other) noexcept {
    if (this != &other) {
      wipe(bytes_);
      bytes_ = std::move(other.bytes_);
      other.bytes_.clear();
    }
    return *this;
  }
  SecretBuffer(const SecretBuffer&) = delete;
  SecretBuffer& operator=(const SecretBuffer&) = delete;
  ~SecretBuffer() { wipe(bytes_); }

  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  ByteView view() const { return bytes_; }
  MutableByteView mutable_view() { return bytes_; }
  SecretBuffer clone() const { return SecretBuffer(view()); }
  // Shortens; the cut-off part is wiped.
  void truncate(std::size_t size);

 private:
  std::vector<std::uint8_t> bytes_;
};

template <std::size_t N>
std::ostream& operator<<(std::ostream& out, const Secret<N>&) {
  return out << "[secret]";
}
inline std::ostream& operator<<(std::ostream& out, const SecretBuffer&) {
  return out << "[secret]";
}

}  // namespace parley
