#include "lib/signal/sender_key.h"

#include <algorithm>
#include <limits>

#include "lib/crypto/cipher.h"
#include "lib/crypto/curve25519.h"
#include "lib/crypto/hash.h"
#include "lib/signal/chain.h"
#include "lib/signal/store_fields.h"
#include "lib/wire/wire.h"
#include "proto/signal.h"
#include "proto/signal_store.h"

namespace parley::signal {

namespace store = wire::signal_store;

// Layout: proto/signal_store.proto.
struct SenderKeyState {
  std::uint32_t chain_id;
  PublicKey signing_key;
  std::optional<PrivateKey> signing_private{};  // only the sender's own
  ReceivingChain chain;

  SenderKeyState with_chain(ReceivingChain next) const {
    SenderKeyState state{chain_id, signing_key, {}, std::move(next)};
    if (signing_private) state.signing_private = signing_private->clone();
    return state;
  }
};

using SharedSenderKey = std::shared_ptr<const SenderKeyState>;

class SenderKeyEditor {
 public:
  static const std::vector<SharedSenderKey>& states(const SenderKeyRecord& record) {
    return record.states_;
  }
  static SenderKeyRecord assemble(std::vector<SharedSenderKey> states) {
    SenderKeyRecord record;
    record.states_ = std::move(states);
    return record;
  }
  static SenderKeyRecord replace(const SenderKeyRecord& record, std::size_t index,
                                 SenderKeyState state) {
    SenderKeyRecord next = record.share();
    next.states_[index] = std::make_shared<const SenderKeyState>(std::move(state));
    return next;
  }
  // In front; one with the same chain id makes room.
  static SenderKeyRecord add(const SenderKeyRecord& record, SharedSenderKey state) {
    SenderKeyRecord next = record.share();
    std::erase_if(next.states_,
                  [&](const auto& other) { return other->chain_id == state->chain_id; });
    if (next.states_.size() == kMaxSenderKeyStates) next.states_.pop_back();
    next.states_.insert(next.states_.begin(), std::move(state));
    return next;
  }
};

namespace {

constexpr std::uint8_t kVersionByte = 0x33;
constexpr std::size_t kSignatureBytes = 64;

Status check_version(ByteView message, std::size_t trailer) {
  if (message.size() < 1 + trailer) return fail(ErrorCode::malformed, "message too short");
  if (message[0] >> 4 != 3) return fail(ErrorCode::unsupported_version, "sender key version");
  return {};
}

Result<DistributionId> parse_id(const std::optional<Bytes>& field) {
  if (!field) return fail(ErrorCode::malformed, "distribution id is missing");
  return DistributionId::from(*field);
}

// IV 16, then key 32: the other way round than in sessions.
class GroupKeys {
 public:
  explicit GroupKeys(const MessageSeed& seed)
      : bytes_(crypto::hkdf_sha256(seed.view(), {}, as_bytes("WhisperGroup"), 48)) {}
  ByteView iv() const { return bytes_.view().first(16); }
  ByteView cipher_key() const { return bytes_.view().subspan(16); }

