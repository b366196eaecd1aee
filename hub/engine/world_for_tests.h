// A hub in a test: the engine over the memory store, with fake connections and passwords,
// and clients that speak the channel. Time moves only when the test says so.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/engine/conversation.h"
#include "hub/engine/engine.h"
#include "hub/engine/memory_store.h"
#include "lib/crypto/curve25519.h"
#include "lib/crypto/system_random.h"

namespace parley::hub::testing {

namespace wc = wire::channel;
namespace ws = wire::setup;

// Keeps what was sent to each connection, decoded.
class FakeConnections final : public Connections {
 public:
  struct Line {
    std::vector<wc::ServerFrame> frames;
    bool closed = false;
    ErrorCode why = ErrorCode::unspecified;
    std::size_t queued = 0;
  };
  void send(ConnectionId connection, ByteView frame) override;
  void close(ConnectionId connection, ErrorCode why) override;
  std::size_t queued_bytes(ConnectionId connection) const override;

  std::map<ConnectionId, Line> lines;
};

class FakePasswords final : public PasswordHasher {
 public:
  void hash(SecretBuffer password, Completion<Result<std::string>> done) override;
  void verify(std::string encoded, SecretBuffer password, Completion<Result<bool>> done) override;
  bool run_one();

  bool full = false;

 private:
  std::deque<std::function<void()>> work_;
};

// What services' servers would have said: tests enter each token with its claims.
class FakeTokens final : public ProviderTokens {
 public:
  void verify(std::string provider_id, std::string jwks_url, std::string token, Time now,
              Completion<Result<TokenClaims>> done) override;
  void reach(std::string provider_id, std::string jwks_url, Completion<Status> done) override;
  bool run_one();

  std::map<std::string, Result<TokenClaims>> known;
  Status reachable;     // what reach answers
  bool silent = false;  // the service's server does not answer

 private:
  std::deque<std::function<void()>> work_;
};

class FakePushes final : public PushNotifier {
 public:
  void notify(const std::string& provider_id, const std::string& push_url,
              const std::string& visible_id) override {
    told.push_back(provider_id + " " + push_url + " " + visible_id);
  }
  void notify_browser(const DeviceAddress& device, const std::string& endpoint) override {
    told.push_back(std::to_string(device.device.value) + " " + endpoint);
  }
  std::vector<std::string> told;
};

class World;

// A person's keys, kept by the test.
struct Person {
  std::string handle;
  crypto::KeyPair identity;
  AccountId account;
};

// A device: its session and the connection it has at the moment.
class Client {
 public:
  Client(World& world, DeviceAddress address, RegistrationId registration, SecretBuffer token)
      : world_(world), address_(address), registration_(registration), token_(std::move(token)) {}

  const DeviceAddress& address() const { return address_; }
  RegistrationId registration() const { return registration_; }
  const SecretBuffer& token() const { return token_; }

  // Opens a connection and says hello; runs the world.
  void connect();
  void say_hello();  // on an open connection, without running the world
  void open();
  void disconnect();
  bool connected() const;
  // Says another hello than that of a session, given the challenge's nonce.
  void greet_with(std::function<wc::Hello(ByteView nonce)> greeting) {
    greeting_ = std::move(greeting);
  }
  FakeConnections::Line& line();
  ConnectionId connection() const { return connection_; }

  // Sends a frame without running the world; returns the request id.
  template <typename Body>
  std::uint64_t post(Body body) {
    wc::ClientFrame frame;
    frame.request_id = ++last_request_;
    frame.body = std::move(body);
    post_frame(std::move(frame));
    return last_request_;
  }
  // Sends, runs the world, returns the answer's body.
  template <typename Body>
  wc::ServerFrame ask(Body body) {
    const std::uint64_t request = post(std::move(body));
    run();
    auto answer = take_answer(request);
    return answer ? std::move(*answer) : wc::ServerFrame();
  }
  std::optional<wc::ServerFrame> take_answer(std::uint64_t request);
  void post_frame(wc::ClientFrame frame);
  void post_bytes(ByteView bytes);
  void acknowledge(std::vector<std::int64_t> times);

  // What was pushed since last asked.
  template <typename Body>
  std::vector<Body> take() {
    std::vector<Body> found;
    auto& frames = line().frames;
    for (auto& frame : frames) {
      if (frame.reply_to != 0) continue;
      if (auto* body = std::get_if<Body>(&frame.body)) {
        found.push_back(std::move(*body));
        frame.body = std::monostate();
      }
    }
    return found;
  }

 private:
  void run();

  World& world_;
  DeviceAddress address_;
  RegistrationId registration_;
  SecretBuffer token_;
  std::function<wc::Hello(ByteView)> greeting_;
  ConnectionId connection_;
  std::uint64_t last_request_ = 0;
};

class World {
 public:
  explicit World(EngineConfig config = {}, std::uint64_t seed = 1);

  // Runs everything that is due, letting the commit delay pass.
  void run();
  // Only what needs no time.
  void run_now();
  void pass(Duration duration);

  // The process dies: what was not committed is gone. A new one starts on the same disk.
  void crash();
  void start();

  Person make_person(const std::string& handle);
  // Signs up a new person with a first device that has published keys.
  std::unique_ptr<Client> sign_up(const std::string& handle, Person* person = nullptr);
  // Another device of the same identity, by login.
  std::unique_ptr<Client> add_device(const Person& person, bool publish = true);
  Result<ws::Registered> try_sign_up(const Person& person, RegistrationId registration);
  Result<ws::LoginGranted> log_in(const std::string& handle, const std::string& password);
  Result<ws::Registered> try_add_device(const Person& person, const SecretBuffer& login_token,
                                        bool reset, RegistrationId registration);
  void publish_keys(Client& client, const crypto::KeyPair& identity, std::uint32_t one_time = 3,
                    std::uint32_t first_id = 1);
  wc::UploadPrekeys make_keys(const crypto::KeyPair& identity, std::uint32_t one_time,
                              std::uint32_t first_id);

  // Both accept each other.
  void acquaint(Client& a, Client& b);

  // A message from one client to the given devices of another account, and own devices.
  wc::Send make_send(const Client& from, std::vector<const Client*> to, const std::string& text);

  EngineConfig config;
  MemoryDisk disk;
  std::unique_ptr<MemoryStore> store;
  FakeConnections net;
  FakePasswords passwords;
  FakeTokens tokens;
  FakePushes pushes;
  crypto::SeededRandom random;
  std::unique_ptr<Engine> engine;
  Time now{1'700'000'000'000};
  std::uint64_t next_connection = 1;
};

template <typename Body>
const Body* body_of(const wc::ServerFrame& frame) {
  return std::get_if<Body>(&frame.body);
}
inline ErrorCode failure_of(const wc::ServerFrame& frame) {
  const auto* failure = body_of<wc::Failure>(frame);
  return failure == nullptr ? ErrorCode::unspecified : failure->code;
}

}  // namespace parley::hub::testing
