// The hub: who may talk to whom, who has which devices and keys, and mailboxes that lose
// nothing and repeat nothing. No sockets, no SQL, no clock, no threads: bytes and time go
// in, calls on four ports come out (Connections, Store, PasswordHasher, RandomSource).
//
// Shape: this facade takes every input and hands it to the part responsible (sessions.h,
// directory.h, mailboxes.h, sending.h, ...). The acknowledgement rule stands in sending.h.
//
// Threads: one. Every method and every completion runs on the engine's thread.
// Ownership: the ports must outlive the engine. Destroying it with requests open drops
// their completions; shut_down first.
// Time: `now` is wall time in milliseconds; it may stand still or step back (accepted times
// still increase strictly).
// Errors: a peer's bad input is answered and never fatal. Nothing throws.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/engine/config.h"
#include "hub/engine/connections.h"
#include "hub/engine/password_hasher.h"
#include "hub/engine/provider_status.h"
#include "hub/engine/provider_tokens.h"
#include "hub/engine/push_notifier.h"
#include "hub/engine/statistics.h"
#include "hub/engine/store.h"
#include "hub/engine/types.h"
#include "lib/base/random.h"
#include "lib/base/time.h"
#include "proto/channel.h"
#include "proto/setup.h"

namespace parley::hub {

class Engine {
 public:
  struct Ports {
    Store& store;
    Connections& connections;
    PasswordHasher& passwords;
    RandomSource& random;
    // Null: no service is connected to this hub.
    ProviderTokens* tokens = nullptr;
    PushNotifier* pushes = nullptr;
  };

  Engine(EngineConfig config, Ports ports);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Loads what the hub knows about itself (making its id at the very first start) and
  // reserves accepted times. Nothing else may be called before `ready` came with success.
  void start(Time now, Completion<Status> ready);

  // --- channels; see connections.h
  // Sends the Challenge.
  void connection_opened(ConnectionId connection, AddressBucket origin, Time now);
  // One WebSocket message: an encoded ClientBatch. Borrowed for the call.
  void batch_received(ConnectionId connection, ByteView batch, Time now);
  // The peer or the network ended it.
  void connection_closed(ConnectionId connection, Time now);
  // Its outgoing queue fell below kQueueLowBytes after it was above kQueueHighBytes.
  void drained(ConnectionId connection, Time now);

  // --- set-up over HTTP (proto/setup.proto). Errors carry the catalogue's codes.
  wire::setup::HubInfo hub_info() const;
  void sign_up(wire::setup::SignUp request, AddressBucket origin, Time now,
               Completion<Result<wire::setup::Registered>> done);
  void log_in(wire::setup::LogIn request, AddressBucket origin, Time now,
              Completion<Result<wire::setup::LoginGranted>> done);
  void add_device(wire::setup::AddDevice request, AddressBucket origin, Time now,
                  Completion<Result<wire::setup::Registered>> done);
  void fetch_recovery(wire::setup::FetchRecovery request, AddressBucket origin, Time now,
                      Completion<Result<wire::setup::Recovery>> done);
  void open_link(wire::setup::OpenLink request, AddressBucket origin, Time now,
                 Completion<Result<wire::setup::LinkOpened>> done);
  // Waits up to 25 s for the slot's answer; then says ready = false.
  void poll_link(wire::setup::PollLink request, AddressBucket origin, Time now,
                 Completion<Result<wire::setup::LinkResult>> done);
  void change_password(wire::setup::ChangePassword request, AddressBucket origin, Time now,
                       Completion<Status> done);
  void delete_account(wire::setup::DeleteAccount request, AddressBucket origin, Time now,
                      Completion<Status> done);

  // Errors besides those of find_caller: invalid_argument, not_found where this hub sends none.
  void set_push(wire::setup::SetPush request, AddressBucket origin, Time now,
                Completion<Status> done);
  // See push_notifier.h. Forgotten, if it is still the device's.
  void push_endpoint_gone(const DeviceAddress& device, const std::string& endpoint, Time now);

  // --- the door, over HTTP
  wire::setup::Offer offer() const;
  // A PNG; empty: none, or nobody may know of the service.
  Bytes provider_logo(const std::string& id) const;
  void enlist(wire::setup::Enlist request, AddressBucket origin, Time now,
              Completion<Result<wire::setup::Enlisted>> done);
  void end_enlistment(wire::setup::EndEnlistment request, AddressBucket origin, Time now,
                      Completion<Result<wire::setup::EnlistmentEnded>> done);

  // --- files (hub/media)
  struct Caller {
    AccountId account;
    std::string handle;
  };
  // Whose session token this is. Errors: not_authenticated, session_expired.
  void find_caller(ByteView session_token, Time now, Completion<Result<Caller>> done);
  // Of the services that are live, suspended, or a sandbox for this account.
  std::vector<MediaHost> media_hosts(const std::string& handle) const;
  // Whether the account is there; an error says nothing about it.
  void account_exists(const AccountId& id, Time now, Completion<Result<bool>> done);
  // Called once an account of this hub is gone for good.
  void on_account_deleted(std::function<void(const AccountId&)> then);

  // --- the operator's (providers.h, reports.h)
  std::vector<ProviderStatus> providers() const;
  void put_provider(ProviderRecord provider, Time now, Completion<Status> done);
  void set_provider_state(const std::string& id, wire::channel::ProviderState state,
                          std::string reason, Time now, Completion<Status> done);
  void remove_provider(const std::string& id, Time now, Completion<Status> done);
  void list_reports(Store::ReportQuery query, Time now,
                    Completion<Result<std::vector<NamedReport>>> done);
  // Of each of its messages, now.
  std::vector<MessageProof> prove_again(const ReportRecord& report) const;
  void resolve_report(std::uint64_t number, std::string resolution, std::string note, Time now,
                      Completion<Status> done);

  // --- time
  // Says what time it is for the completions of ports that follow (they carry none). The
  // owner calls it before it runs them, so that latencies and deadlines are counted right.
  void advance(Time now);
  // When tick is wanted next. Ask again after every other call. Never in the past by more
  // than the caller's own delay.
  std::optional<Time> next_wakeup() const;
  void tick(Time now);

  // Refuses new work, commits everything pending, answers it, tells every connection
  // Closing{SHUTTING_DOWN} with a spread-out reconnect time, closes, then `done`.
  void shut_down(Time now, Completion<Status> done);

  // A snapshot; gauges are filled in.
  Statistics statistics() const;
  // False while commits fail (readiness for load balancers).
  bool storage_available() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace parley::hub
