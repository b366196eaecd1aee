// One step of the engine as a transaction: handlers read records, change them, send
// frames and raise events through a Step, and nothing of it takes effect unless the
// handler succeeds.
//
// Reading is how asynchronous storage stays out of the handlers. A record that is
// not in the cache makes the read fail with the error `loading()`; the handler
// returns it like any error (PARLEY_TRY does), the step is thrown away, a query goes
// out, and the same input is handled again from its start once the answer is there.
// So a handler reads what it needs first and may be run more than once.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "client/engine/live_state.h"
#include "client/engine/record_cache.h"
#include "client/engine/schemas.h"
#include "lib/base/random.h"
#include "lib/base/result.h"
#include "lib/base/time.h"
#include "lib/signal/keys.h"

namespace parley::client {

// A page of records that a handler asks for.
struct Scan {
  RecordKind kind;
  RecordKey prefix{};
  RecordKey after{};
  bool descending = false;
  std::uint32_t limit = 100;
  friend bool operator<(const Scan& a, const Scan& b) {
    const auto fields = [](const Scan& scan) {
      return std::tuple(scan.kind, as_text(scan.prefix), as_text(scan.after), scan.descending,
                        scan.limit);
    };
    return fields(a) < fields(b);
  }
};
struct ScannedRecord {
  RecordKey key;
  RecordValue value;
};
using ScanResults = std::map<Scan, std::vector<ScannedRecord>>;

// What a delivery decrypted to, and the records that changes. Kept while its step waits for other
// records, since decrypting is what receiving costs most.
struct OpenedDelivery {
  SecretBuffer plaintext;
  crypto::PublicKey sender_identity;
  std::map<RecordId, RecordValue> written{};
};

class Step {
 public:
  // `opened` outlives the step: of the same input when it was tried before. `is_absent`: empty
  // where nobody can tell.
  Step(Time now, const RecordCache& cache, const ScanResults& scans, const LiveState& live,
       RandomSource& random, std::optional<OpenedDelivery>& opened, IsAbsent is_absent = {})
      : now_(now),
        cache_(cache),
        scans_(scans),
        live_(live),
        random_(random),
        opened_(opened),
        is_absent_(std::move(is_absent)) {}

  Time now() const { return now_; }
  RandomSource& random() { return random_; }
  LiveState& live() { return live_; }

  // --- records
  // Null: there is none.
  Result<RecordValue> read(RecordKind kind, RecordKey key);
  void write(RecordKind kind, RecordKey key, SecretBuffer value);
  void remove(RecordKind kind, RecordKey key);

  template <typename Message>
  Result<std::optional<Message>> get(RecordKind kind, RecordKey key) {
    PARLEY_TRY(value, read(kind, std::move(key)));
    std::optional<Message> message;
    if (value) {
      PARLEY_TRY(decoded, wire::decode<Message>(value->view()));
      message = std::move(decoded);
    }
    return message;
  }
  template <typename Message>
  void put(RecordKind kind, RecordKey key, const Message& message) {
    write(kind, std::move(key), wire::encode_secret(message));
  }
  // Sees what was stored before this step, not what it writes.
  Result<std::vector<ScannedRecord>> scan(Scan scan);

  // --- a delivery that was decrypted when this step was tried before
  // Null: it was not. What decrypting changed is written again.
  const OpenedDelivery* opened();
  const OpenedDelivery& keep_opened(SecretBuffer plaintext, crypto::PublicKey sender_identity);

  // --- the account's own record, read once and written back if it was changed
  // no_account where there is none or it is not registered yet.
  Result<const records::Account*> account();
  // Also one that is not registered; null: there is none.
  Result<const records::Account*> any_account();
  records::Account& change_account();  // after one of the above
  void set_account(records::Account account);
  Result<AccountId> own_id();
  Result<signal::LocalIdentity> identity();

