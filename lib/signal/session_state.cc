#include "lib/signal/session_state.h"

#include <algorithm>

namespace parley::signal {

SessionState SessionState::clone() const {
  return {protocol,
          local_identity,
          remote_identity,
          local_registration_id,
          remote_registration_id,
          base_key,
          root_key.clone(),
          previous_counter,
          sender_ratchet.clone(),
          sender_chain.clone(),
          receiver_chains,
          pending,
          pq_ratchet};
}

const ReceiverChain* SessionState::find_chain(const PublicKey& ratchet_key) const {
  // The newest is nearly always the one.
  for (auto it = receiver_chains.rbegin(); it != receiver_chains.rend(); ++it) {
    if ((*it)->ratchet_key == ratchet_key) return it->get();
  }
  return nullptr;
}

void SessionState::put_chain(ReceiverChain chain) {
  const auto same = [&](const auto& other) { return other->ratchet_key == chain.ratchet_key; };
  const auto at = std::ranges::find_if(receiver_chains, same);
  auto shared = std::make_shared<const ReceiverChain>(std::move(chain));
  if (at != receiver_chains.end()) {
    *at = std::move(shared);
    return;
  }
  receiver_chains.push_back(std::move(shared));
  if (receiver_chains.size() > kMaxReceiverChains) receiver_chains.erase(receiver_chains.begin());
}

namespace {

// Oldest first: they stand at the end.
void drop_beyond_limits(std::vector<std::shared_ptr<const ArchivedSession>>& archived) {
  std::size_t bytes = 0, kept = 0;
  for (; kept < archived.size() && kept < kMaxArchivedSessions; ++kept) {
    bytes += archived[kept]->encoded.size();
    if (bytes > kMaxArchivedBytes) break;
  }
  archived.resize(kept);
}

}  // namespace

SessionRecord RecordEditor::assemble(SharedState current,
                                     std::vector<std::shared_ptr<const ArchivedSession>> archived) {
  SessionRecord record;
  record.current_ = std::move(current);
  record.archived_ = std::move(archived);
  return record;
}

SessionRecord RecordEditor::advance(const SessionRecord& record, SharedState next) {
  return assemble(std::move(next), record.archived_);
}

SessionRecord RecordEditor::archive(const SessionRecord& record) {
  SessionRecord result = record.share();
  if (!result.current_) return result;
  auto archived = std::make_shared<const ArchivedSession>(encode_state(*result.current_));
  result.archived_.insert(result.archived_.begin(), std::move(archived));
  drop_beyond_limits(result.archived_);
  result.current_ = nullptr;
  return result;
}

SessionRecord RecordEditor::begin(const SessionRecord& record, SharedState next) {
  SessionRecord result = archive(record);
  result.current_ = std::move(next);
  return result;
}

SessionRecord RecordEditor::promote(const SessionRecord& record, std::size_t index,
                                    SharedState next) {
  SessionRecord without = record.share();
  without.archived_.erase(without.archived_.begin() + static_cast<std::ptrdiff_t>(index));
  return begin(without, std::move(next));
}

SessionRecord SessionRecord::share() const { return RecordEditor::assemble(current_, archived_); }

SessionRecord archive_current(const SessionRecord& record) { return RecordEditor::archive(record); }

std::optional<PublicKey> SessionRecord::remote_identity() const {
  if (!current_) return std::nullopt;
  return current_->remote_identity;
}

std::optional<RegistrationId> SessionRecord::remote_registration_id() const {
  if (!current_) return std::nullopt;
  return current_->remote_registration_id;
}

std::optional<Protocol> SessionRecord::protocol() const {
  if (!current_) return std::nullopt;
  return current_->protocol;
}

std::optional<PublicKey> SessionRecord::base_key() const {
  if (!current_) return std::nullopt;
  return current_->base_key;
}

bool SessionRecord::is_unacknowledged() const { return current_ && current_->pending; }

bool SessionRecord::can_encrypt(Time now) const {
  return current_ &&
         (!current_->pending || now <= current_->pending->created + kMaxUnacknowledgedAge);
}

}  // namespace parley::signal
