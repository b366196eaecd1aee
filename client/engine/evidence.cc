#include "client/engine/evidence.h"

#include <algorithm>

#include "client/engine/history.h"

namespace parley::client {
namespace {

// More than a chat ever has: a step may go above the limit by what it adds.
constexpr std::uint32_t kScanned = 2 * kMaxEvidence;
constexpr std::uint32_t kRemovedPerStep = 100;

// The evidence of one chat and the chat's count of it.
class Drawer {
 public:
  // Nothing: there is no such chat.
  static Result<std::optional<Drawer>> open(Step& step, const RecordKey& chat_key) {
    PARLEY_TRY(chat, step.get<records::Chat>(RecordKind::chat, chat_key));
    if (!chat) return std::optional<Drawer>();
    return std::optional(Drawer(step, chat_key, *std::move(chat)));
  }
  static Result<std::optional<Drawer>> of(Step& step, const AccountId& peer) {
    PARLEY_TRY(conversation, conversation_with(step, peer));
    return open(step, id_key(conversation.view()));
  }

  bool is_empty() const { return chat_.evidence_count == 0; }
  bool is_full() const {
    return chat_.evidence_count > kMaxEvidence || chat_.evidence_bytes > kMaxEvidenceBytes;
  }

  // As it was before this step, oldest first.
  Result<std::vector<ScannedRecord>> stored(std::uint32_t limit) {
    if (is_empty()) return std::vector<ScannedRecord>{};
    Scan scan{RecordKind::evidence, chat_key_};
    scan.limit = limit;
    return step_.scan(std::move(scan));
  }

  Status put(const RecordKey& key, const records::Evidence& proof) {
    PARLEY_CHECK(remove(key));
    SecretBuffer value = wire::encode_secret(proof);
    ++chat_.evidence_count;
    chat_.evidence_bytes += value.size();
    step_.write(RecordKind::evidence, key, std::move(value));
    step_.write(RecordKind::evidence_until, time_key(proof.keep_until_ms, key), SecretBuffer{});
    return {};
  }

  // Does nothing where it is gone already.
  Status remove(const RecordKey& key) {
    PARLEY_TRY(value, step_.read(RecordKind::evidence, key));
    if (!value) return {};
    PARLEY_TRY(proof, wire::decode<records::Evidence>(value->view()));
    chat_.evidence_count -= std::min<std::uint32_t>(chat_.evidence_count, 1);
    chat_.evidence_bytes -= std::min<std::uint64_t>(chat_.evidence_bytes, value->size());
    step_.remove(RecordKind::evidence, key);
    step_.remove(RecordKind::evidence_until, time_key(proof.keep_until_ms, key));
    return {};
  }

  Status remove_oldest_above_limits() {
    if (!is_full()) return {};
    PARLEY_TRY(oldest, stored(kRemovedPerStep));
    for (const auto& record : oldest) {
      if (!is_full()) break;
      PARLEY_CHECK(remove(record.key));
    }
    return {};
  }

  void close() { step_.put(RecordKind::chat, chat_key_, chat_); }

 private:
  Drawer(Step& step, RecordKey chat_key, records::Chat chat)
      : step_(step), chat_key_(std::move(chat_key)), chat_(std::move(chat)) {}

