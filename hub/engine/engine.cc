#include "hub/engine/engine.h"

#include <algorithm>
#include <utility>

#include "hub/engine/departures.h"
#include "hub/engine/dispatcher.h"
#include "hub/engine/enlistment.h"
#include "hub/engine/offer.h"
#include "hub/engine/pushes.h"
#include "hub/engine/setup.h"
#include "hub/engine/subscriptions.h"
#include "lib/crypto/hash.h"

namespace parley::hub {

namespace ws = wire::setup;

namespace {

// Old messages, send results and tickets are looked for this often, so many at a time.
constexpr Duration kSweepInterval = seconds(10);
constexpr std::size_t kSweepRows = 2'000;
// An expired ticket is kept a while, so that who brings it is told why it does not work.
constexpr Duration kTicketsKept = hours(1);
constexpr Duration kStampCheckInterval = hours(1);
// After a shutdown clients come back within this time, spread out.
constexpr Duration kReconnectSpread = seconds(4);
constexpr Duration kReconnectAtLeast = seconds(1);

AcceptedAt before(Time now, Duration age) { return {(now - age).ms * 1000}; }

}  // namespace

struct Engine::Parts final : CommitListener {
  Parts(EngineConfig config, const Ports& ports)
      : shared{config,
               ports.store,
               ports.connections,
               ports.passwords,
               ports.random,
               Quotas(config.quotas),
               {},
               {},
               {},
               false,
               {}},
        stamps(config.stamp_key_rotation, config.stamp_key_lifetime),
        tokens_port(ports.tokens),
        push_port(ports.pushes) {
    committer.set_listener(this);
    committer.set_probe([this] { return op::ReserveTimes{sending.clock().usable_until()}; });
    mailboxes.on_all_acknowledged([this](OpenSend& send) { sending.all_acknowledged(send); });
    sessions.on_left([this](Connection& connection) { dispatcher.left(connection); });
    mailboxes.on_left_waiting([this](const AccountPtr& account) { pushes.waits(account); });
    providers.on_leaving([this](const std::string& id) { departures.begin(id); });
    departures.on_left([this](const std::string& id) { providers.left(id); });
    providers.on_change([this](const std::string& id) { opt_in.provider_changed(id); });
    shared.end_of_turn = [this] { end_of_turn(); };
  }

  void batch_settled(const WriteBatch& batch, bool durable) override {
    for (const op::Any& operation : batch) {
      if (const auto* put = std::get_if<op::PutMessage>(&operation)) {
        mailboxes.message_settled(*put, durable);
      } else if (const auto* result = std::get_if<op::PutSendResult>(&operation)) {
        sending.settled(*result, durable);
      } else if (const auto* removal = std::get_if<op::RemoveMessages>(&operation)) {
        mailboxes.removal_settled(*removal, durable);
      } else if (const auto* relation = std::get_if<op::SetRelation>(&operation)) {
        if (!durable) sending.relation_lost(*relation);
      }
    }
  }

  void end_of_turn() {
    committer.flush_if_due();
    if (stopped && committer.idle()) finish_shutdown({});
    if (stopped && !committer.available()) finish_shutdown(fail(storage_unavailable(shared)));
  }

  // --- start
  void loaded(Result<std::optional<HubRecord>> record, Completion<Status> ready) {
    if (!record) return ready(fail(record.error()));
    if (*record) {
      shared.hub = (*record)->id;
      sending.clock().restore((*record)->reserved_until);
      stamps.restore(std::move((*record)->stamp_keys));
      providers.restore(**record);
    } else {
      shared.hub = HubId{shared.random.array<16>()};
      committer.add(op::CreateHub{shared.hub}, [](const Result<op::Reply>&) {});
    }
    was_loaded = true;
    rotate_stamps();
    sending.reserve_if_wanted();
    // Behind them in the same batch: an operation whose answer says all are durable.
    committer.add(op::Sweep{{0}, {0}, Time{0}, 1}, [this, ready](const Result<op::Reply>& reply) {
      sweep_at = shared.now + kSweepInterval;
      ready(reply ? Status() : fail(reply.error()));
    });
  }

