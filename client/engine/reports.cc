#include "client/engine/reports.h"

#include <algorithm>

#include "client/engine/apply_content.h"
#include "client/engine/contacts.h"
#include "client/engine/evidence.h"
#include "client/engine/history.h"
#include "lib/crypto/hash.h"

namespace parley::client {
namespace {

using records::EvidenceKind;
using Proofs = std::vector<records::Evidence>;

// Messages that are looked through for provable ones.
constexpr std::uint32_t kSearched = 100;

struct Gathered {
  Proofs proofs;
  std::uint32_t left_out = 0;
};

void sort_oldest_first(Proofs& proofs) {
  std::sort(proofs.begin(), proofs.end(),
            [](const auto& a, const auto& b) { return a.accepted_at_us < b.accepted_at_us; });
}

// False: it is there already, or there is no room.
bool add(Proofs& proofs, records::Evidence proof) {
  const bool has = std::any_of(proofs.begin(), proofs.end(),
                               [&](const auto& one) { return one.message_id == proof.message_id; });
  if (has || proofs.size() >= kMaxReported) return has;
  proofs.push_back(std::move(proof));
  return true;
}

// What one reference names: first the thing itself, then what changed it.
class Named {
 public:
  Named(const AccountId& who, const Proofs& kept) : who_(who), kept_(kept) {}

  Status gather(Step& step, const api::MessageRef& reference) {
    PARLEY_TRY(id, MessageId::from(reference.message_id));
    PARLEY_TRY(placed, load_message(step, id));
    const bool is_theirs = !placed || placed->message.sender_account_id == who_.to_bytes();
    bool found = false;
    for (const auto& proof : kept_) {
      const bool is_it = proof.message_id == reference.message_id;
      const bool is_change =
          !is_it && proof.about_message_id == reference.message_id &&
          proof.kind == (is_theirs ? EvidenceKind::edit : EvidenceKind::reaction);
      if (is_it) own_.push_back(proof);
      if (is_change) changes_.push_back(proof);
      found |= is_it || is_change;
    }
    if (placed && is_theirs) {
      records::Evidence proof = proof_of(placed->message);
      const bool has = std::any_of(own_.begin(), own_.end(), [&](const auto& one) {
        return one.message_id == proof.message_id;
      });
      if (is_provable(proof, step.now())) {
        own_.push_back(std::move(proof));
      } else if (!has) {
        ++left_out_;
      }
      found = true;
    }
    if (!found) return fail(ErrorCode::unknown_reference, "no such message of theirs");
    return {};
  }

  Gathered take() {
    Gathered gathered;
    gathered.left_out = left_out_;
    for (auto& proof : own_) add(gathered.proofs, std::move(proof));
    sort_oldest_first(changes_);
    for (auto at = changes_.rbegin(); at != changes_.rend(); ++at) {
      if (!add(gathered.proofs, std::move(*at))) ++gathered.left_out;
    }
    return gathered;
  }

