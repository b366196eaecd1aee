// Group commit: collects operations into one pending batch and hands it to the store when
// the writer is idle and it is due, so that under load one sync makes thousands of messages
// durable, and at rest nobody waits long.
//
// A batch is due when something in it is waited for, when it is large, or when its oldest
// message has waited `commit_delay`. That delay is what lets a message be acknowledged by
// all its targets, and so be withdrawn, before it is ever written.
//
// When a commit fails, nothing of it took effect. Everything pending fails with it; removals
// of acknowledged messages are kept and tried again. Until a probe succeeds, storage is
// unavailable.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "hub/engine/shared.h"

namespace parley::hub {

// Told about every batch once its fate is known, before any awaited reply is.
class CommitListener {
 public:
  virtual ~CommitListener() = default;
  virtual void batch_settled(const WriteBatch& batch, bool durable) = 0;
};

class Committer {
 public:
  // Where an operation lies. Names nothing once its batch is settled.
  struct Slot {
    std::uint64_t batch = 0;
    std::uint32_t index = 0;
  };
  using ReplyDone = Completion<Result<op::Reply>>;

  explicit Committer(Shared& shared) : shared_(shared) {}
  void set_listener(CommitListener* listener) { listener_ = listener; }
  // An operation that is always harmless to write, to try whether writing works again.
  void set_probe(std::function<op::Any()> probe) { probe_ = std::move(probe); }

  // An operation somebody waits for. If storage is unavailable, `done` is told at once.
  void add(op::Any operation, ReplyDone done);
  // One that nobody waits for and that must not be forgotten: RemoveMessages, TouchDevice.
  Slot add_lasting(op::Any operation);
  // A message or a send's result.
  Slot add_message(op::Any operation);

  bool is_pending(Slot slot) const { return slot.batch == batch_number_; }
  // Withdraws an operation. False: its batch has left already.
  bool cancel(Slot slot);
  // Adds to a RemoveMessages that is still pending.
  void extend_removal(Slot slot, AcceptedAt accepted_at);
  // The message of a PutMessage, pending or on its way to the disk; borrowed.
  const StoredMessage* find_message(Slot slot) const;

  bool available() const { return available_; }
  // Too much unwritten data to take more messages.
  bool is_full() const { return pending_bytes_ + flying_bytes_ > shared_.config.max_pending_bytes; }
  bool idle() const { return pending_->empty() && !flying_; }

  // Hands the pending batch over if the writer is idle and the batch is due.
  void flush_if_due();
  // Regardless of the delay, from now on until idle.
  void hurry() { urgent_ = true; }
  std::optional<Time> next_wakeup() const;
  void fill_in(Statistics& statistics) const;

 private:
  Slot append(op::Any operation);
  bool is_due() const;
  void flush();
  void settled(std::shared_ptr<const WriteBatch> batch, Result<CommitReplies> result);
  void answer(const CommitReplies& replies);
  void fail_everything(const WriteBatch& batch);
  static void keep_lasting(const WriteBatch& from, WriteBatch& kept);
  static std::size_t size_of(const op::Any& operation);

  Shared& shared_;
  CommitListener* listener_ = nullptr;
  std::function<op::Any()> probe_;

  std::shared_ptr<WriteBatch> pending_ = std::make_shared<WriteBatch>();
  std::unordered_map<std::size_t, ReplyDone> pending_waiters_;  // by index
  std::uint64_t batch_number_ = 1;                              // of the pending batch
  std::size_t pending_bytes_ = 0;
  Time pending_since_;
  bool urgent_ = false;

  std::shared_ptr<const WriteBatch> flying_;  // null: the writer is idle
  std::unordered_map<std::size_t, ReplyDone> flying_waiters_;
  std::size_t flying_bytes_ = 0;
  Time flying_since_;

  bool available_ = true;
  Time retry_at_;
};

}  // namespace parley::hub
