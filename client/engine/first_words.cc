#include "client/engine/first_words.h"

#include "client/engine/history.h"

namespace parley::client {
namespace {

// With padding and the keys of a first message, the next larger size is above the hub's limit
// (docs/protocol/end-to-end.md#4).
constexpr std::size_t kMaxEnvelopeBytes = 1023;
// Messages that are looked through for one of theirs, of contacts made by older programs.
constexpr std::uint32_t kSearched = 50;

// Tag and length of the only field of the envelope.
std::size_t envelope_bytes(std::size_t content) {
  return content + (content < 128 ? 2 : content < 16'384 ? 3 : 4);
}

bool shows_an_answer(const records::Message& message) {
  if (message.notice != api::NoticeKind::unspecified) return false;
  return message.sender_account_id == message.peer_account_id ||
         message.state == api::MessageState::delivered || message.state == api::MessageState::read;
}

}  // namespace

Result<bool> has_answered(Step& step, const records::Contact& contact) {
  if (contact.answered) return true;
  PARLEY_TRY(own, step.own_id());
  if (contact.account_id == own.to_bytes()) return true;
  PARLEY_TRY(peer, AccountId::from(contact.account_id));
  PARLEY_TRY(conversation, conversation_with(step, peer));
  Scan scan{RecordKind::message, id_key(conversation.view()), {}, true};
  scan.limit = kSearched;
  PARLEY_TRY(newest, step.scan(std::move(scan)));
  for (const auto& record : newest) {
    PARLEY_TRY(message, wire::decode<records::Message>(record.value->view()));
    if (shows_an_answer(message)) return true;
  }
  return false;
}

Status require_answer(Step& step, const records::Contact& contact) {
  PARLEY_TRY(answered, has_answered(step, contact));
  if (answered) return {};
  return fail(ErrorCode::request_too_large, "nothing has come back from them yet");
}

Status check_first_words(Step& step, const records::Contact& contact, const Bytes& content,
                         const std::string& text) {
  const std::size_t size = envelope_bytes(content.size());
  if (size <= kMaxEnvelopeBytes) return {};
  PARLEY_TRY(answered, has_answered(step, contact));
  if (answered) return {};
  const std::size_t rest = size - text.size();
  const std::size_t room = rest < kMaxEnvelopeBytes ? kMaxEnvelopeBytes - rest : 0;
  return fail(ErrorCode::request_too_large, "this text has " + std::to_string(text.size()) +
                                                " bytes; until something comes " +
                                                "back from them, " + std::to_string(room) + " fit");
}

}  // namespace parley::client
