// The key derivations of a session: the root key's step, and what encrypts and
// authenticates one message. Internal to lib/signal.
//
// Source: "The Double Ratchet Algorithm" §5.2, with libsignal's info strings.
#pragma once

#include "lib/base/result.h"
#include "lib/signal/chain.h"
#include "lib/signal/keys.h"

namespace parley::signal {

using RootKey = Secret<32>;

struct RootStep {
  RootKey root;
  ChainKey chain;  // from index 0
};

// A Diffie-Hellman step. ErrorCode::invalid_key for a key that agrees on zeros.
Result<RootStep> step_root(const RootKey& root, const PrivateKey& ours, const PublicKey& theirs);

// AES-256-CBC key 32, MAC key 32, IV 16.
class MessageKeys {
 public:
  explicit MessageKeys(const MessageSeed& seed);
  ByteView cipher_key() const { return bytes_.view().first(32); }
  ByteView mac_key() const { return bytes_.view().subspan(32, 32); }
  ByteView iv() const { return bytes_.view().subspan(64, 16); }

 private:
  SecretBuffer bytes_;
};

// The two halves of a 64-byte derivation.
RootStep split_root(const SecretBuffer& derived);

}  // namespace parley::signal
