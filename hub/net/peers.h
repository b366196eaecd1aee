// Every socket the hub holds: how many may be open in all and from one origin, and the
// round that ends those which are too slow. One thread.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "hub/engine/types.h"
#include "lib/base/time.h"

namespace parley::hub {

class PeerTable;

// A socket's place among the counted ones; given back when it dies.
class Seat {
 public:
  Seat() = default;
  Seat(Seat&& other) noexcept = default;
  Seat& operator=(Seat&&) = delete;
  ~Seat();

  explicit operator bool() const { return table_ != nullptr; }
  // Zero while it is not known.
  AddressBucket origin() const { return origin_.value_or(AddressBucket{}); }

 private:
  friend class PeerTable;
  Seat(std::shared_ptr<PeerTable> table, std::optional<AddressBucket> origin)
      : table_(std::move(table)), origin_(origin) {}

  std::shared_ptr<PeerTable> table_;
  std::optional<AddressBucket> origin_;
};

// What sits there; registers itself while it lives.
class Peer {
 public:
  explicit Peer(std::shared_ptr<PeerTable> table);
  virtual ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // Called about once a second: end what has waited too long. `now` is steady time.
  virtual void check(Time now) = 0;
  // Close the socket at once.
  virtual void abort() = 0;

 private:
  std::shared_ptr<PeerTable> table_;
  std::list<Peer*>::iterator place_;
};

// Shared by its peers: at the process's end some die later than the server.
class PeerTable : public std::enable_shared_from_this<PeerTable> {
 public:
  PeerTable(std::size_t most, std::size_t most_per_origin)
      : most_(most), most_per_origin_(most_per_origin) {}

  // An empty seat where the whole hub, or the origin's share of it, is full. A proxy's
  // sockets have no origin until a request says whom they serve.
  Seat admit(std::optional<AddressBucket> origin);
  // From now on it serves this origin; false where that one has its share already.
  bool move(Seat& seat, AddressBucket origin);
  std::size_t size() const { return size_; }

  void check_all(Time now);
  void abort_all();

 private:
  friend class Seat;
  friend class Peer;
  bool take(AddressBucket origin);
  void give_back(std::optional<AddressBucket> origin);

  std::size_t most_;
  std::size_t most_per_origin_;
  std::size_t size_ = 0;
  std::unordered_map<AddressBucket, std::size_t> by_origin_;
  std::list<Peer*> peers_;
};

}  // namespace parley::hub
