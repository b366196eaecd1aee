// Encryption to a group with sender keys: a sender gives every member one chain
// key (a distribution message, inside their pairwise sessions), then encrypts and
// signs each message once for all.
//
// Shape: a SenderKeyRecord holds what one device knows of one sender device in one
// distribution; the caller keeps it under (sender, distribution id). As with
// sessions, every function is a pure transition: const record in, next record out,
// a failure changes nothing. Threads and secrets as in session.h.
//
// Source: libsignal's sender keys (there is no published specification); message
// version 3. The chain ratchets as the Double Ratchet's symmetric chains do.
#pragma once

#include <memory>
#include <vector>

#include "lib/base/ids.h"
#include "lib/base/random.h"
#include "lib/base/result.h"
#include "lib/base/secret.h"

namespace parley::signal {

// A UUID's bytes.
using DistributionId = OpaqueId<struct DistributionIdTag, 16>;

// Keys of one sender that are remembered; a newer one pushes out the oldest.
// Jumps and skipped keys are limited as in session.h.
inline constexpr std::size_t kMaxSenderKeyStates = 5;

struct SenderKeyState;

class SenderKeyRecord {
 public:
  SenderKeyRecord() = default;
  SenderKeyRecord(SenderKeyRecord&&) noexcept = default;
  SenderKeyRecord& operator=(SenderKeyRecord&&) noexcept = default;
  SenderKeyRecord(const SenderKeyRecord&) = delete;
  SenderKeyRecord& operator=(const SenderKeyRecord&) = delete;

  SenderKeyRecord share() const;
  SecretBuffer serialize() const;
  // ErrorCode::malformed, or store_too_new.
  static Result<SenderKeyRecord> parse(ByteView bytes);

  bool empty() const { return states_.empty(); }
  std::size_t state_count() const { return states_.size(); }

 private:
  friend class SenderKeyEditor;
  std::vector<std::shared_ptr<const SenderKeyState>> states_;  // newest first
};

struct Distribution {
  SenderKeyRecord next;
  // To be encrypted to each member. Holds the chain key.
  SecretBuffer message;
};
// Tells new members the key from here on; makes one where `own` is empty. To
// exclude a member who left, start again from an empty record.
// ErrorCode::out_of_place where the record is another sender's.
Result<Distribution> distribute(const SenderKeyRecord& own, const DistributionId& id,
                                RandomSource& random);

// Errors: malformed, unsupported_version, invalid_key, invalid_argument for
// another distribution than `id`.
Result<SenderKeyRecord> accept_distribution(const SenderKeyRecord& record, const DistributionId& id,
                                            ByteView message);

struct GroupEncrypted {
  SenderKeyRecord next;
  Bytes message;
};
// Errors: no_session (no key yet), out_of_place (another sender's record), limit_reached.
Result<GroupEncrypted> group_encrypt(const SenderKeyRecord& own, const DistributionId& id,
                                     ByteView plaintext, RandomSource& random);

struct GroupDecrypted {
  SenderKeyRecord next;
  SecretBuffer plaintext;
};
// Errors: no_session (unknown chain id), bad_signature, duplicate_message,
// too_far_in_future, malformed, unsupported_version, decryption_failed,
// invalid_argument for another distribution than `id`.
Result<GroupDecrypted> group_decrypt(const SenderKeyRecord& record, const DistributionId& id,
                                     ByteView message);

// The distribution a SenderKeyMessage or a distribution message belongs to; not
// authenticated.
Result<DistributionId> inspect_sender_key_message(ByteView message);
Result<DistributionId> inspect_distribution_message(ByteView message);

}  // namespace parley::signal
