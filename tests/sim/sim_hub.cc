#include "tests/sim/sim_hub.h"

#include <cassert>

#include "lib/base/encoding.h"
#include "lib/base/limits.h"
#include "lib/crypto/hash.h"
#include "lib/wire/wire.h"
#include "proto/channel.h"

namespace parley::sim {
namespace {

namespace api = wire::client;

constexpr hub::AddressBucket kOrigin{1};

// The simulator sends more in a second than an account may in an hour.
hub::EngineConfig generous() {
  hub::EngineConfig config;
  const hub::Allowance plenty{1e9, 1e9};
  config.quotas = {.sends = plenty,
                   .send_bytes = {1e15, 1e15},
                   .key_fetches = plenty,
                   .key_fetches_of = plenty,
                   .lookups = plenty,
                   .typing = plenty,
                   .changes = plenty,
                   .sign_ups = plenty,
                   .logins = plenty,
                   .password_tries = plenty,
                   .links = plenty,
                   .polls = plenty,
                   .connects = plenty,
                   .new_people = plenty,
                   .new_people_third_party = plenty,
                   .enlistments = plenty,
                   .reports = plenty};
  return config;
}

template <typename Answer>
void answer(std::uint64_t id, const SimHub::Reply& reply, Result<Answer> result) {
  api::SetupReply out;
  out.id = id;
  if (result) {
    out.body = std::move(*result);
  } else {
    out.error = result.error().code;
    out.detail = result.error().detail;
    out.retry_after_ms = result.error().retry_after_ms;
  }
  reply(std::move(out));
}

void answer_status(std::uint64_t id, const SimHub::Reply& reply, Status result) {
  api::SetupReply out;
  out.id = id;
  if (!result) out.error = result.error().code;
  reply(std::move(out));
}

}  // namespace

class SimHub::Wires final : public hub::Connections {
 public:
  void send(hub::ConnectionId connection, ByteView frame) override {
    const auto found = all.find(connection.value);
    if (found == all.end() || found->second.closed) return;
    auto& batches = found->second.batches;
    constexpr std::size_t kFrameOverhead = 8;
    // Frames of one turn share a batch; the world takes only whole batches.
    if (!open_batch_[connection.value] || batches.empty() ||
        batches.back().size() + frame.size() + kFrameOverhead > limits::kMaxBatchBytes ||
        ++frames_[connection.value] > limits::kMaxFramesPerBatch) {
      batches.emplace_back();
      open_batch_[connection.value] = true;
      frames_[connection.value] = 1;
    }
    wire::append_length_delimited(batches.back(), wire::channel::ServerBatch::kFramesField, frame);
  }
  void close(hub::ConnectionId connection, ErrorCode why) override {
    const auto found = all.find(connection.value);
    if (found != all.end()) found->second.closed = why;
  }
  std::size_t queued_bytes(hub::ConnectionId connection) const override {
    const auto found = all.find(connection.value);
    if (found == all.end()) return 0;
    std::size_t sum = 0;
    for (const auto& batch : found->second.batches) sum += batch.size();
    return sum;
  }
  void end_turn() { open_batch_.clear(); }

  std::map<std::uint64_t, Outgoing> all;

