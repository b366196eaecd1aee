// One after the other, by name: work on a name that was begun ends before the next on the
// same name begins. For changes that read first and write later.
//
// Bounded: more than kMaxWaiting in all are refused. One thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace parley::hub {

class Turns {
 public:
  static constexpr std::size_t kMaxWaiting = 1'000;

  // Runs `work` now or once the name is free; the work calls finished(name) at its end.
  // False: too many wait; it is not run.
  bool take(const std::string& name, std::function<void()> work) {
    const auto [place, free] = taken_.try_emplace(name);
    if (free) {
      work();
      return true;
    }
    if (waiting_ >= kMaxWaiting) return false;
    ++waiting_;
    place->second.push_back(std::move(work));
    return true;
  }

  void finished(const std::string& name) {
    const auto place = taken_.find(name);
    if (place->second.empty()) {
      taken_.erase(place);
      return;
    }
    const auto next = std::move(place->second.front());
    place->second.pop_front();
    --waiting_;
    next();
  }

 private:
  std::map<std::string, std::deque<std::function<void()>>> taken_;
  std::size_t waiting_ = 0;
};

}  // namespace parley::hub