  void rotate_stamps() {
    stamps_at = shared.now + kStampCheckInterval;
    for (const std::uint32_t id : stamps.drop_expired(shared.now)) {
      committer.add(op::RemoveStampKey{id}, [](const Result<op::Reply>&) {});
    }
    auto key = stamps.key_wanted(shared.now, shared.random);
    if (!key) return;
    auto copy = std::make_shared<StampKey>(StampKey{key->id, key->key.clone(), key->created});
    committer.add(op::PutStampKey{std::move(*key)}, [this, copy](const Result<op::Reply>& reply) {
      if (reply) stamps.add(std::move(*copy));
    });
  }

  // --- time
  void tick() {
    if (!was_loaded) return;
    sessions.tick();
    mailboxes.tick();
    linking.tick();
    pushes.tick();
    departures.tick();
    if (shared.now >= stamps_at && committer.available()) rotate_stamps();
    if (shared.now >= sweep_at && committer.available() && !sweeping) sweep();
  }

  void sweep() {
    sweeping = true;
    const EngineConfig& config = shared.config;
    committer.add(
        op::Sweep{before(shared.now, config.mailbox_lifetime),
                  before(shared.now, config.send_result_lifetime), shared.now - kTicketsKept,
                  kSweepRows, shared.now - config.report_lifetime,
                  shared.now - config.resolved_report_lifetime,
                  // Nothing that they had written is on its way any more.
                  shared.now - config.mailbox_lifetime - days(1)},
        [this](const Result<op::Reply>& reply) {
          sweeping = false;
          sweep_at = shared.now + kSweepInterval;
          if (!reply) return;
          if (const auto* swept = std::get_if<op::Swept>(&reply->value)) {
            mailboxes.swept(*swept, directory);
          }
        });
  }

  std::optional<Time> next_wakeup() const {
    std::optional<Time> at;
    // Before, nothing is known: a key made then would take the place of a stored one.
    if (!was_loaded) return committer.next_wakeup();
    const auto consider = [&at](std::optional<Time> other) {
      if (other && (!at || *other < *at)) at = other;
    };
    consider(committer.next_wakeup());
    consider(sessions.next_wakeup());
    consider(mailboxes.next_wakeup());
    consider(linking.next_wakeup());
    consider(pushes.next_wakeup());
    consider(departures.next_wakeup());
    if (committer.available() && !sweeping) consider(sweep_at);
    if (committer.available()) consider(stamps_at);
    return at;
  }

  // --- the end
  void shut_down(Completion<Status> done) {
    shared.stopping = true;
    stopped = std::move(done);
    linking.tick();
    // Hands back what was reserved ahead, so that times do not jump after a restart.
    committer.add(op::ReserveTimes{sending.clock().last()}, [](const Result<op::Reply>&) {});
    committer.hurry();
  }

  void finish_shutdown(Status status) {
    const auto done = std::exchange(stopped, nullptr);
    sessions.for_each([this](ConnectionId id) {
      const auto spread = static_cast<std::uint64_t>(kReconnectSpread.ms);
      const Duration after{kReconnectAtLeast.ms +
                           static_cast<std::int64_t>(shared.random.below(spread))};
      sessions.dismiss(id, ErrorCode::shutting_down, after);
    });
    done(std::move(status));
  }

