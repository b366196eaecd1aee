// One side of an interop scenario: our own library or another implementation.
// Scenarios see both through this interface, so each runs in both directions.
#pragma once

#include <memory>
#include <string>

#include "lib/signal/fingerprint.h"
#include "lib/signal/sender_key.h"
#include "lib/signal/session.h"
#include "lib/signal/test_device.h"
#include "tests/interop/peer_process.h"

namespace parley::interop {

using signal::DistributionId;
using signal::Message;
using signal::PreKeyBundle;
using signal::Protocol;

struct SafetyNumber {
  std::string digits;
  Bytes scannable;  // empty: this peer makes none
  bool scanned_fits = false;
};

class Party {
 public:
  virtual ~Party() = default;
  virtual crypto::PublicKey identity_key() = 0;
  virtual PreKeyBundle bundle(bool with_one_time = true) = 0;
  virtual Status start(const PreKeyBundle& bundle) = 0;
  virtual Result<Message> send(std::string_view text) = 0;
  virtual Result<std::string> receive(const Message& message) = 0;
  // Loses every session, as a reinstalled device does (its identity stays).
  virtual void forget() = 0;
  // Most messages that may be missing before one it still reads.
  virtual std::uint32_t max_jump() const { return signal::kMaxForwardJumps; }

  virtual Result<Bytes> distribute(const DistributionId& id) = 0;
  virtual Status accept_distribution(const DistributionId& id, const Bytes& message) = 0;
  virtual Result<Bytes> group_send(const DistributionId& id, std::string_view text) = 0;
  virtual Result<std::string> group_receive(const DistributionId& id, const Bytes& message) = 0;

  // With the other side's id and key; `scanned` may be empty.
  virtual Result<SafetyNumber> safety_number(std::string_view own_id, std::string_view other_id,
                                             const crypto::PublicKey& other_key,
                                             const Bytes& scanned) = 0;
};

// Our library.
std::unique_ptr<Party> make_own_party(std::uint64_t seed, Protocol protocol);

// A new device in the peer's process, which must outlive it.
std::unique_ptr<Party> make_peer_party(PeerProcess& process, Protocol protocol,
                                       std::uint32_t max_jump);

}  // namespace parley::interop
