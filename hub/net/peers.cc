#include "hub/net/peers.h"

namespace parley::hub {

Seat::~Seat() {
  if (!table_) return;
  table_->give_back(origin_);
  --table_->size_;
}

Peer::Peer(std::shared_ptr<PeerTable> table) : table_(std::move(table)) {
  place_ = table_->peers_.insert(table_->peers_.end(), this);
}

Peer::~Peer() { table_->peers_.erase(place_); }

Seat PeerTable::admit(std::optional<AddressBucket> origin) {
  if (size_ >= most_ || (origin && !take(*origin))) return {};
  ++size_;
  return Seat(shared_from_this(), origin);
}

bool PeerTable::move(Seat& seat, AddressBucket origin) {
  if (seat.origin_ == origin) return true;
  if (!take(origin)) return false;
  give_back(seat.origin_);
  seat.origin_ = origin;
  return true;
}

bool PeerTable::take(AddressBucket origin) {
  std::size_t& count = by_origin_[origin];
  if (count >= most_per_origin_) return false;
  ++count;
  return true;
}

void PeerTable::give_back(std::optional<AddressBucket> origin) {
  if (!origin) return;
  const auto found = by_origin_.find(*origin);
  if (--found->second == 0) by_origin_.erase(found);
}

// A check or an abort closes sockets; the peers themselves end later, with their operations.
void PeerTable::check_all(Time now) {
  for (auto it = peers_.begin(); it != peers_.end();) (*it++)->check(now);
}

void PeerTable::abort_all() {
  for (auto it = peers_.begin(); it != peers_.end();) (*it++)->abort();
}

}  // namespace parley::hub