  Shared shared;
  Committer committer{shared};
  Directory directory{shared};
  Sessions sessions{shared};
  Mailboxes mailboxes{shared, committer};
  SendLog log{shared};
  StampKeys stamps;
  ProviderTokens* tokens_port;
  PushNotifier* push_port;
  LocalRoute route{shared, directory, sessions, mailboxes};
  Providers providers{{shared, committer}};
  Sending sending{{shared, directory, sessions, committer, mailboxes, log, stamps, providers}};
  Keys keys{{shared, directory, sessions, committer, providers, route}};
  People people{{shared, directory, sessions, committer, route, providers, tokens_port}};
  Devices devices{{shared, directory, sessions, committer, mailboxes, log, route}};
  Departures departures{{shared, directory, committer, devices}};
  Subscriptions subscriptions{{shared, directory, committer, devices}};
  Linking linking{{shared, sessions, committer}};
  Setup setup{{shared, directory, committer, devices}};
  TokenCheck tokens{{shared, providers, tokens_port}};
  Enlistment enlistment{{shared, directory, committer, devices, providers, tokens}};
  PartnerHello partner_hello{{shared, directory, sessions, devices, providers, tokens}};
  OptIn opt_in{{shared, sessions, committer, providers}};
  Reports reports{{shared, directory, sessions, committer, stamps, providers}};
  Pushes pushes{{shared, sessions, providers, push_port}};
  Dispatcher dispatcher{{shared, directory, sessions, mailboxes, sending, keys, people, devices,
                         linking, partner_hello, opt_in, reports}};