 private:
  SecretBuffer bytes_;
};

struct ParsedSenderKeyMessage {
  DistributionId id;
  std::uint32_t chain_id;
  std::uint32_t iteration;
  Bytes ciphertext;
  ByteView signed_part;  // borrows from what was parsed
  ByteView signature;
};

Result<ParsedSenderKeyMessage> parse_message(ByteView message) {
  PARLEY_CHECK(check_version(message, kSignatureBytes));
  const ByteView signed_part = message.first(message.size() - kSignatureBytes);
  PARLEY_TRY(fields, wire::decode<wire::signal::SenderKeyMessage>(signed_part.subspan(1)));
  PARLEY_TRY(id, parse_id(fields.distribution_uuid));
  if (!fields.chain_id || !fields.iteration || !fields.ciphertext) {
    return fail(ErrorCode::malformed, "a field of a sender key message is missing");
  }
  return ParsedSenderKeyMessage{id,
                                *fields.chain_id,
                                *fields.iteration,
                                std::move(*fields.ciphertext),
                                signed_part,
                                message.last(kSignatureBytes)};
}

struct ParsedDistribution {
  DistributionId id;
  std::uint32_t chain_id;
  ChainKey chain;
  PublicKey signing_key;
};

Result<ParsedDistribution> parse_distribution(ByteView message) {
  PARLEY_CHECK(check_version(message, 0));
  PARLEY_TRY(fields, wire::decode<wire::signal::SenderKeyDistributionMessage>(message.subspan(1)));
  PARLEY_TRY(id, parse_id(fields.distribution_uuid));
  if (!fields.chain_id || !fields.iteration || !fields.chain_key || !fields.signing_key) {
    return fail(ErrorCode::malformed, "a field of a distribution message is missing");
  }
  PARLEY_TRY(chain_key, load_secret<32>(*fields.chain_key));
  PARLEY_TRY(signing_key, PublicKey::parse(*fields.signing_key));
  return ParsedDistribution{
      id, *fields.chain_id, {std::move(chain_key), *fields.iteration}, signing_key};
}

SharedSenderKey make_own_key(RandomSource& random) {
  crypto::KeyPair signing = crypto::KeyPair::generate(random);
  // 31 bits: libsignal's Java ancestor had signed integers.
  const auto chain_id = static_cast<std::uint32_t>(random.next_u64() & 0x7fffffff);
  return std::make_shared<const SenderKeyState>(SenderKeyState{chain_id,
                                                               signing.public_key,
                                                               std::move(signing.private_key),
                                                               {{random.secret<32>(), 0}, {}}});
}

SecretBuffer build_distribution(const DistributionId& id, const SenderKeyState& state) {
  wire::signal::SenderKeyDistributionMessage fields;
  fields.distribution_uuid = id.to_bytes();
  fields.chain_id = state.chain_id;
  fields.iteration = state.chain.next.index;
  fields.chain_key = store_secret(state.chain.next.key);
  fields.signing_key = to_bytes(state.signing_key.serialize());
  const SecretBuffer body = wire::encode_secret(fields);
  SecretBuffer message(1 + body.size());
  message.mutable_view()[0] = kVersionByte;
  std::ranges::copy(body.view(), message.mutable_view().begin() + 1);
  return message;
}

Bytes build_message(const DistributionId& id, const SenderKeyState& state, Bytes ciphertext,
                    RandomSource& random) {
  wire::signal::SenderKeyMessage fields;
  fields.distribution_uuid = id.to_bytes();
  fields.chain_id = state.chain_id;
  fields.iteration = state.chain.next.index;
  fields.ciphertext = std::move(ciphertext);
  Bytes message{kVersionByte};
  wire::append_to(message, fields);
  append(message, crypto::sign(*state.signing_private, message, random));
  return message;
}

Result<std::size_t> find_state(const SenderKeyRecord& record, std::uint32_t chain_id) {
  const auto& states = SenderKeyEditor::states(record);
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (states[i]->chain_id == chain_id) return i;
  }
  return fail(ErrorCode::no_session, "unknown sender key");
}

Status check_id(const DistributionId& expected, const DistributionId& found) {
  if (expected == found) return {};
  return fail(ErrorCode::invalid_argument, "another distribution");
}

}  // namespace

Result<Distribution> distribute(const SenderKeyRecord& own, const DistributionId& id,
                                RandomSource& random) {
  if (own.empty()) {
    const SharedSenderKey state = make_own_key(random);
    return Distribution{SenderKeyEditor::add(own, state), build_distribution(id, *state)};
  }
  const SenderKeyState& state = *SenderKeyEditor::states(own).front();
  if (!state.signing_private) return fail(ErrorCode::out_of_place, "another sender's key");
  return Distribution{own.share(), build_distribution(id, state)};
}

Result<SenderKeyRecord> accept_distribution(const SenderKeyRecord& record, const DistributionId& id,
                                            ByteView message) {
  PARLEY_TRY(parsed, parse_distribution(message));
  PARLEY_CHECK(check_id(id, parsed.id));
  const auto& states = SenderKeyEditor::states(record);
  const auto known = std::ranges::find_if(states, [&](const auto& state) {
    return state->chain_id == parsed.chain_id && state->signing_key == parsed.signing_key;
  });
  // A repetition must not turn a chain back that we have followed further.
  if (known != states.end()) return SenderKeyEditor::add(record, SharedSenderKey(*known));
  return SenderKeyEditor::add(
      record, std::make_shared<const SenderKeyState>(SenderKeyState{
                  parsed.chain_id, parsed.signing_key, {}, {std::move(parsed.chain), {}}}));
}

