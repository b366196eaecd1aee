// What the engine knows only while it runs: the link, open requests, commands that
// wait, the head of the outbox. None of it is needed after a restart; everything
// that must not be lost is in records.
//
// It is a plain copyable value: a step works on a copy and the copy replaces the
// original only if the step succeeds.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/engine/schemas.h"
#include "lib/base/ids.h"
#include "lib/base/limits.h"
#include "lib/base/secret.h"
#include "lib/crypto/curve25519.h"

namespace parley::client {

using SharedCommand = std::shared_ptr<const api::Command>;

// --- limits
inline constexpr std::size_t kMaxWaitingCommands = 256;
// Entries of the outbox known in memory; the rest waits in the store.
inline constexpr std::size_t kMaxLoadedOutbox = 128;
// Sends without a result yet.
inline constexpr std::size_t kMaxSendsInFlight = 16;
// Deliveries that wait until it is known who their sender is.
inline constexpr std::size_t kMaxParkedDeliveries = 1024;
// File transfers that are not over, and those of them that move bytes at a time.
inline constexpr std::size_t kMaxTransfers = 64;
inline constexpr std::size_t kMaxRunningTransfers = 2;

// What an open request on the channel was for.
struct OpenRequest {
  enum class Kind : std::uint8_t {
    send,           // outbox_number
    fetch_prekeys,  // account
    upload_prekeys,
    lookup_handle,   // handle
    lookup_account,  // account
    set_recovery,
    third_party,  // the offer, for `command` or by itself
    background,   // whatever the answer is
    command,      // the answer to `command`, nothing else to do
  };
  std::uint64_t id = 0;
  Kind kind = Kind::command;
  std::uint64_t outbox_number = 0;
  AccountId account{};
  std::string handle{};
  // fetch_prekeys: nothing else than these was asked for; empty: all.
  std::vector<std::uint32_t> devices{};
  SharedCommand command{};
};

// An entry of the outbox, as much of it as scheduling needs.
struct OutboxItem {
  std::uint64_t number = 0;
  ConversationId conversation{};
  std::int64_t not_before_ms = 0;
  bool in_flight = false;
};

// A command that needs several answers over HTTP. Secrets are shared, never copied.
struct SetupFlow {
  enum class Step : std::uint8_t {
    none,
    sign_up,
    log_in,
    recovery,
    add_device,
    open_link,
    poll_link
  };
  Step step = Step::none;
  std::uint64_t request_id = 0;
  SharedCommand command{};
  // A sign-up under this name was begun before, on this device.
  bool is_repeated = false;
  std::shared_ptr<const Secret<32>> login_token{};
  std::shared_ptr<const Secret<32>> poll_token{};
  std::shared_ptr<const crypto::KeyPair> link_key{};  // in this device's code
  Bytes slot{};
  Bytes granted_identity{};
  std::int64_t retry_at_ms = 0;  // when to poll again after a failure
};

// Another setup request that only answers a command (password, deletion).
struct OpenSetup {
  std::uint64_t id = 0;
  SharedCommand command{};
};

// A Send command with `wait`: answered when its outbox entry has a result.
struct SendWaiter {
  std::uint64_t outbox_number = 0;
  std::uint64_t command_id = 0;
  Bytes message_id{};
};

// A command that cannot go on yet.
struct WaitingCommand {
  SharedCommand command{};
  // Whose name is being looked up; empty: waits for the link.
  std::string handle{};
};

struct TypingPeer {
  AccountId account{};
  std::int64_t until_ms = 0;
};

// Something of the mailbox, on its way through the engine.
struct Delivery {
  std::shared_ptr<const channel::Deliver> deliver{};
  // The last request made before it came: what a later one is answered is news about it.
  std::uint64_t came_after = 0;
  // Since it came the hub has said who its sender is.
  bool hub_was_asked = false;
};

// One that waits for that; see parking.h.
struct ParkedDelivery {
  AccountId sender{};
  Delivery delivery{};
};

// An export or import under way.
struct Transfer {
  SharedCommand command{};
  bool is_export = false;
  std::shared_ptr<const Secret<32>> key{};
  std::uint64_t index = 0;
  bool contacts_done = false;              // export: they come before the messages
  Bytes cursor{};                          // export: the last record written
  std::shared_ptr<const Bytes> pending{};  // import: what is no whole chunk yet
  std::uint64_t messages = 0;
};

// A file transfer that is not over, as much of it as scheduling needs.
struct TransferItem {
  std::uint64_t number = 0;
  std::uint32_t index = 0;       // of the file it is at
  bool running = false;          // the runtime has an order for it
  bool stopped = false;          // waits for somebody to resume it
  std::uint64_t done_bytes = 0;  // of that file
  std::uint32_t attempts = 0;
  std::int64_t not_before_ms = 0;
};

// A command that is answered when its transfer is over.
struct TransferWaiter {
  std::uint64_t number = 0;
  std::uint64_t command_id = 0;
};

struct LiveState {
  api::LinkState link = api::LinkState::offline;
  bool welcomed = false;
  bool caught_up = false;
  std::int64_t last_heard_ms = 0;
  bool ping_sent = false;
  channel::Limits limits{};
  std::vector<channel::Device> own_devices{};

  std::uint64_t last_request = 0;
  std::vector<OpenRequest> requests{};
  std::vector<WaitingCommand> waiting{};
  std::vector<SendWaiter> send_waiters{};

  std::vector<OutboxItem> outbox{};
  bool outbox_loaded = false;     // the first page has been read
  bool outbox_has_more = false;   // beyond what is loaded
  std::uint64_t outbox_last = 0;  // number of the last one loaded
  // The receipts entry that takes further receipts, by conversation.
  std::vector<std::pair<ConversationId, std::uint64_t>> open_receipts{};

  std::vector<ParkedDelivery> parked{};
  std::vector<TypingPeer> typing{};

  SetupFlow flow{};
  // A sign-up or login that is done once this device's prekeys are published.
  SharedCommand completes_with_prekeys{};
  std::vector<OpenSetup> setups{};
  std::uint64_t last_setup = 0;

  std::vector<TransferItem> transfers{};
  bool transfers_loaded = false;
  std::vector<TransferWaiter> transfer_waiters{};

  Transfer transfer{};
  std::int64_t next_expiry_ms = 0;
  bool expiry_loaded = false;
  std::int64_t next_cleanup_ms = 0;
};

}  // namespace parley::client