  bool was_loaded = false;
  Time sweep_at;
  Time stamps_at;
  bool sweeping = false;
  Completion<Status> stopped;  // set: shutting down
};

namespace {
// One input of the engine: sets the time before it and ends the turn after it.
template <typename Parts>
class Turn {
 public:
  Turn(Parts& parts, Time now) : parts_(parts) { parts.shared.now = now; }
  ~Turn() { parts_.end_of_turn(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Parts& parts_;
};

Error shutting_down() { return {ErrorCode::shutting_down, "", kReconnectAtLeast.ms}; }
}  // namespace

Engine::Engine(EngineConfig config, Ports ports)
    : parts_(std::make_unique<Parts>(std::move(config), ports)) {}
Engine::~Engine() = default;

void Engine::start(Time now, Completion<Status> ready) {
  const Turn turn(*parts_, now);
  parts_->shared.store.load_hub(parts_->shared.completion(
      [parts = parts_.get(), ready](Result<std::optional<HubRecord>> record) {
        parts->loaded(std::move(record), ready);
      }));
}

void Engine::connection_opened(ConnectionId connection, AddressBucket origin, Time now) {
  const Turn turn(*parts_, now);
  parts_->dispatcher.opened(connection, origin);
}

void Engine::batch_received(ConnectionId connection, ByteView batch, Time now) {
  const Turn turn(*parts_, now);
  parts_->dispatcher.batch_received(connection, batch);
}

void Engine::connection_closed(ConnectionId connection, Time now) {
  const Turn turn(*parts_, now);
  parts_->sessions.ended(connection);
}

void Engine::drained(ConnectionId connection, Time now) {
  const Turn turn(*parts_, now);
  const Connection* found = parts_->sessions.find(connection);
  if (found != nullptr && found->state == Connection::State::open) {
    parts_->mailboxes.pump(found->address());
  }
}

ws::HubInfo Engine::hub_info() const {
  ws::HubInfo info;
  info.hub_id = parts_->shared.hub.to_bytes();
  info.software = parts_->shared.config.software;
  info.channel_versions = {1};
  info.open_registration = parts_->shared.config.open_registration;
  info.push_key = parts_->shared.config.push_key;
  return info;
}

void Engine::sign_up(ws::SignUp request, AddressBucket origin, Time now,
                     Completion<Result<ws::Registered>> done) {
  const Turn turn(*parts_, now);
  if (parts_->shared.stopping) return done(fail(shutting_down()));
  parts_->setup.sign_up(std::move(request), origin, std::move(done));
}

void Engine::log_in(ws::LogIn request, AddressBucket origin, Time now,
                    Completion<Result<ws::LoginGranted>> done) {
  const Turn turn(*parts_, now);
  if (parts_->shared.stopping) return done(fail(shutting_down()));
  parts_->setup.log_in(std::move(request), origin, std::move(done));
}

void Engine::add_device(ws::AddDevice request, AddressBucket origin, Time now,
                        Completion<Result<ws::Registered>> done) {
  const Turn turn(*parts_, now);
  if (parts_->shared.stopping) return done(fail(shutting_down()));
  parts_->setup.add_device(std::move(request), origin, std::move(done));
}

void Engine::fetch_recovery(ws::FetchRecovery request, AddressBucket origin, Time now,
                            Completion<Result<ws::Recovery>> done) {
  const Turn turn(*parts_, now);
  if (parts_->shared.stopping) return done(fail(shutting_down()));
  parts_->setup.fetch_recovery(std::move(request), origin, std::move(done));
}

void Engine::open_link(ws::OpenLink, AddressBucket origin, Time now,
                       Completion<Result<ws::LinkOpened>> done) {
  const Turn turn(*parts_, now);
  if (parts_->shared.stopping) return done(fail(shutting_down()));
  parts_->linking.open(origin, std::move(done));
}

void Engine::poll_link(ws::PollLink request, AddressBucket origin, Time now,
                       Completion<Result<ws::LinkResult>> done) {
  const Turn turn(*parts_, now);
  if (parts_->shared.stopping) return done(fail(shutting_down()));
  parts_->linking.poll(std::move(request.poll_token), origin, std::move(done));
}

void Engine::change_password(ws::ChangePassword request, AddressBucket origin, Time now,
                             Completion<Status> done) {
  const Turn turn(*parts_, now);
  if (parts_->shared.stopping) return done(fail(shutting_down()));
  parts_->setup.change_password(std::move(request), origin, std::move(done));
}

void Engine::delete_account(ws::DeleteAccount request, AddressBucket origin, Time now,
                            Completion<Status> done) {
  const Turn turn(*parts_, now);
  if (parts_->shared.stopping) return done(fail(shutting_down()));
  parts_->setup.delete_account(std::move(request), origin, std::move(done));
}

void Engine::set_push(ws::SetPush request, AddressBucket origin, Time now,
                      Completion<Status> done) {
  const Turn turn(*parts_, now);
  if (parts_->shared.stopping) return done(fail(shutting_down()));
  parts_->subscriptions.set(std::move(request), origin, std::move(done));
}

void Engine::push_endpoint_gone(const DeviceAddress& device, const std::string& endpoint,
                                Time now) {
  const Turn turn(*parts_, now);
  if (parts_->shared.stopping) return;
  parts_->subscriptions.gone(device, endpoint);
}

ws::Offer Engine::offer() const {
  return make_offer(parts_->shared.config, parts_->shared.hub, parts_->providers);
}

Bytes Engine::provider_logo(const std::string& id) const {
  const ProviderRecord* provider = parts_->providers.find(id);
  return provider != nullptr && is_public(*provider) ? provider->logo : Bytes();
}

void Engine::enlist(ws::Enlist request, AddressBucket origin, Time now,
                    Completion<Result<ws::Enlisted>> done) {
  const Turn turn(*parts_, now);
  if (parts_->shared.stopping) return done(fail(shutting_down()));
  parts_->enlistment.enlist(std::move(request), origin, std::move(done));
}

void Engine::end_enlistment(ws::EndEnlistment request, AddressBucket origin, Time now,
                            Completion<Result<ws::EnlistmentEnded>> done) {
  const Turn turn(*parts_, now);
  if (parts_->shared.stopping) return done(fail(shutting_down()));
  parts_->enlistment.end(request, origin, std::move(done));
}

void Engine::find_caller(ByteView session_token, Time now, Completion<Result<Caller>> done) {
  const Turn turn(*parts_, now);
  if (parts_->shared.stopping) return done(fail(shutting_down()));
  parts_->devices.find_session(session_token,
                               [done = std::move(done)](const Result<Devices::Found>& found) {
                                 if (!found) return done(fail(found.error()));
                                 done(Caller{found->account->id(), found->account->record.handle});
                               });
}

std::vector<MediaHost> Engine::media_hosts(const std::string& handle) const {
  std::vector<MediaHost> hosts;
  for (const auto& [id, provider] : parts_->providers.all()) {
    const bool passes = parts_->providers.passes_for(provider, handle);
    if (provider.media_base_url.empty() || (!passes && !is_public(provider))) continue;
    hosts.push_back({id, provider.media_base_url, passes, provider.state_reason,
                     provider.allow_private_addresses});
  }
  return hosts;
}

void Engine::account_exists(const AccountId& id, Time now, Completion<Result<bool>> done) {
  const Turn turn(*parts_, now);
  if (parts_->shared.stopping) return done(fail(shutting_down()));
  parts_->directory.with(id, [done = std::move(done)](const Result<AccountPtr>& account) {
    if (!account) return done(fail(account.error()));
    done(*account != nullptr);
  });
}

void Engine::on_account_deleted(std::function<void(const AccountId&)> then) {
  parts_->devices.on_wiped(std::move(then));
}

std::vector<ProviderStatus> Engine::providers() const {
  std::vector<ProviderStatus> all = parts_->providers.statuses();
  parts_->sessions.for_each([&](ConnectionId id) {
    const Connection* connection = parts_->sessions.find(id);
    if (connection == nullptr || connection->state != Connection::State::open) return;
    for (ProviderStatus& status : all) {
      if (status.record.id == connection->account->record.provider) ++status.connections;
    }
  });
  return all;
}

void Engine::put_provider(ProviderRecord provider, Time now, Completion<Status> done) {
  const Turn turn(*parts_, now);
  parts_->providers.put(std::move(provider), std::move(done));
}

void Engine::set_provider_state(const std::string& id, wire::channel::ProviderState state,
                                std::string reason, Time now, Completion<Status> done) {
  const Turn turn(*parts_, now);
  parts_->providers.set_state(id, state, std::move(reason), std::move(done));
}

void Engine::remove_provider(const std::string& id, Time now, Completion<Status> done) {
  const Turn turn(*parts_, now);
  parts_->providers.remove(id, std::move(done));
}

void Engine::list_reports(Store::ReportQuery query, Time now,
                          Completion<Result<std::vector<NamedReport>>> done) {
  const Turn turn(*parts_, now);
  parts_->reports.list(std::move(query), std::move(done));
}

std::vector<MessageProof> Engine::prove_again(const ReportRecord& report) const {
  return parts_->reports.prove_again(report);
}

void Engine::resolve_report(std::uint64_t number, std::string resolution, std::string note,
                            Time now, Completion<Status> done) {
  const Turn turn(*parts_, now);
  parts_->reports.resolve(number, std::move(resolution), std::move(note), std::move(done));
}

void Engine::advance(Time now) { parts_->shared.now = now; }

std::optional<Time> Engine::next_wakeup() const { return parts_->next_wakeup(); }

void Engine::tick(Time now) {
  const Turn turn(*parts_, now);
  parts_->tick();
}

void Engine::shut_down(Time now, Completion<Status> done) {
  const Turn turn(*parts_, now);
  parts_->shut_down(std::move(done));
}

Statistics Engine::statistics() const {
  Statistics statistics = parts_->shared.statistics;
  statistics.connections = parts_->sessions.size();
  statistics.sessions = parts_->sessions.open_count();
  statistics.cached_accounts = parts_->directory.cached();
  statistics.remembered_sends = parts_->log.size();
  statistics.waiting_requests = parts_->dispatcher.waiting();
  parts_->committer.fill_in(statistics);
  return statistics;
}

bool Engine::storage_available() const { return parts_->committer.available(); }

}  // namespace parley::hub
