#include "client/engine/apply_content.h"

#include <algorithm>

#include "client/engine/contacts.h"
#include "client/engine/evidence.h"
#include "client/engine/history.h"
#include "client/engine/outbox.h"
#include "client/engine/third_party.h"

namespace parley::client {
namespace {

using content::Action;
using content::Meaning;

constexpr std::size_t kMaxFilenameBytes = 256;      // of the schema
constexpr std::size_t kMaxDescriptionBytes = 1024;  // of the schema

// Cut between two characters.
std::string shortened(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

// Nothing where a field is longer than a record may hold: it would not be read again.
std::optional<api::File> file_of(const content::Attachment& attachment) {
  const content::ExternalPart& part = attachment.file;
  api::File file;
  file.content_type = part.content_type;
  file.url = part.url;
  file.size = part.size;
  file.encryption = static_cast<std::uint32_t>(part.encryption);
  file.key = part.key;
  file.nonce = part.nonce;
  file.aad = part.aad;
  file.expires_s = part.expires_s;
  file.ciphertext_sha256 = part.content_hash;
  if (attachment.plaintext_sha256) file.plaintext_sha256 = to_bytes(*attachment.plaintext_sha256);
  file.description = shortened(part.description, kMaxDescriptionBytes);
  file.filename = shortened(part.filename, kMaxFilenameBytes);
  if (!wire::decode<api::File>(wire::encode(file))) return std::nullopt;
  return file;
}

// Remembers that this id was handled, though it is no message of its own.
void mark_known(Step& step, const MessageId& id, const RecordKey& changed) {
  records::MessagePlace place;
  place.key = changed;
  step.put(RecordKind::message_place, id_key(id.view()), place);
}

Status keep_orphan(Step& step, const ArrivedContent& arrived, const MessageId& missing) {
  PARLEY_CHECK(step.account());
  if (step.change_account().orphans >= kMaxOrphans) return {};
  ++step.change_account().orphans;
  records::Orphan orphan;
  orphan.sender_account_id = arrived.writer.to_bytes();
  orphan.peer_account_id = arrived.peer.to_bytes();
  orphan.message_id = arrived.id.to_bytes();
  orphan.mimi_content = arrived.mimi_content;
  orphan.accepted_at_us = arrived.accepted_at_us;
  orphan.franking_key = arrived.franking_key;
  orphan.franking_tag = arrived.franking_tag;
  if (arrived.stamp) {
    orphan.stamp_key_id = arrived.stamp->key_id;
    orphan.stamp = arrived.stamp->mac;
  }
  orphan.sender_device_id = arrived.device_id;
  step.put(RecordKind::orphan, orphan_key(missing, arrived.id), orphan);
  mark_known(step, arrived.id, {});
  return {};
}

// The history keeps what comes of a change, not the change as it was sent.
Status keep_change(Step& step, const ArrivedContent& arrived, const PlacedMessage& changed,
                   records::EvidenceKind kind) {
  records::Evidence proof;
  proof.message_id = arrived.id.to_bytes();
  proof.about_message_id = changed.message.message_id;
  proof.kind = kind;
  proof.sender_account_id = arrived.writer.to_bytes();
  proof.accepted_at_us = arrived.accepted_at_us;
  proof.franking_key = arrived.franking_key;
  proof.mimi_content = arrived.mimi_content;
  proof.franking_tag = arrived.franking_tag;
  if (arrived.stamp) {
    proof.stamp_key_id = arrived.stamp->key_id;
    proof.stamp = arrived.stamp->mac;
  }
  proof.sender_device_id = arrived.device_id;
  return keep_evidence(step, arrived.peer, std::move(proof));
}

Status apply_edit(Step& step, const ArrivedContent& arrived, const Meaning& meaning,
                  PlacedMessage placed) {
  if (placed.message.sender_account_id != arrived.writer.to_bytes()) return {};
  if (placed.message.deleted || placed.message.edited_at_us > arrived.accepted_at_us) return {};
  placed.message.text = meaning.text;
  placed.message.edited = true;
  placed.message.edited_at_us = arrived.accepted_at_us;
  PARLEY_CHECK(keep_change(step, arrived, placed, records::EvidenceKind::edit));
  mark_known(step, arrived.id, placed.key);
  return save_message(step, placed);
}

Status apply_deletion(Step& step, const ArrivedContent& arrived, PlacedMessage placed) {
  if (placed.message.sender_account_id != arrived.writer.to_bytes()) return {};
  PARLEY_CHECK(keep_evidence(step, arrived.peer, proof_of(placed.message)));
  placed.message.deleted = true;
  placed.message.text.clear();
  placed.message.files.clear();
  placed.message.reactions.clear();
  placed.message.mimi_content.clear();
  mark_known(step, arrived.id, placed.key);
  return save_message(step, placed);
}

Status apply_reaction(Step& step, const ArrivedContent& arrived, const Meaning& meaning,
                      PlacedMessage placed) {
  auto& reactions = placed.message.reactions;
  const Bytes writer = arrived.writer.to_bytes();
  // One for each person: a new one replaces the one before. What is taken back is named, so
  // that a late removal does not take a newer one.
  const bool is_new = meaning.action == Action::reaction;
  const Bytes taken = meaning.replaces && !is_new ? meaning.replaces->to_bytes() : Bytes();
  std::erase_if(reactions, [&](const auto& known) {
    return known.account_id == writer && (is_new || known.reaction_id == taken);
  });
  if (is_new && reactions.size() < kMaxReactions) {
    records::StoredReaction reaction;
    reaction.account_id = writer;
    reaction.emoji = meaning.text;
    reaction.reaction_id = arrived.id.to_bytes();
    reactions.push_back(std::move(reaction));
  }
  if (is_new) {
    PARLEY_CHECK(keep_change(step, arrived, placed, records::EvidenceKind::reaction));
  }
  mark_known(step, arrived.id, placed.key);
  return save_message(step, placed);
}

Status apply_change(Step& step, const ArrivedContent& arrived, const Meaning& meaning) {
  const bool is_reaction =
      meaning.action == Action::reaction || meaning.action == Action::reaction_removal;
  const std::optional<MessageId> target = is_reaction ? meaning.in_reply_to : meaning.replaces;
  if (!target) return {};
  PARLEY_TRY(placed, load_message(step, *target));
  if (!placed) {
    // What was removed here stays away; only what has never been here can still come.
    PARLEY_TRY(known, is_known(step, *target));
    return known ? Status{} : keep_orphan(step, arrived, *target);
  }
  if (placed->message.peer_account_id != arrived.peer.to_bytes()) return {};
  if (is_reaction) return apply_reaction(step, arrived, meaning, *std::move(placed));
  if (meaning.action == Action::edit) return apply_edit(step, arrived, meaning, *std::move(placed));
  return apply_deletion(step, arrived, *std::move(placed));
}

// Applies what came before its message.
Status adopt_orphans(Step& step, const std::vector<ScannedRecord>& orphans) {
  for (const auto& record : orphans) {
    PARLEY_TRY(orphan, wire::decode<records::Orphan>(record.value->view()));
    PARLEY_TRY(message, content::decode(orphan.mimi_content));
    ArrivedContent arrived;
    PARLEY_TRY(id, MessageId::from(orphan.message_id));
    PARLEY_TRY(writer, AccountId::from(orphan.sender_account_id));
    arrived.id = id;
    arrived.writer = writer;
    // Of a chat that is another one it changes nothing.
    PARLEY_TRY(peer, AccountId::from(orphan.peer_account_id));
    arrived.peer = peer;
    arrived.accepted_at_us = orphan.accepted_at_us;
    arrived.mimi_content = orphan.mimi_content;
    arrived.franking_key = orphan.franking_key;
    arrived.franking_tag = orphan.franking_tag;
    if (!orphan.stamp.empty()) {
      arrived.stamp = channel::FrankingStamp{orphan.stamp_key_id, orphan.stamp};
    }
    arrived.device_id = orphan.sender_device_id;
    step.remove(RecordKind::orphan, record.key);
    step.change_account().orphans -= step.change_account().orphans > 0 ? 1 : 0;
    PARLEY_CHECK(apply_change(step, arrived, content::interpret(message)));
  }
  return {};
}

Result<std::vector<ScannedRecord>> waiting_orphans(Step& step, const MessageId& id) {
  PARLEY_TRY(account, step.account());
  if (account->orphans == 0) return std::vector<ScannedRecord>{};
  Scan scan{RecordKind::orphan, id_key(id.view())};
  return step.scan(std::move(scan));
}

Status tell_delivered(Step& step, const ArrivedContent& arrived) {
  PARLEY_TRY(contact, load_contact(step, arrived.peer));
  if (contact.request) return {};  // held until they are accepted
  PARLEY_TRY(understood, has_feature(step, contact, channel::Feature::delivery_receipt));
  return understood ? enqueue_receipt(step, arrived.peer, arrived.id, false) : Status{};
}

Status apply_post(Step& step, const ArrivedContent& arrived, const Meaning& meaning) {
  PARLEY_TRY(own, step.own_id());
  std::vector<ScannedRecord> orphans;
  if (!arrived.is_local) {
    PARLEY_TRY(waiting, waiting_orphans(step, arrived.id));
    orphans = std::move(waiting);
  }
  const bool outgoing = arrived.writer == own;
  records::Message message;
  message.message_id = arrived.id.to_bytes();
  message.sender_account_id = arrived.writer.to_bytes();
  message.peer_account_id = arrived.peer.to_bytes();
  message.order_us = arrived.accepted_at_us;
  message.accepted_at_us = arrived.is_local ? 0 : arrived.accepted_at_us;
  message.state = !outgoing          ? api::MessageState::received
                  : arrived.is_local ? api::MessageState::queued
                                     : api::MessageState::sent;
  describe(meaning, message);
  if (meaning.expires) {
    if (meaning.expires->relative) {
      message.expires_after_s = meaning.expires->time_s;
      if (outgoing && !arrived.is_local) start_expiry(step, message, message.order_us / 1000);
    } else {
      message.expires_at_ms = std::int64_t{meaning.expires->time_s} * 1000;
      step.write(RecordKind::expiry, time_key(message.expires_at_ms, arrived.id.view()), {});
      step.live().expiry_loaded = false;
    }
  }
  message.franking_key = arrived.franking_key;
  message.mimi_content = arrived.mimi_content;
  message.franking_tag = arrived.franking_tag;
  if (arrived.stamp) {
    message.stamp_key_id = arrived.stamp->key_id;
    message.stamp = arrived.stamp->mac;
  }
  message.sender_device_id = arrived.device_id;
  PARLEY_CHECK(add_message(step, message, !outgoing));
  if (!outgoing) PARLEY_CHECK(tell_delivered(step, arrived));
  return adopt_orphans(step, orphans);
}

api::MessageState state_of(content::DeliveryStatus status) {
  if (status == content::DeliveryStatus::read) return api::MessageState::read;
  if (status == content::DeliveryStatus::delivered) return api::MessageState::delivered;
  return api::MessageState::unspecified;
}

// Receipts are for what this account wrote, and only from the one it was written to.
Status apply_report(Step& step, const ArrivedContent& arrived, const Meaning& meaning) {
  PARLEY_TRY(own, step.own_id());
  if (arrived.writer == own) return {};
  // All are read before the first is missed, so that the store is asked once.
  for (const auto& status : meaning.statuses) static_cast<void>(load_message(step, status.message));
  if (step.is_loading()) return Step::loading();

  PARLEY_TRY(contact, load_contact(step, arrived.peer));
  std::vector<api::ReceiptArrived> receipts;
  for (const auto& status : meaning.statuses) {
    PARLEY_TRY(placed, load_message(step, status.message));
    const api::MessageState state = state_of(status.status);
    if (!placed || state == api::MessageState::unspecified) continue;
    if (placed->message.sender_account_id != own.to_bytes()) continue;
    if (placed->message.peer_account_id != arrived.peer.to_bytes()) continue;
    if (placed->message.state >= state) continue;
    placed->message.state = state;
    PARLEY_CHECK(save_message(step, *placed));
    api::MessageRef reference;
    reference.message_id = placed->message.message_id;
    if (receipts.empty() || receipts.back().state != state) {
      receipts.emplace_back();
      receipts.back().state = state;
      receipts.back().peer_account_id = arrived.peer.to_bytes();
      receipts.back().peer_handle = contact.handle;
      receipts.back().time_ms = arrived.accepted_at_us / 1000;
    }
    receipts.back().messages.push_back(std::move(reference));
  }
  for (auto& receipt : receipts) step.event(std::move(receipt));
  return {};
}

}  // namespace

void describe(const Meaning& meaning, records::Message& message) {
  constexpr std::size_t kMaxFiles = 16;  // of the schema
  message.text = meaning.text;
  if (meaning.in_reply_to) message.in_reply_to = meaning.in_reply_to->to_bytes();
  message.unsupported = meaning.action == Action::unsupported;
  for (const auto& attachment : meaning.attachments) {
    auto file = file_of(attachment);
    if (!file) message.unsupported = true;
    if (file && message.files.size() < kMaxFiles) message.files.push_back(*std::move(file));
  }
}

Status apply_content(Step& step, const ArrivedContent& arrived, const content::Message& message) {
  const Meaning meaning = content::interpret(message);
  if (meaning.action == Action::status_report) return apply_report(step, arrived, meaning);
  // What is being written here has a fresh random id each time the step is tried: looking
  // for it would never end.
  if (!arrived.is_local) {
    PARLEY_TRY(known, is_known(step, arrived.id));
    if (known) return {};
  }
  if (meaning.action == Action::post || meaning.action == Action::unsupported) {
    return apply_post(step, arrived, meaning);
  }
  return apply_change(step, arrived, meaning);
}

}  // namespace parley::client
