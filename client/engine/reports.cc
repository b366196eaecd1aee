#include "client/engine/reports.h"

#include <algorithm>

#include "client/engine/contacts.h"
#include "client/engine/history.h"
#include "lib/content/meaning.h"
#include "lib/crypto/hash.h"

namespace parley::client {
namespace {

// Messages that are looked through for provable ones.
constexpr std::uint32_t kSearched = 100;

bool is_provable(const records::Message& message) {
  return !message.franking_key.empty() && !message.franking_tag.empty() && !message.stamp.empty() &&
         !message.mimi_content.empty() && message.sender_device_id != 0;
}

struct Evidence {
  std::vector<records::Message> messages;  // oldest first
  std::uint32_t left_out = 0;
};

Result<Evidence> named(Step& step, const AccountId& who, const api::SendReport& request) {
  if (request.messages.size() > kMaxReported) {
    return fail(ErrorCode::invalid_argument, "at most 20 messages a report");
  }
  Evidence evidence;
  for (const auto& reference : request.messages) {
    PARLEY_TRY(id, MessageId::from(reference.message_id));
    PARLEY_TRY(placed, load_message(step, id));
    if (!placed || placed->message.sender_account_id != who.to_bytes()) {
      return fail(ErrorCode::unknown_reference, "no such message of theirs");
    }
    if (is_provable(placed->message)) {
      evidence.messages.push_back(std::move(placed->message));
    } else {
      ++evidence.left_out;
    }
  }
  return evidence;
}

Result<Evidence> newest(Step& step, const AccountId& who) {
  PARLEY_TRY(conversation, conversation_with(step, who));
  Scan scan{RecordKind::message, id_key(conversation.view()), {}, true};
  scan.limit = kSearched;
  PARLEY_TRY(page, step.scan(std::move(scan)));
  Evidence evidence;
  for (const auto& record : page) {
    PARLEY_TRY(message, wire::decode<records::Message>(record.value->view()));
    const bool fits = message.sender_account_id == who.to_bytes() && is_provable(message);
    if (fits && evidence.messages.size() < kReportedByDefault) {
      evidence.messages.push_back(std::move(message));
    }
  }
  return evidence;
}

Result<Evidence> gather(Step& step, const AccountId& who, const api::SendReport& request) {
  if (request.without_messages) return Evidence{};
  PARLEY_TRY(evidence, request.messages.empty() ? newest(step, who) : named(step, who, request));
  std::sort(evidence.messages.begin(), evidence.messages.end(),
            [](const auto& a, const auto& b) { return a.accepted_at_us < b.accepted_at_us; });
  return evidence;
}

Result<channel::Report> report_of(Step& step, const AccountId& who, const api::SendReport& request,
                                  const Evidence& evidence) {
  PARLEY_TRY(conversation, conversation_with(step, who));
  channel::Report report;
  report.accused_account_id = who.to_bytes();
  report.reason = request.reason == channel::ReportReason::unspecified
                      ? channel::ReportReason::other
                      : request.reason;
  report.comment = request.comment;
  for (const auto& message : evidence.messages) {
    channel::ReportedMessage one;
    one.franking_key = message.franking_key;
    one.mimi_content = message.mimi_content;
    one.franking_tag = message.franking_tag;
    channel::FrankingStamp stamp;
    stamp.key_id = message.stamp_key_id;
    stamp.mac = message.stamp;
    one.stamp = std::move(stamp);
    one.accepted_at_us = message.accepted_at_us;
    one.sender_device_id = message.sender_device_id;
    one.conversation_id = conversation.to_bytes();
    report.messages.push_back(std::move(one));
  }
  // Nothing random, so that a report repeated after a broken connection is the same one.
  const auto digest = crypto::sha256(wire::encode(report));
  report.report_id.assign(digest.begin(), digest.begin() + 16);
  return report;
}

Status preview(Step& step, const SharedCommand& command, const api::SendReport& request,
               const Evidence& evidence) {
  api::ReportPreview shown;
  shown.who = request.who;
  shown.left_out = evidence.left_out;
  for (const auto& message : evidence.messages) {
    PARLEY_TRY(one, show(step, message));
    // What is reported is what was sent, whatever was made of it since.
    PARLEY_TRY(content, content::decode(message.mimi_content));
    one.text = content::interpret(content).text;
    one.edited = false;
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
  PARLEY_TRY(evidence, gather(step, *who, request));
  if (request.preview) return preview(step, command, request, evidence);
  PARLEY_TRY(online, require_link(step, command));
  if (!online) return {};
  PARLEY_TRY(report, report_of(step, *who, request, evidence));
  OpenRequest open;
  open.command = command;
  step.request(std::move(report), std::move(open));
  return {};
}

}  // namespace parley::client
