// The transitions of a record. Each builds the next state from a const one, so a
// failure at any point leaves nothing to undo.
#include "lib/signal/session.h"

#include <limits>

#include "lib/crypto/cipher.h"
#include "lib/signal/handshake.h"
#include "lib/signal/message.h"
#include "lib/signal/session_state.h"

namespace parley::signal {
namespace {

struct Opened {
  SharedState next;
  SecretBuffer plaintext;
};

// What a message needs of the ratchet, before it is known to be authentic.
struct ReceivingStep {
  ReceivingChain::Taken taken;
  std::optional<RootKey> new_root;  // set where the message begins a new chain
};

Result<ReceivingStep> step_receiving(const SessionState& state,
                                     const ParsedSignalMessage& message) {
  if (const ReceiverChain* known = state.find_chain(message.ratchet_key)) {
    PARLEY_TRY(taken, known->chain.take(message.counter));
    return ReceivingStep{std::move(taken), {}};
  }
  PARLEY_TRY(step,
             step_root(state.root_key, state.sender_ratchet.private_key, message.ratchet_key));
  const ReceivingChain fresh{std::move(step.chain), {}};
  PARLEY_TRY(taken, fresh.take(message.counter));
  return ReceivingStep{std::move(taken), std::move(step.root)};
}

// Our answer to a new ratchet key of theirs: a new sending chain.
Status step_sending(SessionState& state, const RootKey& root, const PublicKey& theirs,
                    RandomSource& random) {
  KeyPair ratchet = KeyPair::generate(random);
  PARLEY_TRY(step, step_root(root, ratchet.private_key, theirs));
  const std::uint32_t sent = state.sender_chain.index;
  state.previous_counter = sent == 0 ? 0 : sent - 1;
  state.root_key = std::move(step.root);
  state.sender_ratchet = std::move(ratchet);
  state.sender_chain = std::move(step.chain);
  return {};
}

Status check_authentic(const SessionState& state, const ParsedSignalMessage& message,
                       const MessageKeys& keys, const DecryptOptions& options) {
  if (!mac_fits(message, keys.mac_key(), {state.remote_identity, state.local_identity})) {
    return fail(ErrorCode::decryption_failed, "MAC");
  }
  if (options.expected_identity && *options.expected_identity != state.remote_identity) {
    return fail(ErrorCode::untrusted_identity);
  }
  if (options.addresses && message.fields.addresses &&
      !equal(*options.addresses, *message.fields.addresses)) {
    return fail(ErrorCode::sender_mismatch, "addresses");
  }
  return {};
}

Result<Opened> open(const SessionState& state, const ParsedSignalMessage& message,
                    const DecryptOptions& options, RandomSource& random) {
  if (message.protocol != state.protocol) {
    return fail(ErrorCode::decryption_failed, "the session has another version");
  }
  PARLEY_TRY(step, step_receiving(state, message));
  const MessageKeys keys(step.taken.seed);
  PARLEY_CHECK(check_authentic(state, message, keys, options));
  PARLEY_TRY(plaintext,
             crypto::aes256_cbc_decrypt(keys.cipher_key(), keys.iv(), message.ciphertext()));

  SessionState next = state.clone();
  next.put_chain({message.ratchet_key, std::move(step.taken.chain)});
  if (step.new_root) {
    PARLEY_CHECK(step_sending(next, *step.new_root, message.ratchet_key, random));
  }
  next.pending = nullptr;
  return Opened{std::make_shared<const SessionState>(std::move(next)), std::move(plaintext)};
}

// Errors of a message that did fit its session: no other session needs a try.
bool is_final(ErrorCode code) {
  return code == ErrorCode::duplicate_message || code == ErrorCode::untrusted_identity ||
         code == ErrorCode::sender_mismatch;
}

Decrypted finish(SessionRecord next, SecretBuffer plaintext, const SessionState& state) {
  return {std::move(next), std::move(plaintext), state.remote_identity, {}};
}

struct FoundSession {
  SharedState state;
  std::optional<std::size_t> archived_at;  // absent: it is the current one
};

// The session that a PreKeySignalMessage made, if it came before.
std::optional<FoundSession> find_session(const SessionRecord& record,
                                         const PreKeyMessageInfo& info) {
  const auto matches = [&](const SessionState& state) {
    return state.protocol == info.protocol && state.base_key == info.base_key;
  };
  const SharedState& current = RecordEditor::current(record);
  if (current && matches(*current)) return FoundSession{current, {}};
  const auto& archived = RecordEditor::archived(record);
  for (std::size_t i = 0; i < archived.size(); ++i) {
    auto state = decode_state(archived[i]->encoded.view());
    if (state && matches(**state)) return FoundSession{std::move(*state), i};
  }
  return std::nullopt;
}

Result<Decrypted> continue_session(const SessionRecord& record, const FoundSession& found,
                                   const PreKeyMessageInfo& info,
                                   const ParsedSignalMessage& message,
                                   const DecryptOptions& options, RandomSource& random) {
  if (info.identity_key != found.state->remote_identity) {
    return fail(ErrorCode::untrusted_identity, "the session has another identity key");
  }
  PARLEY_TRY(opened, open(*found.state, message, options, random));
  SessionRecord next = found.archived_at
                           ? RecordEditor::promote(record, *found.archived_at, opened.next)
                           : RecordEditor::advance(record, opened.next);
  return finish(std::move(next), std::move(opened.plaintext), *found.state);
}

Result<Decrypted> accept_session(const SessionRecord& record, const ParsedPreKeyMessage& prekey,
                                 const ParsedSignalMessage& message, const Responder& responder,
                                 const DecryptOptions& options, RandomSource& random) {
  const PreKeyMessageInfo& info = prekey.info;
  const PreKeyUse use{info.one_time_prekey, info.signed_prekey, info.kyber_prekey, info.base_key};
  if (responder.prekeys.was_used_before(use)) {
    return fail(ErrorCode::duplicate_message, "these prekeys were used with this base key");
  }
  PARLEY_TRY(fresh, respond(responder, prekey));
  const auto state = std::make_shared<const SessionState>(std::move(fresh));
  PARLEY_TRY(opened, open(*state, message, options, random));
  SessionRecord next = RecordEditor::begin(record, opened.next);
  Decrypted result = finish(std::move(next), std::move(opened.plaintext), *state);
  result.used_prekeys = use;
  return result;
}

PreKeyMessageInfo prekey_part(const SessionState& state) {
  const PendingPrekey& pending = *state.pending;
  return {state.protocol, state.local_identity, state.local_registration_id,
          state.base_key, pending.one_time,     pending.signed_prekey,
          pending.kyber};
}

}  // namespace

Result<SessionRecord> start_session(const SessionRecord& record, const LocalIdentity& local,
                                    const PreKeyBundle& bundle, Protocol protocol, Time now,
                                    RandomSource& random) {
  PARLEY_TRY(state, initiate(local, bundle, protocol, now, random));
  return RecordEditor::begin(record, std::make_shared<const SessionState>(std::move(state)));
}

Result<Encrypted> encrypt(const SessionRecord& record, ByteView plaintext,
                          const EncryptOptions& options) {
  if (!record.can_encrypt(options.now)) return fail(ErrorCode::no_session);
  const SessionState& state = *RecordEditor::current(record);
  if (options.expected_identity && *options.expected_identity != state.remote_identity) {
    return fail(ErrorCode::untrusted_identity);
  }
  if (state.sender_chain.index == std::numeric_limits<std::uint32_t>::max()) {
    return fail(ErrorCode::limit_reached, "messages in a chain");
  }
  const MessageKeys keys(state.sender_chain.message_seed());
  Message message{
      MessageKind::signal,
      build_signal_message({state.protocol, state.sender_ratchet.public_key,
                            state.sender_chain.index, state.previous_counter,
                            crypto::aes256_cbc_encrypt(keys.cipher_key(), keys.iv(), plaintext)},
                           keys.mac_key(), {state.local_identity, state.remote_identity})};
  if (state.pending) {
    message = {MessageKind::prekey_signal,
               build_prekey_message(prekey_part(state), state.pending->kyber_ciphertext,
                                    std::move(message.bytes))};
  }
  SessionState next = state.clone();
  next.sender_chain = state.sender_chain.next();
  return Encrypted{
      RecordEditor::advance(record, std::make_shared<const SessionState>(std::move(next))),
      std::move(message)};
}

Result<Decrypted> decrypt(const SessionRecord& record, ByteView message,
                          const DecryptOptions& options, RandomSource& random) {
  PARLEY_TRY(parsed, parse_signal_message(message));
  Error problem{ErrorCode::no_session, {}};
  if (const SharedState& current = RecordEditor::current(record)) {
    auto opened = open(*current, parsed, options, random);
    if (opened) {
      return finish(RecordEditor::advance(record, std::move(opened->next)),
                    std::move(opened->plaintext), *current);
    }
    problem = std::move(opened).error();
  }
  const auto& archived = RecordEditor::archived(record);
  for (std::size_t i = 0; i < archived.size() && !is_final(problem.code); ++i) {
    auto state = decode_state(archived[i]->encoded.view());
    if (!state) continue;  // a damaged one fits no message
    auto opened = open(**state, parsed, options, random);
    if (opened) {
      return finish(RecordEditor::promote(record, i, std::move(opened->next)),
                    std::move(opened->plaintext), **state);
    }
    if (problem.code == ErrorCode::no_session || is_final(opened.error().code)) {
      problem = std::move(opened).error();
    }
  }
  return fail(std::move(problem));
}

Result<Decrypted> decrypt_prekey(const SessionRecord& record, ByteView message,
                                 const Responder& responder, const DecryptOptions& options,
                                 RandomSource& random) {
  PARLEY_TRY(prekey, parse_prekey_message(message));
  if (prekey.info.protocol != responder.protocol) {
    return fail(ErrorCode::unsupported_version, "the peer is declared to speak another protocol");
  }
  if (options.expected_identity && *options.expected_identity != prekey.info.identity_key) {
    return fail(ErrorCode::untrusted_identity);
  }
  PARLEY_TRY(inner, parse_signal_message(prekey.message));
  if (const auto found = find_session(record, prekey.info)) {
    return continue_session(record, *found, prekey.info, inner, options, random);
  }
  return accept_session(record, prekey, inner, responder, options, random);
}

}  // namespace parley::signal
