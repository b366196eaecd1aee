// Mailboxes: what waits for each device, and its delivery to a connected one.
//
// A device's messages are, in order: those in the store, then those accepted and not yet
// durable (`pending`). A connected device gets them in that order, at most a window of
// unacknowledged ones at a time; what is beyond waits in the store and is read in pages.
// While nothing is behind, a message goes to the device the moment it is accepted.
//
// Never repeated after an acknowledgement: until a removal is durable, the acknowledged ones
// are remembered and left out of pages read meanwhile. (A crash forgets removals that were
// not durable; devices treat the repeat as received.)
//
// A mailbox is in memory only while its device is connected or something is under way. One
// thread. Works on loaded accounts, which it pins.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "hub/engine/committer.h"
#include "hub/engine/directory.h"
#include "hub/engine/fifo.h"
#include "hub/engine/open_send.h"

namespace parley::hub {

// A connected device's side.
struct Delivery {
  struct Sent {
    AcceptedAt accepted_at;
    std::size_t bytes;
  };

  ConnectionId connection;
  std::uint64_t generation = 0;
  AcceptedAt cursor;        // the newest one handed out
  AcceptedAt caught_up_at;  // the newest that was there when the device connected
  bool caught_up = false;
  bool reading = false;
  Fifo<Sent> window;  // handed out and unacknowledged, oldest first
  std::size_t window_bytes = 0;
};

struct Mailbox {
  struct Pending {
    AcceptedAt accepted_at;
    std::size_t bytes;
    Committer::Slot slot;
    std::shared_ptr<OpenSend> send;
  };

  DeviceAddress of;
  AccountPtr account;
  std::uint64_t generation = 0;  // tells it from an earlier one of the same name
  Fifo<Pending> pending;
  std::vector<AcceptedAt> removing;  // acknowledged; may still lie in the store
  std::vector<AcceptedAt> removed;   // removed durably while a read was under way
  std::size_t reads = 0;
  Committer::Slot removal;  // the pending RemoveMessages, if any
  AcceptedAt stored_until;  // the newest that is durable
  std::unique_ptr<Delivery> delivery;
};

class Mailboxes {
 public:
  // Bytes of a page read from the store.
  static constexpr std::size_t kPageBytes = 256 * 1024;
  // What an entry costs a mailbox besides its frame, so that empty ones are not free.
  static constexpr std::size_t kEntryBytes = 128;

  Mailboxes(Shared& shared, Committer& committer) : shared_(shared), committer_(committer) {}
  // Called when the last target of a send has acknowledged it or is gone.
  void on_all_acknowledged(std::function<void(OpenSend&)> then) { finished_ = std::move(then); }

  // Called when a message became durable for a device that is not connected, and when a device
  // leaves that has not acknowledged what it was given.
  void on_left_waiting(std::function<void(const AccountPtr&)> then) { waiting_ = std::move(then); }

  // True where `bytes` more fit.
  bool has_room(const DeviceRecord& device, std::size_t bytes) const;
  // Takes a message for a device of `account`; `send` waits for its acknowledgement.
  void put(const AccountPtr& account, DeviceId device, StoredMessage message,
           const std::shared_ptr<OpenSend>& send);

  // A device connected: everything unacknowledged is delivered again, in order.
  void attach(const AccountPtr& account, DeviceId device, ConnectionId connection);
  void detach(const DeviceAddress& device);
  void acknowledge(const DeviceAddress& device, const std::vector<std::int64_t>& accepted_at_us);
  // Delivers what may be delivered.
  void pump(const DeviceAddress& device);
  // The device is gone, and what waits for it.
  void drop(const DeviceAddress& device);

  // --- from the committer
  void message_settled(const op::PutMessage& message, bool durable);
  void removal_settled(const op::RemoveMessages& removal, bool durable);
  void swept(const op::Swept& swept, Directory& directory);

  std::optional<Time> next_wakeup() const;
  void tick();

 private:
  Mailbox* find(const DeviceAddress& device);
  Mailbox& live(const AccountPtr& account, DeviceId device);
  void close_if_idle(const DeviceAddress& device);
  void pump(Mailbox& box);
  void read_page(Mailbox& box);
  struct ReadTicket {
    DeviceAddress device;
    std::uint64_t mailbox;
    std::uint64_t delivery;
    AcceptedAt until;
  };
  void page_arrived(const ReadTicket& read, Result<Store::MailboxPage> page);
  void take_page(Mailbox& box, const ReadTicket& read, const Store::MailboxPage& page);
  void deliver(Mailbox& box, AcceptedAt accepted_at, ByteView frame);
  bool is_stalled(const Delivery& delivery) const;
  const Mailbox::Pending* next_pending(const Mailbox& box) const;
  void tell_if_caught_up(Mailbox& box);
  void acknowledge_one(Mailbox& box, AcceptedAt accepted_at);
  void withdraw(Mailbox& box, Fifo<Mailbox::Pending>::iterator pending);
  void remove_stored(Mailbox& box, AcceptedAt accepted_at);
  void target_done(OpenSend& send);
  static void shrink(Account& account, DeviceId device, std::size_t bytes);

  Shared& shared_;
  Committer& committer_;
  std::function<void(OpenSend&)> finished_;
  std::function<void(const AccountPtr&)> waiting_;
  std::unordered_map<DeviceAddress, Mailbox> boxes_;
  std::uint64_t generations_ = 0;
  std::vector<DeviceAddress> failed_reads_;
  Time retry_reads_at_;
};

}  // namespace parley::hub
