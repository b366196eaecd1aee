#include "hub/net/engine_loop.h"

#include <algorithm>

namespace parley::hub {

void EngineLoop::post(std::function<void()> work) {
  boost::asio::post(io_, [this, work = std::move(work)] {
    engine_->advance(wall_now());
    work();
    end_turn_later();
  });
}

void EngineLoop::stop() {
  stopped_ = true;
  timer_.cancel();
}

// Goes to the end of the queue of what is ready.
void EngineLoop::end_turn_later() {
  if (ending_) return;
  ending_ = true;
  boost::asio::post(io_, [this] { end_turn(); });
}

void EngineLoop::end_turn() {
  ending_ = false;
  if (flush_) flush_();
  if (!stopped_) wake_at(engine_->next_wakeup());
}

// A timer that is due earlier than wanted is left alone: it asks again then. Under load
// the next wake-up moves with every message, and this arms no timer for it.
void EngineLoop::wake_at(std::optional<Time> when) {
  if (!when || (armed_ && *armed_ <= *when)) return;
  armed_ = when;
  const Duration left = std::max(*when - wall_now(), Duration{0});
  timer_.expires_after(std::chrono::milliseconds(left.ms));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || stopped_) return;
    armed_.reset();
    enter([](Engine& engine, Time now) { engine.tick(now); });
  });
}

}  // namespace parley::hub
