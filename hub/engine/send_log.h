// Which sends are known, so that a repeated one is answered with its first result and
// nothing is sent twice.
//
// Recent ones are remembered here with their result, up to `max_remembered_sends`, oldest
// forgotten first. Older ones are in the store if they were written. To spare every new
// send a look into the store, the short hashes of what the store holds for a sending
// device are loaded once, at its first send; only where the hash is known (or there are too
// many to hold) is the store asked.
//
// The fingerprint only guards an honest client against its own mistake (one id for two
// messages), so a fast hash is enough. One thread.
#pragma once

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "hub/engine/directory.h"
#include "hub/engine/open_send.h"
#include "proto/channel.h"

namespace parley::hub {

std::uint64_t fingerprint(const wire::channel::Send& send);

// A set of 32-bit hashes, eight bytes each at worst.
class HashSet {
 public:
  void insert(std::uint32_t hash);
  bool contains(std::uint32_t hash) const;
  std::size_t size() const { return size_; }

 private:
  std::size_t place(std::uint32_t hash) const;
  void grow();

  std::vector<std::uint32_t> slots_;  // 0: free
  std::size_t size_ = 0;
  bool has_zero_ = false;
};

class SendLog {
 public:
  // Hashes loaded for a device; with more, the store is asked for each send.
  static constexpr std::size_t kMaxHashesOfDevice = 256 * 1024;
  // Over all devices: 128 MiB at worst.
  static constexpr std::size_t kMaxHashes = 16 * 1024 * 1024;

  SendLog(Shared& shared) : shared_(shared) {}

  struct Known {
    SendResult result;
    std::shared_ptr<OpenSend> open;  // null: answered
  };
  // Of those remembered; borrowed until the next change.
  const Known* find(const SendKey& key) const;

  // True: the store holds no such send. False: `wake` is called once that is known or find()
  // knows the send.
  bool is_new(const SendKey& key, Wake wake);

  void remember_open(const std::shared_ptr<OpenSend>& send);
  // Answered. `durable`: the store has it too.
  void answered(const SendKey& key, bool durable);
  // It did not happen.
  void forget(const SendKey& key);
  // The device is gone or has no connection: nothing will be asked for a while.
  void release(const DeviceAddress& sender);

  std::size_t size() const { return known_.size(); }

 private:
  struct Stored {
    enum class State : std::uint8_t { loading, listed, too_many };
    State state = State::loading;
    HashSet hashes;
    SendId absent;  // the last one that the store was asked for and did not have
    bool has_absent = false;
    std::vector<Wake> waiting;
  };

  void list(const DeviceAddress& sender, Stored& stored);
  void ask(const SendKey& key, Wake wake);
  void remember(const SendKey& key, Known known);
  void wake_all(const DeviceAddress& sender, const Status& status);

  Shared& shared_;
  std::unordered_map<SendKey, Known> known_;
  std::deque<SendKey> order_;
  std::unordered_map<DeviceAddress, Stored> stored_;
  std::size_t hashes_ = 0;
};

}  // namespace parley::hub