Result<GroupEncrypted> group_encrypt(const SenderKeyRecord& own, const DistributionId& id,
                                     ByteView plaintext, RandomSource& random) {
  if (own.empty()) return fail(ErrorCode::no_session, "no sender key");
  const SenderKeyState& state = *SenderKeyEditor::states(own).front();
  if (!state.signing_private) return fail(ErrorCode::out_of_place, "another sender's key");
  const ChainKey& chain = state.chain.next;
  if (chain.index == std::numeric_limits<std::uint32_t>::max()) {
    return fail(ErrorCode::limit_reached, "messages in a chain");
  }
  const GroupKeys keys(chain.message_seed());
  Bytes ciphertext = crypto::aes256_cbc_encrypt(keys.cipher_key(), keys.iv(), plaintext);
  return GroupEncrypted{
      SenderKeyEditor::replace(own, 0, state.with_chain({chain.next(), state.chain.skipped})),
      build_message(id, state, std::move(ciphertext), random)};
}

Result<GroupDecrypted> group_decrypt(const SenderKeyRecord& record, const DistributionId& id,
                                     ByteView message) {
  PARLEY_TRY(parsed, parse_message(message));
  PARLEY_CHECK(check_id(id, parsed.id));
  PARLEY_TRY(index, find_state(record, parsed.chain_id));
  const SenderKeyState& state = *SenderKeyEditor::states(record)[index];
  PARLEY_CHECK(crypto::verify(state.signing_key, parsed.signed_part, parsed.signature));
  PARLEY_TRY(taken, state.chain.take(parsed.iteration));
  const GroupKeys keys(taken.seed);
  PARLEY_TRY(plaintext,
             crypto::aes256_cbc_decrypt(keys.cipher_key(), keys.iv(), parsed.ciphertext));
  return GroupDecrypted{
      SenderKeyEditor::replace(record, index, state.with_chain(std::move(taken.chain))),
      std::move(plaintext)};
}

Result<DistributionId> inspect_sender_key_message(ByteView message) {
  PARLEY_TRY(parsed, parse_message(message));
  return parsed.id;
}

Result<DistributionId> inspect_distribution_message(ByteView message) {
  PARLEY_TRY(parsed, parse_distribution(message));
  return parsed.id;
}

SenderKeyRecord SenderKeyRecord::share() const { return SenderKeyEditor::assemble(states_); }

SecretBuffer SenderKeyRecord::serialize() const {
  store::SenderKeyRecord out;
  out.format = kStoreFormat;
  for (const SharedSenderKey& state : states_) {
    store::SenderKeyState& stored = out.states.emplace_back();
    stored.chain_id = state->chain_id;
    stored.chain_key = store_secret(state->chain.next.key);
    stored.iteration = state->chain.next.index;
    stored.signing_public = store_key(state->signing_key);
    if (state->signing_private) stored.signing_private = store_secret(*state->signing_private);
    stored.skipped = store_skipped(state->chain.skipped);
  }
  return wire::encode_secret(out);
}

Result<SenderKeyRecord> SenderKeyRecord::parse(ByteView bytes) {
  PARLEY_TRY(in, wire::decode<store::SenderKeyRecord>(bytes));
  PARLEY_CHECK(check_format(in.format));
  std::vector<SharedSenderKey> states;
  for (const store::SenderKeyState& stored : in.states) {
    PARLEY_TRY(signing_key, load_key(stored.signing_public));
    PARLEY_TRY(chain, load_chain(stored.chain_key, stored.iteration, stored.skipped));
    SenderKeyState state{stored.chain_id, signing_key, {}, std::move(chain)};
    if (!stored.signing_private.empty()) {
      PARLEY_TRY(signing_private, load_secret<32>(stored.signing_private));
      state.signing_private = std::move(signing_private);
    }
    states.push_back(std::make_shared<const SenderKeyState>(std::move(state)));
  }
  return SenderKeyEditor::assemble(std::move(states));
}

}  // namespace parley::signal