  // --- effects
  template <typename Body>
  void event(Body body, std::uint64_t command_id = 0) {
    api::Event event;
    event.command_id = command_id;
    event.body = std::move(body);
    events_.push_back(std::move(event));
  }
  void done(std::uint64_t command_id) { event(api::CommandDone{}, command_id); }

  // A frame without an answer.
  template <typename Body>
  void send(Body body) {
    frame(0, std::move(body));
  }
  // A frame whose answer comes to `request`.
  template <typename Body>
  void request(Body body, OpenRequest request) {
    request.id = ++live_.last_request;
    frame(request.id, std::move(body));
    live_.requests.push_back(std::move(request));
  }
  // An encoded channel.Send, byte for byte the one that was stored.
  void request_encoded_send(ByteView encoded_send, OpenRequest request);

  template <typename Body>
  std::uint64_t setup(Body body) {
    api::SetupRequest request;
    request.id = ++live_.last_setup;
    request.body = std::move(body);
    setup_.push_back(std::move(request));
    return live_.last_setup;
  }
  void order(api::TransferOrder order) { orders_.push_back(std::move(order)); }
  // Tells the hub that this delivery is stored (or needs no storing).
  void acknowledge(std::int64_t accepted_at_us) { acknowledged_.push_back(accepted_at_us); }
  // Handles a command (again) after what is already queued.
  void requeue(SharedCommand command) { requeued_.push_back(std::move(command)); }
  // Handles a delivery (again) before anything else.
  void redeliver(Delivery delivery) { redelivered_.push_back(std::move(delivery)); }
  // Drops the channel; the runtime makes a new one.
  void reset_link() { reset_link_ = true; }
  // Removes every record and starts over.
  void wipe() { wipe_ = true; }

  // --- for the engine
  bool is_loading() const { return !missing_.empty() || !missing_scans_.empty(); }
  // What an ended step leaves behind. Call finish() first.
  void finish();
  std::map<RecordId, RecordValue>& written() { return written_; }
  std::set<RecordId>& missing() { return missing_; }
  std::set<Scan>& missing_scans() { return missing_scans_; }
  std::vector<SecretBuffer>& frames() { return frames_; }
  std::vector<api::SetupRequest>& setups() { return setup_; }
  std::vector<api::TransferOrder>& orders() { return orders_; }
  std::vector<api::Event>& events() { return events_; }
  std::vector<std::int64_t>& acknowledged() { return acknowledged_; }
  std::vector<SharedCommand>& requeued() { return requeued_; }
  std::vector<Delivery>& redelivered() { return redelivered_; }
  bool wants_link_reset() const { return reset_link_; }
  bool wants_wipe() const { return wipe_; }

  static tl::unexpected<Error> loading() { return fail(ErrorCode::unspecified, "loading"); }

 private:
  template <typename Body>
  void frame(std::uint64_t request_id, Body body) {
    channel::ClientFrame frame;
    frame.request_id = request_id;
    frame.body = std::move(body);
    frames_.push_back(wire::encode_secret(frame));
  }

  Time now_;
  const RecordCache& cache_;
  const ScanResults& scans_;
  LiveState live_;
  RandomSource& random_;
  std::optional<OpenedDelivery>& opened_;
  IsAbsent is_absent_;

  std::map<RecordId, RecordValue> written_;
  std::set<RecordId> missing_;
  std::set<Scan> missing_scans_;
  std::vector<SecretBuffer> frames_;  // encoded ClientFrames
  std::vector<api::SetupRequest> setup_;
  std::vector<api::TransferOrder> orders_;
  std::vector<api::Event> events_;
  std::vector<std::int64_t> acknowledged_;
  std::vector<SharedCommand> requeued_;
  std::vector<Delivery> redelivered_;
  bool reset_link_ = false;
  bool wipe_ = false;

  std::optional<records::Account> account_;
  bool account_read_ = false;
  bool account_changed_ = false;
};

}  // namespace parley::client