 private:
  std::map<std::uint64_t, bool> open_batch_;
  std::map<std::uint64_t, std::size_t> frames_;
};

class SimHub::Passwords final : public hub::PasswordHasher {
 public:
  void hash(SecretBuffer password, hub::Completion<Result<std::string>> done) override {
    done(hex_encode(crypto::sha256(password.view())));
  }
  void verify(std::string encoded, SecretBuffer password,
              hub::Completion<Result<bool>> done) override {
    done(encoded == hex_encode(crypto::sha256(password.view())));
  }
};

SimHub::SimHub(RandomSource& random)
    : random_(random),
      wires_(std::make_unique<Wires>()),
      passwords_(std::make_unique<Passwords>()) {}
SimHub::~SimHub() { crash(); }

void SimHub::start(Time now) {
  store_ = std::make_unique<hub::MemoryStore>(disk_);
  engine_ = std::make_unique<hub::Engine>(
      generous(), hub::Engine::Ports{*store_, *wires_, *passwords_, random_});
  bool ready = false;
  engine_->start(now, [&](Status status) { ready = status.has_value(); });
  for (int i = 0; i < 100 && !ready; ++i) store_->run_all();
  assert(ready);
}

void SimHub::crash() {
  engine_.reset();
  store_.reset();
  for (auto& [id, outgoing] : wires_->all) {
    outgoing.batches.clear();
    outgoing.closed = ErrorCode::hub_unreachable;
  }
}

hub::ConnectionId SimHub::open(Time now) {
  const hub::ConnectionId id{++last_connection_};
  wires_->all[id.value];
  engine_->connection_opened(id, kOrigin, now);
  wires_->end_turn();
  return id;
}

void SimHub::receive(hub::ConnectionId connection, ByteView batch, Time now) {
  if (!engine_) return;
  engine_->batch_received(connection, batch, now);
  wires_->end_turn();
}

void SimHub::close(hub::ConnectionId connection, Time now) {
  const auto found = wires_->all.find(connection.value);
  if (found == wires_->all.end()) return;
  const bool known = !found->second.closed;
  wires_->all.erase(found);
  if (engine_ && known) engine_->connection_closed(connection, now);
  wires_->end_turn();
}

SimHub::Outgoing* SimHub::outgoing(hub::ConnectionId connection) {
  const auto found = wires_->all.find(connection.value);
  return found == wires_->all.end() ? nullptr : &found->second;
}

void SimHub::forget(hub::ConnectionId connection) { wires_->all.erase(connection.value); }

void SimHub::run_store(Time now) {
  engine_->advance(now);
  store_->run_one();
  wires_->end_turn();
}

std::optional<Time> SimHub::next_wakeup() const {
  return engine_ ? engine_->next_wakeup() : std::nullopt;
}

void SimHub::tick(Time now) {
  if (engine_) engine_->tick(now);
  wires_->end_turn();
}

void SimHub::setup(api::SetupRequest request, Time now, Reply reply) {
  const std::uint64_t id = request.id;
  if (!engine_) {
    return answer_status(id, reply, fail(ErrorCode::hub_unreachable));
  }
  const auto to = [id, reply](auto result) { answer(id, reply, std::move(result)); };
  const auto status = [id, reply](Status result) { answer_status(id, reply, std::move(result)); };
  std::visit(
      [&](auto& body) {
        using Body = std::decay_t<decltype(body)>;
        if constexpr (std::is_same_v<Body, wire::setup::SignUp>) {
          engine_->sign_up(std::move(body), kOrigin, now, to);
        } else if constexpr (std::is_same_v<Body, wire::setup::LogIn>) {
          engine_->log_in(std::move(body), kOrigin, now, to);
        } else if constexpr (std::is_same_v<Body, wire::setup::AddDevice>) {
          engine_->add_device(std::move(body), kOrigin, now, to);
        } else if constexpr (std::is_same_v<Body, wire::setup::FetchRecovery>) {
          engine_->fetch_recovery(std::move(body), kOrigin, now, to);
        } else if constexpr (std::is_same_v<Body, wire::setup::OpenLink>) {
          engine_->open_link(std::move(body), kOrigin, now, to);
        } else if constexpr (std::is_same_v<Body, wire::setup::PollLink>) {
          engine_->poll_link(std::move(body), kOrigin, now, to);
        } else if constexpr (std::is_same_v<Body, wire::setup::ChangePassword>) {
          engine_->change_password(std::move(body), kOrigin, now, status);
        } else if constexpr (std::is_same_v<Body, wire::setup::DeleteAccount>) {
          engine_->delete_account(std::move(body), kOrigin, now, status);
        } else if constexpr (std::is_same_v<Body, wire::setup::SetPush>) {
          engine_->set_push(std::move(body), kOrigin, now, status);
        }
      },
      request.body);
  wires_->end_turn();
}

}  // namespace parley::sim
