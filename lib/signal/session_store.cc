// The stored form of sessions: proto/signal_store.proto.
#include "lib/signal/session_state.h"
#include "lib/signal/store_fields.h"
#include "lib/wire/wire.h"
#include "proto/signal_store.h"

namespace parley::signal {
namespace store = wire::signal_store;

namespace {

store::ReceiverChain encode_chain(const ReceiverChain& chain) {
  store::ReceiverChain out;
  out.ratchet_key = store_key(chain.ratchet_key);
  out.chain_key = store_secret(chain.chain.next.key);
  out.index = chain.chain.next.index;
  out.skipped = store_skipped(chain.chain.skipped);
  return out;
}

Result<ReceiverChain> decode_chain(const store::ReceiverChain& in) {
  PARLEY_TRY(ratchet_key, load_key(in.ratchet_key));
  PARLEY_TRY(chain, load_chain(in.chain_key, in.index, in.skipped));
  return ReceiverChain{ratchet_key, std::move(chain)};
}

store::PendingPrekey encode_pending(const PendingPrekey& pending) {
  store::PendingPrekey out;
  if (pending.one_time) out.pre_key_id = pending.one_time->value;
  out.signed_pre_key_id = pending.signed_prekey.value;
  if (pending.kyber) out.kyber_pre_key_id = pending.kyber->value;
  out.kyber_ciphertext = pending.kyber_ciphertext;
  out.created_at_ms = pending.created.ms;
  return out;
}

PendingPrekey decode_pending(store::PendingPrekey in) {
  PendingPrekey pending{
      {}, {in.signed_pre_key_id}, {}, std::move(in.kyber_ciphertext), {in.created_at_ms}};
  if (in.pre_key_id) pending.one_time = PreKeyId{*in.pre_key_id};
  if (in.kyber_pre_key_id) pending.kyber = KyberPreKeyId{*in.kyber_pre_key_id};
  return pending;
}

Result<Protocol> load_protocol(std::uint32_t version) {
  if (version == 3) return Protocol::x3dh;
  if (version == 4) return Protocol::pqxdh;
  return fail(ErrorCode::malformed, "stored session version");
}

Result<SessionState> load_keys(const store::SessionState& in) {
  PARLEY_TRY(protocol, load_protocol(in.version));
  PARLEY_TRY(local_identity, load_key(in.local_identity));
  PARLEY_TRY(remote_identity, load_key(in.remote_identity));
  PARLEY_TRY(base_key, load_key(in.base_key));
  PARLEY_TRY(root_key, load_secret<32>(in.root_key));
  PARLEY_TRY(ratchet_private, load_secret<32>(in.sender_ratchet_private));
  PARLEY_TRY(ratchet_public, load_key(in.sender_ratchet_public));
  PARLEY_TRY(chain_key, load_secret<32>(in.sender_chain_key));
  return SessionState{protocol,
                      local_identity,
                      remote_identity,
                      {in.local_registration_id},
                      {in.remote_registration_id},
                      base_key,
                      std::move(root_key),
                      in.previous_counter,
                      {ratchet_public, std::move(ratchet_private)},
                      {std::move(chain_key), in.sender_index}};
}

}  // namespace

SecretBuffer encode_state(const SessionState& state) {
  store::SessionState out;
  out.version = static_cast<std::uint32_t>(state.protocol);
  out.local_identity = store_key(state.local_identity);
  out.remote_identity = store_key(state.remote_identity);
  out.local_registration_id = state.local_registration_id.value;
  out.remote_registration_id = state.remote_registration_id.value;
  out.base_key = store_key(state.base_key);
  out.root_key = store_secret(state.root_key);
  out.previous_counter = state.previous_counter;
  out.sender_ratchet_private = store_secret(state.sender_ratchet.private_key);
  out.sender_ratchet_public = store_key(state.sender_ratchet.public_key);
  out.sender_chain_key = store_secret(state.sender_chain.key);
  out.sender_index = state.sender_chain.index;
  for (const auto& chain : state.receiver_chains) {
    out.receiver_chains.push_back(encode_chain(*chain));
  }
  if (state.pending) out.pending = encode_pending(*state.pending);
  if (state.pq_ratchet) out.pq_ratchet = state.pq_ratchet->clone();
  return wire::encode_secret(out);
}

Result<SharedState> decode_state(ByteView bytes) {
  PARLEY_TRY(in, wire::decode<store::SessionState>(bytes));
  PARLEY_TRY(state, load_keys(in));
  for (const store::ReceiverChain& stored : in.receiver_chains) {
    PARLEY_TRY(chain, decode_chain(stored));
    if (state.find_chain(chain.ratchet_key) != nullptr) {
      return fail(ErrorCode::malformed, "a receiver chain comes twice");
    }
    state.put_chain(std::move(chain));
  }
  if (in.pending) {
    state.pending = std::make_shared<const PendingPrekey>(decode_pending(std::move(*in.pending)));
    if ((state.protocol == Protocol::pqxdh) != state.pending->kyber.has_value() ||
        state.pending->kyber.has_value() == state.pending->kyber_ciphertext.empty()) {
      return fail(ErrorCode::malformed, "stored Kyber key and version do not go together");
    }
  }
  if (!in.pq_ratchet.empty()) {
    state.pq_ratchet = std::make_shared<const SecretBuffer>(std::move(in.pq_ratchet));
  }
  return std::make_shared<const SessionState>(std::move(state));
}

SecretBuffer SessionRecord::serialize() const {
  store::SessionRecord out;
  out.format = kStoreFormat;
  if (current_) out.current = encode_state(*current_);
  out.archived.reserve(archived_.size());
  for (const auto& archived : archived_) out.archived.push_back(archived->encoded.clone());
  return wire::encode_secret(out);
}

Result<SessionRecord> SessionRecord::parse(ByteView bytes) {
  PARLEY_TRY(in, wire::decode<store::SessionRecord>(bytes));
  PARLEY_CHECK(check_format(in.format));
  SharedState current;
  if (!in.current.empty()) {
    PARLEY_TRY(state, decode_state(in.current.view()));
    current = std::move(state);
  }
  std::vector<std::shared_ptr<const ArchivedSession>> archived;
  archived.reserve(in.archived.size());
  for (SecretBuffer& encoded : in.archived) {
    archived.push_back(std::make_shared<const ArchivedSession>(std::move(encoded)));
  }
  return RecordEditor::assemble(std::move(current), std::move(archived));
}

}  // namespace parley::signal
