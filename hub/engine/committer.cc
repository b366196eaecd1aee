#include "hub/engine/committer.h"

#include <utility>

namespace parley::hub {

namespace {
// What an operation weighs besides its payload: its place in the batch and in the store.
constexpr std::size_t kOperationBytes = 128;
}  // namespace

std::size_t Committer::size_of(const op::Any& operation) {
  const auto* put = std::get_if<op::PutMessage>(&operation);
  return kOperationBytes + (put != nullptr ? put->message.frame.size() : 0);
}

Committer::Slot Committer::append(op::Any operation) {
  if (pending_->empty()) pending_since_ = shared_.now;
  pending_bytes_ += size_of(operation);
  pending_->push_back(std::move(operation));
  return {batch_number_, static_cast<std::uint32_t>(pending_->size() - 1)};
}

void Committer::add(op::Any operation, ReplyDone done) {
  if (!available_) return done(fail(storage_unavailable(shared_)));
  const Slot slot = append(std::move(operation));
  pending_waiters_.emplace(slot.index, std::move(done));
  urgent_ = true;
}

Committer::Slot Committer::add_lasting(op::Any operation) { return append(std::move(operation)); }

Committer::Slot Committer::add_message(op::Any operation) { return append(std::move(operation)); }

bool Committer::cancel(Slot slot) {
  if (!is_pending(slot)) return false;
  op::Any& operation = (*pending_)[slot.index];
  pending_bytes_ -= size_of(operation);
  operation = op::Cancelled{};
  pending_bytes_ += kOperationBytes;
  return true;
}

void Committer::extend_removal(Slot slot, AcceptedAt accepted_at) {
  std::get<op::RemoveMessages>((*pending_)[slot.index]).accepted_at.push_back(accepted_at);
}

const StoredMessage* Committer::find_message(Slot slot) const {
  const WriteBatch* batch = nullptr;
  if (is_pending(slot)) {
    batch = pending_.get();
  } else if (flying_ && slot.batch + 1 == batch_number_) {
    batch = flying_.get();
  }
  if (batch == nullptr) return nullptr;
  const auto* put = std::get_if<op::PutMessage>(&(*batch)[slot.index]);
  return put == nullptr ? nullptr : &put->message;
}

bool Committer::is_due() const {
  if (!available_) return shared_.now >= retry_at_;
  if (pending_->empty()) return false;
  if (urgent_ || pending_->size() >= shared_.config.commit_ops) return true;
  return shared_.now - pending_since_ >= shared_.config.commit_delay;
}

void Committer::flush_if_due() {
  if (!flying_ && is_due()) flush();
}

void Committer::flush() {
  if (!available_) append(probe_());
  // Withdrawn at the end: nothing left to write for them.
  while (!pending_->empty() && std::holds_alternative<op::Cancelled>(pending_->back())) {
    pending_->pop_back();
  }
  flying_bytes_ = std::exchange(pending_bytes_, 0);
  urgent_ = false;
  if (pending_->empty()) {
    flying_bytes_ = 0;
    return;
  }
  flying_ = std::exchange(pending_, std::make_shared<WriteBatch>());
  flying_waiters_ = std::exchange(pending_waiters_, {});
  flying_since_ = shared_.now;
  ++batch_number_;
  shared_.statistics.commit_ops.add(flying_->size());
  shared_.store.commit(flying_,
                       shared_.completion([this, batch = flying_](Result<CommitReplies> result) {
                         settled(batch, std::move(result));
                       }));
}

void Committer::settled(std::shared_ptr<const WriteBatch> batch, Result<CommitReplies> result) {
  flying_.reset();
  flying_bytes_ = 0;
  if (!result) return fail_everything(*batch);
  available_ = true;
  ++shared_.statistics.commits;
  const Duration took = shared_.now - flying_since_;
  shared_.statistics.commit_ms.add(static_cast<std::uint64_t>(std::max<std::int64_t>(0, took.ms)));
  listener_->batch_settled(*batch, true);
  answer(*result);
}

void Committer::answer(const CommitReplies& replies) {
  auto waiters = std::exchange(flying_waiters_, {});
  for (const CommitReplies::Item& item : replies.items) {
    const auto waiter = waiters.find(item.index);
    if (waiter != waiters.end()) waiter->second(item.reply);
  }
}

void Committer::keep_lasting(const WriteBatch& from, WriteBatch& kept) {
  for (const op::Any& operation : from) {
    if (const auto* removal = std::get_if<op::RemoveMessages>(&operation)) kept.push_back(*removal);
    if (const auto* touch = std::get_if<op::TouchDevice>(&operation)) kept.push_back(*touch);
  }
}

void Committer::fail_everything(const WriteBatch& batch) {
  ++shared_.statistics.commit_failures;
  available_ = false;
  retry_at_ = shared_.now + shared_.config.storage_retry;
  const auto queued = std::exchange(pending_, std::make_shared<WriteBatch>());
  ++batch_number_;
  pending_bytes_ = 0;
  urgent_ = false;
  WriteBatch kept;
  keep_lasting(batch, kept);
  keep_lasting(*queued, kept);
  for (op::Any& operation : kept) append(std::move(operation));

  listener_->batch_settled(batch, false);
  listener_->batch_settled(*queued, false);
  auto waiters = std::exchange(flying_waiters_, {});
  auto more = std::exchange(pending_waiters_, {});
  for (auto& [index, done] : waiters) done(fail(storage_unavailable(shared_)));
  for (auto& [index, done] : more) done(fail(storage_unavailable(shared_)));
}

std::optional<Time> Committer::next_wakeup() const {
  if (flying_) return std::nullopt;
  if (!available_) return retry_at_;
  if (pending_->empty()) return std::nullopt;
  if (urgent_) return shared_.now;
  return pending_since_ + shared_.config.commit_delay;
}

void Committer::fill_in(Statistics& statistics) const {
  statistics.pending_ops = pending_->size() + (flying_ ? flying_->size() : 0);
  statistics.pending_bytes = pending_bytes_ + flying_bytes_;
  statistics.storage_available = available_;
}

}  // namespace parley::hub
