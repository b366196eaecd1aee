// A small ordered queue: appended at the end, mostly taken from the front, sometimes from
// the middle. A std::deque would cost half a kilobyte for every idle mailbox; this costs
// nothing while empty.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace parley::hub {

template <typename T>
class Fifo {
 public:
  using iterator = typename std::vector<T>::iterator;

  bool empty() const { return head_ == items_.size(); }
  std::size_t size() const { return items_.size() - head_; }
  iterator begin() { return items_.begin() + static_cast<std::ptrdiff_t>(head_); }
  iterator end() { return items_.end(); }
  auto begin() const { return items_.begin() + static_cast<std::ptrdiff_t>(head_); }
  auto end() const { return items_.end(); }
  T& front() { return items_[head_]; }
  const T& front() const { return items_[head_]; }
  const T& back() const { return items_.back(); }

  void push_back(T item) { items_.push_back(std::move(item)); }
  void erase(iterator at) {
    if (at != begin()) {
      items_.erase(at);
      return;
    }
    *at = T{};
    ++head_;
    if (head_ == items_.size()) {
      clear();
    } else if (head_ > kSlack && head_ > items_.size() / 2) {
      items_.erase(items_.begin(), begin());
      head_ = 0;
    }
  }
  void clear() {
    if (items_.capacity() > kSlack) {
      items_ = {};  // gives a burst's memory back
    } else {
      items_.clear();
    }
    head_ = 0;
  }

 private:
  static constexpr std::size_t kSlack = 32;
  std::vector<T> items_;
  std::size_t head_ = 0;
};

}  // namespace parley::hub
