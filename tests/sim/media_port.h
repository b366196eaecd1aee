// The runtime's part of file transfers in the simulator: files by path for each device, and a
// place for uploads. No cipher: what is checked is what the engine orders, in which order,
// and what it makes of the news, also when devices fail in between.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "tests/sim/sim_device.h"

namespace parley::sim {

class MediaPort {
 public:
  // --- the disk of a device
  void put(const SimDevice& device, const std::string& path, Bytes content);
  void erase(const SimDevice& device, const std::string& path);
  // Null: there is none.
  const Bytes* find(const SimDevice& device, const std::string& path) const;

  // Does the next piece of the device's first order. Each order takes several, so that a
  // device can fail between them.
  void work(SimDevice& device, Time now);

  // --- faults
  // So many pieces of work fail first, as if the network were gone.
  int failures = 0;
  // What every file claims to be long, if set: nothing so large is held here.
  std::optional<std::uint64_t> pretended_size{};
  // What is uploaded is damaged.
  bool damages = false;

  std::size_t uploads() const { return uploads_.size(); }
  // Every order that was seen.
  int digests = 0, upload_orders = 0, downloads = 0, stops = 0;

 private:
  struct Upload {
    Bytes content, key, nonce;
    bool complete = false;
  };
  template <typename What>
  static void tell(SimDevice& device, Time now, const api::TransferOrder& order, What what);
  static void fail(SimDevice& device, Time now, const api::TransferOrder& order, ErrorCode code);
  void digest(SimDevice& device, Time now, const api::TransferOrder& order);
  // True: the order is done.
  bool upload(SimDevice& device, Time now, api::TransferOrder& order);
  void download(SimDevice& device, Time now, const api::TransferOrder& order);

  std::map<std::pair<std::string, std::string>, Bytes> files_;  // device, path
  std::map<std::string, Upload> uploads_;                       // by the path of the URL
  std::map<std::pair<Bytes, Bytes>, Bytes> sealed_;             // key and nonce: hash
};

}  // namespace parley::sim
