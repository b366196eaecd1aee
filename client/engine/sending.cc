#include "client/engine/sending.h"

#include <algorithm>

#include "client/engine/apply_content.h"
#include "client/engine/contacts.h"
#include "client/engine/done_once.h"
#include "client/engine/file_names.h"
#include "client/engine/first_words.h"
#include "client/engine/history.h"
#include "client/engine/outbox.h"
#include "client/engine/relations.h"
#include "client/engine/removal.h"
#include "client/engine/third_party.h"
#include "lib/content/make.h"
#include "lib/content/meaning.h"
#include "lib/content/uri.h"
#include "lib/franking/franking.h"

namespace parley::client {

Result<PlacedMessage> require_message(Step& step, const AccountId& peer, const Bytes& id_bytes) {
  PARLEY_TRY(id, MessageId::from(id_bytes));
  PARLEY_TRY(placed, load_message(step, id));
  if (!placed || placed->message.peer_account_id != peer.to_bytes()) {
    return fail(ErrorCode::unknown_reference, "no such message in this chat");
  }
  return *std::move(placed);
}

namespace {

Result<PlacedMessage> require_own(Step& step, const AccountId& peer, const Bytes& id_bytes) {
  PARLEY_TRY(placed, require_message(step, peer, id_bytes));
  PARLEY_TRY(own, step.own_id());
  if (placed.message.sender_account_id != own.to_bytes() || placed.message.deleted) {
    return fail(ErrorCode::not_allowed, "only one's own messages can be changed");
  }
  return placed;
}

std::optional<MessageId> reply_target(const records::Message& message) {
  const auto id = MessageId::from(message.in_reply_to);
  return id ? std::optional(*id) : std::nullopt;
}

// The same limit as the schema's, which only callers across the C interface meet.
constexpr std::size_t kMaxTextBytes = 32'768;

Status check_text(const std::string& text) {
  if (text.empty()) return fail(ErrorCode::invalid_argument, "the text is empty");
  if (text.size() > kMaxTextBytes) return fail(ErrorCode::too_large, "the text is too long");
  return {};
}

Result<content::Message> make(Step& step, const content::Origin& origin, const AccountId& peer,
                              const api::Send& request) {
  if (const auto* text = std::get_if<api::Text>(&request.what)) {
    PARLEY_CHECK(check_text(text->text));
    if (text->in_reply_to.empty()) return content::make_text(origin, text->text);
    PARLEY_TRY(target, require_message(step, peer, text->in_reply_to));
    PARLEY_TRY(id, MessageId::from(target.message.message_id));
    return content::make_reply(origin, id, text->text);
  }
  if (const auto* reaction = std::get_if<api::Reaction>(&request.what)) {
    PARLEY_TRY(target, require_message(step, peer, reaction->message_id));
    PARLEY_TRY(id, MessageId::from(target.message.message_id));
    if (!reaction->emoji.empty()) return content::make_reaction(origin, id, reaction->emoji);
    PARLEY_TRY(own, step.own_id());
    for (const auto& known : target.message.reactions) {
      if (known.account_id != own.to_bytes()) continue;
      PARLEY_TRY(mine, MessageId::from(known.reaction_id));
      return content::make_reaction_removal(origin, mine, id);
    }
    return fail(ErrorCode::unknown_reference, "there is no reaction of yours");
  }
  if (const auto* edit = std::get_if<api::Edit>(&request.what)) {
    PARLEY_CHECK(check_text(edit->text));
    PARLEY_TRY(target, require_own(step, peer, edit->message_id));
    PARLEY_TRY(id, MessageId::from(target.message.message_id));
    return content::make_edit(origin, id, edit->text, reply_target(target.message));
  }
  if (const auto* deletion = std::get_if<api::Deletion>(&request.what)) {
    PARLEY_TRY(target, require_own(step, peer, deletion->message_id));
    PARLEY_TRY(id, MessageId::from(target.message.message_id));
    return content::make_deletion(origin, id, reply_target(target.message));
  }
  if (const auto* file = std::get_if<api::File>(&request.what)) {
    if (file->plaintext_sha256.size() != 32) {
      return fail(ErrorCode::invalid_argument, "a file needs the hash of its content");
    }
    content::ExternalPart part;
    part.content_type = file->content_type;
    part.url = file->url;
    part.size = file->size;
    part.encryption = static_cast<content::EncryptionAlgorithm>(file->encryption);
    part.key = file->key;
    part.nonce = file->nonce;
    part.hash = content::HashAlgorithm::sha256;
    part.content_hash = file->ciphertext_sha256;
    part.description = file->description;
    part.filename = file->filename;
    ByteArray<32> digest;
    std::copy(file->plaintext_sha256.begin(), file->plaintext_sha256.end(), digest.begin());
    return content::make_attachment(origin, std::move(part), digest);
  }
  return fail(ErrorCode::invalid_argument, "there is nothing to send");
}

// The same content for the other person and, as a copy, for the own devices.
Result<records::Outbox> outbox_entry(const records::Contact& contact, const AccountId& own,
                                     const ConversationId& conversation,
                                     const ArrivedContent& written) {
  e2e::Content content;
  content.franking_key = written.franking_key;
  content.mimi_content = written.mimi_content;
  e2e::SentCopy copy;
  copy.recipient_account_id = contact.account_id;
  copy.recipient_handle = contact.handle;
  copy.content = content;
  e2e::Sync sync;
  sync.body = std::move(copy);

  records::Outbox entry;
  entry.conversation_id = conversation.to_bytes();
  entry.peer_account_id = contact.account_id;
  if (contact.account_id != own.to_bytes()) entry.content = wire::encode(content);
  entry.sync = wire::encode(sync);
  entry.franking_tag = written.franking_tag;
  return entry;
}

channel::Feature feature_of(const api::Send& request) {
  if (const auto* text = std::get_if<api::Text>(&request.what)) {
    return text->in_reply_to.empty() ? channel::Feature::unspecified : channel::Feature::reply;
  }
  if (std::holds_alternative<api::Reaction>(request.what)) return channel::Feature::reaction;
  if (std::holds_alternative<api::Edit>(request.what)) return channel::Feature::edit;
  if (std::holds_alternative<api::Deletion>(request.what)) return channel::Feature::delete_;
  if (const auto* file = std::get_if<api::File>(&request.what)) {
    return feature_of_file(file->content_type);
  }
  return channel::Feature::unspecified;
}

// What the other side cannot show is not sent, and the writer knows at once.
Status check_features(Step& step, const records::Contact& contact, const api::Send& request) {
  const channel::Feature feature = feature_of(request);
  if (feature != channel::Feature::unspecified) {
    PARLEY_CHECK(require_feature(step, contact, feature));
  }
  if (request.expires_s > 0) PARLEY_CHECK(require_feature(step, contact, channel::Feature::expiry));
  return {};
}

}  // namespace

Status check_open(Step& step, const records::Contact& contact) {
  if (is_change_undecided(contact)) return fail(ErrorCode::identity_changed);
  if (contact.blocked) return fail(ErrorCode::not_allowed, "you have blocked this person");
  PARLEY_TRY(closed, closed_reason(step, contact));
  if (closed) return fail(*std::move(closed));
  return {};
}

void answer_when_sent(Step& step, std::uint64_t command_id, bool wait, const Posted& posted) {
  if (wait) {
    step.live().send_waiters.push_back({posted.outbox_number, command_id, posted.id.to_bytes()});
    return;
  }
  api::CommandDone done;
  done.message_id = posted.id.to_bytes();
  step.event(std::move(done), command_id);
}

Result<content::Origin> origin_for(Step& step, const AccountId& peer) {
  PARLEY_TRY(account, step.account());
  PARLEY_TRY(hub, HubId::from(account->hub_id));
  PARLEY_TRY(own, step.own_id());
  PARLEY_TRY(conversation, conversation_with(step, peer));
  return content::Origin{content::sender_uri(hub, own), content::room_uri(hub, conversation),
                         step.random().array<16>()};
}

Result<Posted> post(Step& step, records::Contact& contact, const content::Origin& origin,
                    const content::Message& message, const std::string& text) {
  PARLEY_TRY(account, step.account());
  PARLEY_TRY(hub, HubId::from(account->hub_id));
  PARLEY_TRY(own, step.own_id());
  PARLEY_TRY(peer, AccountId::from(contact.account_id));
  PARLEY_TRY(conversation, conversation_with(step, peer));
  PARLEY_TRY(bytes, content::encode(message));

  ArrivedContent written;
  written.id = content::message_id(origin.sender_uri, origin.room_uri, bytes, origin.salt);
  written.writer = own;
  written.peer = peer;
  written.accepted_at_us = step.now().ms * 1000;
  written.is_local = true;
  written.franking_key = to_bytes(step.random().array<franking::kKeyBytes>());
  written.mimi_content = std::move(bytes);
  written.franking_tag = to_bytes(franking::make_tag(
      written.franking_key,
      {origin.sender_uri, content::sender_uri(hub, peer), conversation, written.mimi_content}));
  PARLEY_TRY(entry, outbox_entry(contact, own, conversation, written));
  PARLEY_CHECK(check_first_words(step, contact, entry.content, text));
  PARLEY_CHECK(apply_content(step, written, message));

  // Writing to somebody accepts them; the hub concludes the same from the message.
  if (peer != own && (!contact.accepted || contact.declined)) {
    PARLEY_CHECK(become_accepted(step, contact));
  }
  const content::Meaning meaning = content::interpret(message);
  if (meaning.action == content::Action::post) entry.message_id = written.id.to_bytes();
  PARLEY_CHECK(enqueue(step, entry));
  return Posted{written.id, entry.number};
}

Status send_message(Step& step, const SharedCommand& command, const api::Send& request) {
  if (!request.to) return fail(ErrorCode::invalid_argument, "nobody is named");
  PARLEY_TRY(is_done, answer_done(step, command->id, request.once_id));
  if (is_done) return {};
  PARLEY_TRY(resolved, resolve(step, command, *request.to));
  if (!resolved) return {};
  PARLEY_TRY(contact, load_contact(step, *resolved));
  PARLEY_CHECK(check_open(step, contact));
  PARLEY_CHECK(check_features(step, contact, request));
  if (std::holds_alternative<api::File>(request.what)) PARLEY_CHECK(require_answer(step, contact));
  PARLEY_TRY(origin, origin_for(step, *resolved));
  PARLEY_TRY(message, make(step, origin, *resolved, request));
  if (request.expires_s > 0) message.expires = content::Expiry{true, request.expires_s};
  PARLEY_TRY(posted, post(step, contact, origin, message, content::interpret(message).text));
  PARLEY_CHECK(remember_done(step, request.once_id, posted.id.to_bytes()));
  answer_when_sent(step, command->id, request.wait, posted);
  return {};
}

Status resend_message(Step& step, const SharedCommand& command, const api::Resend& request) {
  if (!request.to) return fail(ErrorCode::invalid_argument, "nobody is named");
  PARLEY_TRY(peer, resolve(step, command, *request.to));
  if (!peer) return {};
  PARLEY_TRY(contact, load_contact(step, *peer));
  PARLEY_CHECK(check_open(step, contact));
  PARLEY_TRY(placed, require_own(step, *peer, request.message_id));
  PARLEY_TRY(id, MessageId::from(placed.message.message_id));
  if (placed.message.state == api::MessageState::queued) {
    PARLEY_TRY(waiting, find_waiting(step, id));
    if (waiting.numbers.empty())
      return fail(ErrorCode::unknown_reference, "it does not wait any more");
    release_outbox(step.live(), step.now());
    answer_when_sent(step, command->id, request.wait, {id, waiting.numbers.front()});
    return {};
  }
  if (placed.message.state != api::MessageState::failed) {
    return fail(ErrorCode::invalid_argument, "only what could not be sent is sent again");
  }
  PARLEY_TRY(own, step.own_id());
  PARLEY_TRY(conversation, conversation_with(step, *peer));
  ArrivedContent written;
  written.franking_key = placed.message.franking_key;
  written.mimi_content = placed.message.mimi_content;
  written.franking_tag = placed.message.franking_tag;
  PARLEY_TRY(entry, outbox_entry(contact, own, conversation, written));
  entry.message_id = placed.message.message_id;
  placed.message.state = api::MessageState::queued;
  placed.message.failure = ErrorCode::unspecified;
  PARLEY_CHECK(save_message(step, placed));
  PARLEY_CHECK(enqueue(step, entry));
  answer_when_sent(step, command->id, request.wait, {id, entry.number});
  return {};
}

Status set_typing(Step& step, const SharedCommand& command, const api::SetTyping& request) {
  if (!request.to) return fail(ErrorCode::invalid_argument, "nobody is named");
  PARLEY_TRY(peer, resolve(step, command, *request.to));
  if (!peer) return {};
  PARLEY_TRY(account, step.account());
  PARLEY_TRY(contact, load_contact(step, *peer));
  PARLEY_TRY(understood, has_feature(step, contact, channel::Feature::typing));
  PARLEY_TRY(closed, closed_reason(step, contact));
  const bool is_open = contact.accepted && !contact.blocked && !closed && understood;
  const bool allowed = is_open && (!account->settings || account->settings->typing);
  if (allowed && step.live().welcomed) {
    PARLEY_TRY(conversation, conversation_with(step, *peer));
    channel::Typing typing;
    typing.account_id = peer->to_bytes();
    typing.conversation_id = conversation.to_bytes();
    typing.active = request.active;
    step.send(std::move(typing));
  }
  step.done(command->id);
  return {};
}

}  // namespace parley::client
