#include "hub/engine/mailboxes.h"

#include <algorithm>
#include <utility>

#include "hub/engine/frames.h"

namespace parley::hub {

namespace {

template <typename Entry>
auto find_accepted(Fifo<Entry>& entries, AcceptedAt accepted_at) {
  const auto found =
      std::lower_bound(entries.begin(), entries.end(), accepted_at,
                       [](const Entry& entry, AcceptedAt at) { return entry.accepted_at < at; });
  return found != entries.end() && found->accepted_at == accepted_at ? found : entries.end();
}

bool contains(const std::vector<AcceptedAt>& times, AcceptedAt at) {
  return std::find(times.begin(), times.end(), at) != times.end();
}

// Takes `gone` out of `times`; mostly it is how they begin.
void forget(std::vector<AcceptedAt>& times, const std::vector<AcceptedAt>& gone) {
  if (times.size() >= gone.size() && std::equal(gone.begin(), gone.end(), times.begin())) {
    times.erase(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(gone.size()));
  } else {
    std::erase_if(times, [&](AcceptedAt at) { return contains(gone, at); });
  }
}

}  // namespace

bool Mailboxes::has_room(const DeviceRecord& device, std::size_t bytes) const {
  const std::uint64_t used = device.mailbox_bytes + device.mailbox_count * kEntryBytes;
  return used + bytes + kEntryBytes <= shared_.config.max_mailbox_bytes;
}

Mailbox* Mailboxes::find(const DeviceAddress& device) {
  const auto found = boxes_.find(device);
  return found == boxes_.end() ? nullptr : &found->second;
}

Mailbox& Mailboxes::live(const AccountPtr& account, DeviceId device) {
  const DeviceAddress address{account->id(), device};
  const auto [place, added] = boxes_.try_emplace(address);
  Mailbox& box = place->second;
  if (added) {
    box.of = address;
    box.account = account;
    box.generation = ++generations_;
    if (const DeviceRecord* record = account->find(device)) {
      box.stored_until = record->mailbox_newest;
    }
  }
  return box;
}

void Mailboxes::close_if_idle(const DeviceAddress& device) {
  const auto found = boxes_.find(device);
  if (found == boxes_.end()) return;
  Mailbox& box = found->second;
  const bool idle = !box.delivery && box.pending.empty() && box.removing.empty() && box.reads == 0;
  if (!idle) return;
  if (DeviceRecord* record = box.account->find(device.device)) {
    record->mailbox_newest = box.stored_until;
  }
  boxes_.erase(found);
}

// ------------------------------------------------------------------- in

void Mailboxes::put(const AccountPtr& account, DeviceId device, StoredMessage message,
                    const std::shared_ptr<OpenSend>& send) {
  Mailbox& box = live(account, device);
  const AcceptedAt at = message.accepted_at;
  const std::size_t bytes = message.frame.size();
  if (DeviceRecord* record = account->find(device)) {
    record->mailbox_bytes += bytes;
    ++record->mailbox_count;
  }
  const Committer::Slot slot = committer_.add_message(op::PutMessage{box.of, std::move(message)});
  box.pending.push_back({at, bytes, slot, send});
  pump(box);
}

// ------------------------------------------------------------------- out

void Mailboxes::attach(const AccountPtr& account, DeviceId device, ConnectionId connection) {
  Mailbox& box = live(account, device);
  box.delivery = std::make_unique<Delivery>();
  box.delivery->connection = connection;
  box.delivery->generation = ++generations_;
  box.delivery->caught_up_at =
      box.pending.empty() ? box.stored_until : box.pending.back().accepted_at;
  pump(box);
}

void Mailboxes::detach(const DeviceAddress& device) {
  Mailbox* box = find(device);
  if (box == nullptr) return;
  // Handed out, but to a connection that may have been dead already.
  const bool unacknowledged = box->delivery && !box->delivery->window.empty();
  const AccountPtr account = box->account;
  box->delivery.reset();
  close_if_idle(device);
  if (unacknowledged && waiting_) waiting_(account);
}

void Mailboxes::pump(const DeviceAddress& device) {
  if (Mailbox* box = find(device)) pump(*box);
}

bool Mailboxes::is_stalled(const Delivery& delivery) const {
  // What is unacknowledged bounds what can be queued: mostly there is no need to ask.
  if (delivery.window_bytes < kQueueHighBytes / 2) return false;
  return shared_.connections.queued_bytes(delivery.connection) >= kQueueHighBytes;
}

const Mailbox::Pending* Mailboxes::next_pending(const Mailbox& box) const {
  const AcceptedAt cursor = box.delivery->cursor;
  if (box.pending.empty() || box.pending.back().accepted_at <= cursor) return nullptr;
  const auto next = std::upper_bound(
      box.pending.begin(), box.pending.end(), cursor,
      [](AcceptedAt at, const Mailbox::Pending& entry) { return at < entry.accepted_at; });
  return &*next;
}

void Mailboxes::pump(Mailbox& box) {
  if (!box.delivery || box.delivery->reading) return;
  Delivery& delivery = *box.delivery;
  while (delivery.window.size() < shared_.config.delivery_window && !is_stalled(delivery)) {
    if (delivery.cursor < box.stored_until) return read_page(box);
    const Mailbox::Pending* next = next_pending(box);
    if (next == nullptr) break;
    const StoredMessage* message = committer_.find_message(next->slot);
    deliver(box, next->accepted_at, message->frame);
  }
  tell_if_caught_up(box);
}

void Mailboxes::deliver(Mailbox& box, AcceptedAt accepted_at, ByteView frame) {
  Delivery& delivery = *box.delivery;
  shared_.connections.send(delivery.connection, frame);
  delivery.cursor = accepted_at;
  delivery.window.push_back({accepted_at, frame.size()});
  delivery.window_bytes += frame.size();
  ++shared_.statistics.messages_delivered;
}

void Mailboxes::tell_if_caught_up(Mailbox& box) {
  Delivery& delivery = *box.delivery;
  if (delivery.caught_up || delivery.cursor < delivery.caught_up_at) return;
  if (!delivery.window.empty() && delivery.window.front().accepted_at <= delivery.caught_up_at) {
    return;
  }
  delivery.caught_up = true;
  shared_.connections.send(delivery.connection, encode_frame(0, wire::channel::CaughtUp{}));
}

void Mailboxes::read_page(Mailbox& box) {
  Delivery& delivery = *box.delivery;
  delivery.reading = true;
  ++box.reads;
  const std::size_t room = shared_.config.delivery_window - delivery.window.size();
  const ReadTicket read{box.of, box.generation, delivery.generation, box.stored_until};
  shared_.store.read_mailbox(box.of, delivery.cursor, room, kPageBytes,
                             shared_.completion([this, read](Result<Store::MailboxPage> page) {
                               page_arrived(read, std::move(page));
                             }));
}

void Mailboxes::page_arrived(const ReadTicket& read, Result<Store::MailboxPage> page) {
  Mailbox* box = find(read.device);
  if (box == nullptr || box->generation != read.mailbox) return;
  --box->reads;
  if (box->delivery && box->delivery->generation == read.delivery) {
    box->delivery->reading = false;
    if (!page) {
      failed_reads_.push_back(read.device);
      retry_reads_at_ = shared_.now + shared_.config.storage_retry;
      return;
    }
    take_page(*box, read, *page);
  }
  if (box->reads == 0) box->removed.clear();
  pump(*box);
  close_if_idle(read.device);
}

void Mailboxes::take_page(Mailbox& box, const ReadTicket& read, const Store::MailboxPage& page) {
  Delivery& delivery = *box.delivery;
  const AcceptedAt oldest{(shared_.now - shared_.config.mailbox_lifetime).ms * 1000};
  for (const StoredMessage& message : page.messages) {
    const AcceptedAt at = message.accepted_at;
    if (at <= delivery.cursor) continue;
    if (at < oldest || contains(box.removing, at) || contains(box.removed, at)) {
      delivery.cursor = at;  // expired, or acknowledged already
    } else {
      deliver(box, at, message.frame);
    }
  }
  if (page.last) delivery.cursor = std::max(delivery.cursor, read.until);
}

// ------------------------------------------------------------------- acknowledgements

void Mailboxes::acknowledge(const DeviceAddress& device,
                            const std::vector<std::int64_t>& accepted_at_us) {
  Mailbox* box = find(device);
  if (box == nullptr || !box->delivery) return;
  for (const std::int64_t at : accepted_at_us) acknowledge_one(*box, AcceptedAt{at});
  pump(*box);
}

void Mailboxes::acknowledge_one(Mailbox& box, AcceptedAt accepted_at) {
  Delivery& delivery = *box.delivery;
  const auto sent = find_accepted(delivery.window, accepted_at);
  if (sent == delivery.window.end()) return;  // unknown, or acknowledged before
  const std::size_t bytes = sent->bytes;
  delivery.window_bytes -= bytes;
  delivery.window.erase(sent);
  ++shared_.statistics.messages_acknowledged;
  shrink(*box.account, box.of.device, bytes);
  const auto pending = find_accepted(box.pending, accepted_at);
  if (pending != box.pending.end()) return withdraw(box, pending);
  remove_stored(box, accepted_at);
}

void Mailboxes::withdraw(Mailbox& box, Fifo<Mailbox::Pending>::iterator pending) {
  const std::shared_ptr<OpenSend> send = pending->send;
  const AcceptedAt at = pending->accepted_at;
  const bool written = !committer_.cancel(pending->slot);
  box.pending.erase(pending);
  if (written) {
    // Its batch is on its way: remove it behind.
    remove_stored(box, at);
    box.stored_until = std::max(box.stored_until, at);
  } else {
    ++shared_.statistics.messages_never_written;
  }
  target_done(*send);
}

void Mailboxes::remove_stored(Mailbox& box, AcceptedAt accepted_at) {
  box.removing.push_back(accepted_at);
  if (committer_.is_pending(box.removal)) {
    committer_.extend_removal(box.removal, accepted_at);
  } else {
    box.removal = committer_.add_lasting(op::RemoveMessages{box.of, {accepted_at}});
  }
}

void Mailboxes::target_done(OpenSend& send) {
  if (send.targets_left == 0) return;
  if (--send.targets_left == 0 && !send.must_commit) finished_(send);
}

void Mailboxes::shrink(Account& account, DeviceId device, std::size_t bytes) {
  DeviceRecord* record = account.find(device);
  if (record == nullptr) return;
  record->mailbox_bytes -= std::min<std::uint64_t>(record->mailbox_bytes, bytes);
  record->mailbox_count -= std::min<std::uint64_t>(record->mailbox_count, 1);
}

void Mailboxes::drop(const DeviceAddress& device) {
  const auto found = boxes_.find(device);
  if (found == boxes_.end()) return;
  const Mailbox box = std::move(found->second);
  boxes_.erase(found);
  for (const Mailbox::Pending& pending : box.pending) {
    committer_.cancel(pending.slot);
    target_done(*pending.send);
  }
}

// ------------------------------------------------------------------- what became of it

void Mailboxes::message_settled(const op::PutMessage& message, bool durable) {
  if (durable) ++shared_.statistics.messages_written;
  Mailbox* box = find(message.to);
  if (box == nullptr) return;
  const AcceptedAt at = message.message.accepted_at;
  const auto pending = find_accepted(box->pending, at);
  if (pending == box->pending.end()) return;
  if (durable) {
    box->stored_until = std::max(box->stored_until, at);
    if (!box->delivery && waiting_) waiting_(box->account);
  } else {
    shrink(*box->account, box->of.device, pending->bytes);
    if (box->delivery) {
      auto& window = box->delivery->window;
      const auto sent = find_accepted(window, at);
      if (sent != window.end()) {
        box->delivery->window_bytes -= sent->bytes;
        window.erase(sent);
      }
    }
  }
  box->pending.erase(pending);
  if (box->pending.empty() && !box->delivery) close_if_idle(message.to);
}

void Mailboxes::removal_settled(const op::RemoveMessages& removal, bool durable) {
  Mailbox* box = find(removal.of);
  if (box == nullptr || !durable) return;
  forget(box->removing, removal.accepted_at);
  if (box->reads > 0) {
    box->removed.insert(box->removed.end(), removal.accepted_at.begin(), removal.accepted_at.end());
  }
  close_if_idle(removal.of);
}

void Mailboxes::swept(const op::Swept& swept, Directory& directory) {
  for (const op::Swept::Mailbox& mailbox : swept.mailboxes) {
    shared_.statistics.messages_expired += mailbox.count;
    Account* account = directory.peek(mailbox.of.account);
    DeviceRecord* record = account == nullptr ? nullptr : account->find(mailbox.of.device);
    if (record == nullptr) continue;
    record->mailbox_bytes -= std::min(record->mailbox_bytes, mailbox.bytes);
    record->mailbox_count -= std::min(record->mailbox_count, mailbox.count);
  }
}

std::optional<Time> Mailboxes::next_wakeup() const {
  if (failed_reads_.empty()) return std::nullopt;
  return retry_reads_at_;
}

void Mailboxes::tick() {
  if (failed_reads_.empty() || shared_.now < retry_reads_at_) return;
  for (const DeviceAddress& device : std::exchange(failed_reads_, {})) pump(device);
}

}  // namespace parley::hub
