// What an account's own devices share and how it is handed on: encrypted device
// names, the recovery key and the link between two devices. Pure functions over
// lib/crypto; formats are Parley's own and only its clients read them.
#pragma once

#include <string>

#include "client/engine/schemas.h"
#include "lib/base/random.h"
#include "lib/base/result.h"
#include "lib/base/secret.h"
#include "lib/crypto/curve25519.h"

namespace parley::client {

// --- device names: XChaCha20-Poly1305 under the account key, nonce in front.
Bytes seal_device_name(ByteView account_key, std::string_view name, RandomSource& random);
// What cannot be opened is shown as an empty name.
std::string open_device_name(ByteView account_key, ByteView sealed);

// --- recovery. Key: HKDF(recovery key, "parley-recovery-1"); nonce in front.
Bytes seal_recovery(const Secret<32>& recovery_key, const e2e::RecoveryData& data,
                    RandomSource& random);
// recovery_failed.
Result<e2e::RecoveryData> open_recovery(const Secret<32>& recovery_key, ByteView blob);
// Thirteen groups of four base32 characters, joined by '-'.
std::string recovery_key_text(ByteView recovery_key);
// Takes spaces, dashes and either case; recovery_failed for anything else.
Result<Secret<32>> parse_recovery_key(std::string_view text);

// --- linking. The new device's code holds the hub's slot and a fresh public key; the
// existing one answers with the identity, encrypted to that key:
//   key = HKDF(DH(e, code key), salt = slot, "parley-link-1" ‖ e ‖ code key)
//   envelope = e (32) ‖ nonce (24) ‖ XChaCha20-Poly1305(LinkEnvelope)
struct LinkTarget {
  Bytes slot;  // 16 bytes
  crypto::PublicKey key;
};
std::string link_code(const LinkTarget& target);
// link_expired for what is no link code at all.
Result<LinkTarget> parse_link_code(std::string_view code);
// Six digits, so that both screens can be compared: a code from somebody else's
// screen shows other digits.
std::string link_check_digits(const LinkTarget& target);
Result<Bytes> seal_link(const LinkTarget& target, const e2e::LinkEnvelope& envelope,
                        RandomSource& random);
Result<e2e::LinkEnvelope> open_link(const LinkTarget& target, const crypto::KeyPair& own,
                                    ByteView sealed);

// Proof for setup.AddDevice that the identity key is held here.
Bytes add_device_proof(const crypto::KeyPair& identity, ByteView login_token,
                       std::uint32_t registration_id, RandomSource& random);

}  // namespace parley::client
