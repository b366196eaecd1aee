// Runs the engine on an io_context: tells it the time, brings completions from other
// threads to its thread, wakes it when it asks, and ends each turn by flushing what was
// queued. A turn is everything that became ready together, so that its answers leave
// together.
//
// Threads: post() from any thread; everything else on the thread that runs the io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>

#include "hub/engine/engine.h"
#include "hub/net/clock.h"

namespace parley::hub {

class EngineLoop {
 public:
  explicit EngineLoop(boost::asio::io_context& io) : io_(io), timer_(io) {}

  // Before anything is run. The engine must outlive the loop's use.
  void attach(Engine& engine) { engine_ = &engine; }
  // Called at the end of a turn in which the engine ran.
  void on_turn_end(std::function<void()> flush) { flush_ = std::move(flush); }

  // Runs `work(engine, now)` now.
  template <typename Work>
  void enter(Work&& work) {
    work(*engine_, wall_now());
    end_turn_later();
  }

  // Runs `work` on the engine's thread, soon; for ports' completions.
  void post(std::function<void()> work);

  boost::asio::io_context& io() { return io_; }

  // No more wake-ups: for the time after the engine has shut down.
  void stop();

 private:
  void end_turn_later();
  void end_turn();
  void wake_at(std::optional<Time> when);

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  Engine* engine_ = nullptr;
  std::function<void()> flush_;
  std::optional<Time> armed_;
  bool ending_ = false;
  bool stopped_ = false;
};

}  // namespace parley::hub