 private:
  const AccountId& who_;
  const Proofs& kept_;
  Proofs own_;
  Proofs changes_;
  std::uint32_t left_out_ = 0;
};

Result<Gathered> named(Step& step, const AccountId& who, const api::SendReport& request,
                       const Proofs& kept) {
  if (request.messages.size() > kMaxReported) {
    return fail(ErrorCode::invalid_argument, "at most 20 messages a report");
  }
  Named all(who, kept);
  for (const auto& reference : request.messages) PARLEY_CHECK(all.gather(step, reference));
  return all.take();
}

// The last few of each kind, so that none can be used to push another out.
Result<Gathered> newest(Step& step, const AccountId& who, Proofs kept) {
  PARLEY_TRY(conversation, conversation_with(step, who));
  Scan scan{RecordKind::message, id_key(conversation.view()), {}, true};
  scan.limit = kSearched;
  PARLEY_TRY(page, step.scan(std::move(scan)));
  for (const auto& record : page) {
    PARLEY_TRY(message, wire::decode<records::Message>(record.value->view()));
    records::Evidence proof = proof_of(message);
    const bool fits = message.sender_account_id == who.to_bytes() && is_provable(proof, step.now());
    if (fits) kept.push_back(std::move(proof));
  }
  sort_oldest_first(kept);
  Gathered gathered;
  for (const EvidenceKind kind : {EvidenceKind::post, EvidenceKind::edit, EvidenceKind::reaction}) {
    std::size_t count = 0;
    for (auto at = kept.rbegin(); at != kept.rend() && count < kReportedByDefault; ++at) {
      if (at->kind == kind && add(gathered.proofs, *at)) ++count;
    }
  }
  return gathered;
}

Result<Gathered> gather(Step& step, const AccountId& who, const api::SendReport& request) {
  if (request.without_messages) return Gathered{};
  PARLEY_TRY(kept, evidence_with(step, who));
  PARLEY_TRY(gathered, request.messages.empty() ? newest(step, who, std::move(kept))
                                                : named(step, who, request, kept));
  sort_oldest_first(gathered.proofs);
  return gathered;
}

Result<channel::Report> report_of(Step& step, const AccountId& who, const api::SendReport& request,
                                  const Proofs& proofs) {
  PARLEY_TRY(conversation, conversation_with(step, who));
  channel::Report report;
  report.accused_account_id = who.to_bytes();
  report.reason = request.reason == channel::ReportReason::unspecified
                      ? channel::ReportReason::other
                      : request.reason;
  report.comment = request.comment;
  for (const auto& proof : proofs) {
    channel::ReportedMessage one;
    one.franking_key = proof.franking_key;
    one.mimi_content = proof.mimi_content;
    one.franking_tag = proof.franking_tag;
    channel::FrankingStamp stamp;
    stamp.key_id = proof.stamp_key_id;
    stamp.mac = proof.stamp;
    one.stamp = std::move(stamp);
    one.accepted_at_us = proof.accepted_at_us;
    one.sender_device_id = proof.sender_device_id;
    one.conversation_id = conversation.to_bytes();
    report.messages.push_back(std::move(one));
  }
  // Nothing random, so that a report repeated after a broken connection is the same one.
  const auto digest = crypto::sha256(wire::encode(report));
  report.report_id.assign(digest.begin(), digest.begin() + 16);
  return report;
}

// What is reported is what was sent, whatever was made of it since.
Result<api::Message> show_as_sent(Step& step, const AccountId& who,
                                  const records::Evidence& proof) {
  PARLEY_TRY(content, content::decode(proof.mimi_content));
  records::Message message;
  message.message_id = proof.message_id;
  message.sender_account_id = proof.sender_account_id;
  message.peer_account_id = who.to_bytes();
  message.order_us = proof.accepted_at_us;
  message.accepted_at_us = proof.accepted_at_us;
  message.state = api::MessageState::received;
  message.edited = proof.kind == EvidenceKind::edit;
  describe(content::interpret(content), message);
  return show(step, message);
}

Status preview(Step& step, const SharedCommand& command, const AccountId& who,
               const api::SendReport& request, const Gathered& gathered) {
  api::ReportPreview shown;
  shown.who = request.who;
  shown.left_out = gathered.left_out;
  for (const auto& proof : gathered.proofs) {
    PARLEY_TRY(one, show_as_sent(step, who, proof));
    shown.messages.push_back(std::move(one));
  }
  step.event(std::move(shown), command->id);
  step.done(command->id);
  return {};
}

}  // namespace

Status send_report(Step& step, const SharedCommand& command, const api::SendReport& request) {
  if (!request.who) return fail(ErrorCode::invalid_argument, "nobody is named");
  PARLEY_TRY(who, resolve(step, command, *request.who));
  if (!who) return {};
  PARLEY_TRY(own, step.own_id());
  if (*who == own) return fail(ErrorCode::invalid_argument, "this is yourself");
  PARLEY_TRY(gathered, gather(step, *who, request));
  if (request.preview) return preview(step, command, *who, request, gathered);
  PARLEY_TRY(online, require_link(step, command));
  if (!online) return {};
  PARLEY_TRY(report, report_of(step, *who, request, gathered.proofs));
  OpenRequest open;
  open.command = command;
  step.request(std::move(report), std::move(open));
  return {};
}

}  // namespace parley::client
