// All open channels: the engine's Connections port on top of WebSocket connections.
//
// Frames are queued per channel; flush(), called at the end of a turn, writes what the
// turn queued, as few messages as fit. Frames that are in no hurry wait for others up to
// kUnhurriedDelay: most of a hub's time goes into system calls that send. One thread.
// Ownership: the table keeps each channel until it has ended.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <vector>

#include "hub/engine/connections.h"
#include "hub/net/engine_loop.h"
#include "hub/net/net_config.h"
#include "hub/net/net_statistics.h"
#include "hub/net/peers.h"

namespace parley::hub {

// One WebSocket, as the table sees it; see websocket_channel.h.
class ChannelSocket {
 public:
  virtual ~ChannelSocket() = default;
  virtual void queue(ByteView frame) = 0;
  // Starts writing if there is something to write and nothing is being written.
  virtual void flush() = 0;
  // Flushes, then closes.
  virtual void finish(ErrorCode why) = 0;
  virtual std::size_t queued_bytes() const = 0;
};

inline constexpr std::chrono::microseconds kUnhurriedDelay{3'000};

class Channels final : public Connections {
 public:
  Channels(EngineLoop& loop, const NetConfig& config, std::shared_ptr<PeerTable> peers,
           NetStatistics& statistics)
      : loop_(loop),
        config_(config),
        peers_(std::move(peers)),
        statistics_(statistics),
        timer_(loop.io()) {}

  // --- the engine's port
  void send(ConnectionId id, ByteView frame) override;
  void send_unhurried(ConnectionId id, ByteView frame) override;
  void close(ConnectionId id, ErrorCode why) override;
  std::size_t queued_bytes(ConnectionId id) const override;

  // --- for the channels
  ConnectionId add(std::shared_ptr<ChannelSocket> channel);
  // The channel's socket is gone. The engine is told by the channel.
  void remove(ConnectionId id);
  // It will be flushed at the end of the turn.
  void mark(ConnectionId id);

  void flush();
  // No more timers: for the end.
  void stop() { timer_.cancel(); }
  std::size_t size() const { return size_; }
  std::size_t queued_bytes() const;

  EngineLoop& loop() { return loop_; }
  const NetConfig& config() const { return config_; }
  const std::shared_ptr<PeerTable>& peers() { return peers_; }
  NetStatistics& statistics() { return statistics_; }

 private:
  // An id is a slot and how often it was used, so a late call never meets a newcomer.
  struct Slot {
    std::uint32_t uses = 0;
    bool marked = false;   // will be flushed at the end of the turn
    bool waiting = false;  // holds only frames that may wait
    std::shared_ptr<ChannelSocket> channel;
  };
  static std::size_t slot_of(ConnectionId id) { return id.value & 0xffff'ffff; }
  const Slot* find(ConnectionId id) const;
  Slot* find(ConnectionId id);

  using Clock = std::chrono::steady_clock;
  struct Waiting {
    ConnectionId id;
    Clock::time_point until;
  };
  void mark_waiting();
  void flush_marked();
  void wake_for_waiting();

  EngineLoop& loop_;
  const NetConfig& config_;
  std::shared_ptr<PeerTable> peers_;
  NetStatistics& statistics_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<ConnectionId> marked_;
  std::deque<Waiting> waiting_;  // in order of time; some were flushed since
  boost::asio::steady_timer timer_;
  bool armed_ = false;
  std::size_t size_ = 0;
};

}  // namespace parley::hub
