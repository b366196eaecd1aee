#include "hub/net/channels.h"

namespace parley::hub {

const Channels::Slot* Channels::find(ConnectionId id) const {
  const std::size_t slot = slot_of(id);
  if (slot >= slots_.size() || !slots_[slot].channel) return nullptr;
  return slots_[slot].uses == id.value >> 32 ? &slots_[slot] : nullptr;
}

Channels::Slot* Channels::find(ConnectionId id) {
  return const_cast<Slot*>(std::as_const(*this).find(id));
}

void Channels::send(ConnectionId id, ByteView frame) {
  Slot* slot = find(id);
  if (!slot) return;
  slot->channel->queue(frame);
  mark(id);
}

void Channels::send_unhurried(ConnectionId id, ByteView frame) {
  Slot* slot = find(id);
  if (!slot) return;
  slot->channel->queue(frame);
  if (slot->marked || slot->waiting) return;
  slot->waiting = true;
  waiting_.push_back({id, Clock::now() + kUnhurriedDelay});
}

void Channels::close(ConnectionId id, ErrorCode why) {
  Slot* slot = find(id);
  if (!slot) return;
  slot->channel->finish(why);
  mark(id);
}

std::size_t Channels::queued_bytes(ConnectionId id) const {
  const Slot* slot = find(id);
  return slot ? slot->channel->queued_bytes() : 0;
}

ConnectionId Channels::add(std::shared_ptr<ChannelSocket> channel) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  slot.channel = std::move(channel);
  slot.marked = slot.waiting = false;
  ++slot.uses;
  ++size_;
  return {std::uint64_t{slot.uses} << 32 | index};
}

void Channels::remove(ConnectionId id) {
  Slot* slot = find(id);
  if (!slot) return;
  // Kept until this returns: it may be the last owner.
  const std::shared_ptr<ChannelSocket> channel = std::move(slot->channel);
  slot->channel = nullptr;
  free_.push_back(static_cast<std::uint32_t>(slot_of(id)));
  --size_;
}

void Channels::mark(ConnectionId id) {
  Slot* slot = find(id);
  if (!slot || slot->marked) return;
  slot->marked = true;
  marked_.push_back(id);
}

void Channels::flush() {
  mark_waiting();
  flush_marked();
  wake_for_waiting();
}

// Those who waited long enough, and those who left already.
void Channels::mark_waiting() {
  if (waiting_.empty()) return;
  const Clock::time_point now = Clock::now();
  for (; !waiting_.empty(); waiting_.pop_front()) {
    const Slot* slot = find(waiting_.front().id);
    if (!slot || !slot->waiting) continue;
    if (waiting_.front().until > now) break;
    mark(waiting_.front().id);
  }
}

void Channels::flush_marked() {
  // What flushing marks anew is for the next turn.
  std::vector<ConnectionId> now;
  now.swap(marked_);
  for (const ConnectionId id : now) {
    Slot* slot = find(id);
    if (!slot) continue;
    slot->marked = slot->waiting = false;
    slot->channel->flush();
  }
  if (marked_.empty()) {
    now.clear();
    marked_.swap(now);  // keeps its memory
  }
}

// Under load turns follow each other closely and the timer hardly matters: it is armed
// once and left alone.
void Channels::wake_for_waiting() {
  if (waiting_.empty() || armed_) return;
  armed_ = true;
  timer_.expires_at(waiting_.front().until);
  timer_.async_wait([this](const boost::system::error_code& error) {
    armed_ = false;
    if (!error) flush();
  });
}

std::size_t Channels::queued_bytes() const {
  std::size_t sum = 0;
  for (const Slot& slot : slots_) sum += slot.channel ? slot.channel->queued_bytes() : 0;
  return sum;
}

}  // namespace parley::hub