  Step& step_;
  RecordKey chat_key_;
  records::Chat chat_;
};

Status put_proof(Drawer& drawer, const ConversationId& chat, const records::Evidence& proof) {
  PARLEY_TRY(id, MessageId::from(proof.message_id));
  return drawer.put(message_key(chat, proof.accepted_at_us, id), proof);
}

bool is_complete(const records::Evidence& proof) {
  return !proof.franking_key.empty() && !proof.franking_tag.empty() && !proof.stamp.empty() &&
         !proof.mimi_content.empty() && proof.sender_device_id != 0;
}

std::int64_t end_of_stamp_ms(const records::Evidence& proof) {
  return proof.accepted_at_us / 1000 + kEvidenceLifetime.ms;
}

}  // namespace

records::Evidence proof_of(const records::Message& message) {
  records::Evidence proof;
  proof.message_id = message.message_id;
  proof.about_message_id = message.message_id;
  proof.sender_account_id = message.sender_account_id;
  proof.accepted_at_us = message.accepted_at_us;
  proof.franking_key = message.franking_key;
  proof.mimi_content = message.mimi_content;
  proof.franking_tag = message.franking_tag;
  proof.stamp_key_id = message.stamp_key_id;
  proof.stamp = message.stamp;
  proof.sender_device_id = message.sender_device_id;
  return proof;
}

bool is_provable(const records::Evidence& proof, Time now) {
  return is_complete(proof) && end_of_stamp_ms(proof) > now.ms;
}

Status keep_evidence(Step& step, const AccountId& peer, records::Evidence proof) {
  PARLEY_TRY(own, step.own_id());
  if (proof.sender_account_id == own.to_bytes()) return {};
  if (proof.keep_until_ms == 0) proof.keep_until_ms = end_of_stamp_ms(proof);
  if (!is_provable(proof, step.now()) || proof.keep_until_ms <= step.now().ms) return {};
  PARLEY_TRY(conversation, conversation_with(step, peer));
  PARLEY_TRY(drawer, Drawer::of(step, peer));
  if (!drawer) return {};
  PARLEY_CHECK(put_proof(*drawer, conversation, proof));
  PARLEY_CHECK(drawer->remove_oldest_above_limits());
  drawer->close();
  return {};
}

Status keep_expired(Step& step, const records::Message& message) {
  PARLEY_TRY(own, step.own_id());
  if (message.sender_account_id == own.to_bytes()) return {};
  PARLEY_TRY(peer, AccountId::from(message.peer_account_id));
  const std::int64_t until_ms = step.now().ms + kExpiredEvidenceLifetime.ms;
  records::Evidence proof = proof_of(message);
  proof.keep_until_ms = std::min(until_ms, end_of_stamp_ms(proof));
  PARLEY_CHECK(keep_evidence(step, peer, std::move(proof)));

  // Its edits and the reactions to it go with it.
  PARLEY_TRY(conversation, conversation_with(step, peer));
  PARLEY_TRY(drawer, Drawer::of(step, peer));
  if (!drawer || drawer->is_empty()) return {};
  PARLEY_TRY(all, drawer->stored(kScanned));
  for (const auto& record : all) {
    PARLEY_TRY(kept, wire::decode<records::Evidence>(record.value->view()));
    if (kept.about_message_id != message.message_id || kept.keep_until_ms <= until_ms) continue;
    PARLEY_TRY(still_here, step.read(RecordKind::evidence, record.key));
    if (!still_here) continue;
    PARLEY_CHECK(drawer->remove(record.key));
    kept.keep_until_ms = until_ms;
    PARLEY_CHECK(put_proof(*drawer, conversation, kept));
  }
  drawer->close();
  return {};
}

Status forget_evidence(Step& step, const records::Message& message) {
  PARLEY_TRY(peer, AccountId::from(message.peer_account_id));
  PARLEY_TRY(drawer, Drawer::of(step, peer));
  if (!drawer || drawer->is_empty()) return {};
  PARLEY_TRY(all, drawer->stored(kScanned));
  for (const auto& record : all) {
    PARLEY_TRY(kept, wire::decode<records::Evidence>(record.value->view()));
    if (kept.about_message_id == message.message_id) PARLEY_CHECK(drawer->remove(record.key));
  }
  drawer->close();
  return {};
}

Result<std::vector<records::Evidence>> evidence_with(Step& step, const AccountId& peer) {
  std::vector<records::Evidence> found;
  PARLEY_TRY(drawer, Drawer::of(step, peer));
  if (!drawer) return found;
  PARLEY_TRY(all, drawer->stored(kScanned));
  for (const auto& record : all) {
    PARLEY_TRY(kept, wire::decode<records::Evidence>(record.value->view()));
    if (kept.keep_until_ms > step.now().ms) found.push_back(std::move(kept));
  }
  return found;
}

Result<bool> clean_evidence(Step& step) {
  Scan scan{RecordKind::evidence_until};
  scan.limit = kRemovedPerStep;
  PARLEY_TRY(due, step.scan(std::move(scan)));
  std::erase_if(due, [&](const auto& one) { return leading_number(one.key) > step.now().ms; });
  const auto key_of = [](const ScannedRecord& one) {
    return RecordKey(one.key.begin() + 8, one.key.end());
  };
  // All are read before the first is missed, so that the store is asked once.
  for (const auto& record : due) static_cast<void>(step.read(RecordKind::evidence, key_of(record)));
  if (step.is_loading()) return Step::loading();
  for (const auto& record : due) {
    step.remove(RecordKind::evidence_until, record.key);
    const RecordKey key = key_of(record);
    PARLEY_TRY(drawer, Drawer::open(step, RecordKey(key.begin(), key.begin() + 32)));
    if (!drawer) {
      step.remove(RecordKind::evidence, key);
      continue;
    }
    PARLEY_CHECK(drawer->remove(key));
    drawer->close();
  }
  return due.size() == kRemovedPerStep;
}

}  // namespace parley::client
