#include "hub/engine/world_for_tests.h"

#include <gtest/gtest.h>

namespace parley::hub::testing {

void FakeConnections::send(ConnectionId connection, ByteView frame) {
  Line& line = lines[connection];
  ASSERT_FALSE(line.closed) << "a frame after the close";
  auto decoded = wire::decode<wc::ServerFrame>(frame);
  ASSERT_TRUE(decoded) << decoded.error().detail;
  line.frames.push_back(std::move(*decoded));
}

void FakeConnections::close(ConnectionId connection, ErrorCode why) {
  lines[connection].closed = true;
  lines[connection].why = why;
}

std::size_t FakeConnections::queued_bytes(ConnectionId connection) const {
  const auto found = lines.find(connection);
  return found == lines.end() ? 0 : found->second.queued;
}

void FakePasswords::hash(SecretBuffer password, Completion<Result<std::string>> done) {
  if (full) {
    return done(fail(Error{ErrorCode::overloaded, "full", 1000}));
  }
  work_.push_back([text = "hash:" + std::string(as_text(password.view())), done = std::move(done)] {
    done(text);
  });
}

void FakePasswords::verify(std::string encoded, SecretBuffer password,
                           Completion<Result<bool>> done) {
  const bool right = encoded == "hash:" + std::string(as_text(password.view()));
  work_.push_back([right, done = std::move(done)] { done(right); });
}

bool FakePasswords::run_one() {
  if (work_.empty()) return false;
  auto work = std::move(work_.front());
  work_.pop_front();
  work();
  return true;
}

void FakeTokens::verify(std::string, std::string, std::string token, Time,
                        Completion<Result<TokenClaims>> done) {
  const auto found = known.find(token);
  Result<TokenClaims> claims = fail(ErrorCode::bad_token, "no such token");
  if (found != known.end()) claims = found->second;
  work_.push_back([claims, done = std::move(done)] { done(claims); });
}

void FakeTokens::reach(std::string, std::string, Completion<Status> done) {
  work_.push_back([this, done = std::move(done)] { done(reachable); });
}

bool FakeTokens::run_one() {
  if (work_.empty() || silent) return false;
  auto work = std::move(work_.front());
  work_.pop_front();
  work();
  return true;
}

// ------------------------------------------------------------------- client

void Client::open() {
  connection_ = ConnectionId{world_.next_connection++};
  world_.engine->connection_opened(connection_, AddressBucket{7}, world_.now);
}

void Client::say_hello() {
  if (greeting_) {
    const auto challenges = take<wc::Challenge>();
    ASSERT_EQ(challenges.size(), 1u);
    post(greeting_(challenges[0].nonce));
    return;
  }
  wc::Hello hello;
  hello.version = 1;
  hello.credential = wc::SessionCredential{token_.clone()};
  post(std::move(hello));
}

void Client::connect() {
  open();
  say_hello();
  world_.run_now();
}

void Client::disconnect() {
  if (connection_.value != 0) world_.engine->connection_closed(connection_, world_.now);
  world_.net.lines.erase(connection_);
  connection_ = {};
}

bool Client::connected() const {
  const auto found = world_.net.lines.find(connection_);
  return found != world_.net.lines.end() && !found->second.closed;
}

FakeConnections::Line& Client::line() { return world_.net.lines[connection_]; }

void Client::post_frame(wc::ClientFrame frame) {
  wc::ClientBatch batch;
  batch.frames.push_back(std::move(frame));
  post_bytes(wire::encode(batch));
}

void Client::post_bytes(ByteView bytes) {
  world_.engine->batch_received(connection_, bytes, world_.now);
}

void Client::acknowledge(std::vector<std::int64_t> times) {
  wc::ClientFrame frame;
  frame.body = wc::Acknowledge{std::move(times)};
  post_frame(std::move(frame));
}

std::optional<wc::ServerFrame> Client::take_answer(std::uint64_t request) {
  auto& frames = line().frames;
  for (auto at = frames.begin(); at != frames.end(); ++at) {
    if (at->reply_to != request) continue;
    auto answer = std::move(*at);
    frames.erase(at);
    return answer;
  }
  return std::nullopt;
}

void Client::run() { world_.run(); }

// ------------------------------------------------------------------- world

World::World(EngineConfig initial, std::uint64_t seed) : config(std::move(initial)), random(seed) {
  start();
}

void World::start() {
  store = std::make_unique<MemoryStore>(disk);
  engine = std::make_unique<Engine>(
      config, Engine::Ports{*store, net, passwords, random, &tokens, &pushes});
  bool ready = false;
  engine->start(now, [&](Status status) { ready = status.has_value(); });
  engine->tick(now);  // as a loop does while the store still reads
  run_now();
  ASSERT_TRUE(ready);
}

void World::crash() {
  engine.reset();
  store.reset();
  net.lines.clear();
  start();
}

void World::run_now() {
  while (store->run_one() || passwords.run_one() || tokens.run_one()) {
  }
}

void World::run() {
  run_now();
  pass(config.commit_delay);
}

void World::pass(Duration duration) {
  now = now + duration;
  engine->tick(now);
  run_now();
}

Person World::make_person(const std::string& handle) {
  return {handle, crypto::KeyPair::generate(random), {}};
}

Result<ws::Registered> World::try_sign_up(const Person& person, RegistrationId registration) {
  ws::SignUp request;
  request.handle = person.handle;
  request.password = "password of " + person.handle;
  request.country = "DE";
  request.device =
      ws::NewDevice{registration.value, to_bytes(person.identity.public_key.serialize()),
                    to_bytes(as_bytes("name"))};
  Result<ws::Registered> result = fail(ErrorCode::internal, "no answer");
  engine->sign_up(std::move(request), AddressBucket{random.next_u64()}, now,
                  [&](Result<ws::Registered> answer) { result = std::move(answer); });
  run();
  return result;
}

std::unique_ptr<Client> World::sign_up(const std::string& handle, Person* person) {
  Person made = make_person(handle);
  const RegistrationId registration{static_cast<std::uint32_t>(1 + random.below(16380))};
  auto registered = try_sign_up(made, registration);
  EXPECT_TRUE(registered) << registered.error().detail;
  made.account = *AccountId::from(registered->account_id);
  auto client =
      std::make_unique<Client>(*this, DeviceAddress{made.account, DeviceId{registered->device_id}},
                               registration, std::move(registered->session_token));
  client->connect();
  publish_keys(*client, made.identity);
  if (person != nullptr) *person = std::move(made);
  return client;
}

Result<ws::LoginGranted> World::log_in(const std::string& handle, const std::string& password) {
  ws::LogIn request;
  request.handle = handle;
  request.password = password;
  Result<ws::LoginGranted> result = fail(ErrorCode::internal, "no answer");
  engine->log_in(std::move(request), AddressBucket{random.next_u64()}, now,
                 [&](Result<ws::LoginGranted> answer) { result = std::move(answer); });
  run();
  return result;
}

Result<ws::Registered> World::try_add_device(const Person& person, const SecretBuffer& login_token,
                                             bool reset, RegistrationId registration) {
  ws::AddDevice request;
  request.login_token = login_token.clone();
  request.device =
      ws::NewDevice{registration.value, to_bytes(person.identity.public_key.serialize()),
                    to_bytes(as_bytes("more"))};
  Bytes message = to_bytes(as_bytes("parley-add-device-1"));
  append(message, login_token.view());
  for (int shift = 24; shift >= 0; shift -= 8) {
    message.push_back(static_cast<std::uint8_t>(registration.value >> shift));
  }
  request.proof = to_bytes(crypto::sign(person.identity.private_key, message, random));
  request.reset_identity = reset;
  Result<ws::Registered> result = fail(ErrorCode::internal, "no answer");
  engine->add_device(std::move(request), AddressBucket{random.next_u64()}, now,
                     [&](Result<ws::Registered> answer) { result = std::move(answer); });
  run();
  return result;
}

std::unique_ptr<Client> World::add_device(const Person& person, bool publish) {
  auto granted = log_in(person.handle, "password of " + person.handle);
  EXPECT_TRUE(granted) << granted.error().detail;
  const RegistrationId registration{static_cast<std::uint32_t>(1 + random.below(16380))};
  auto registered = try_add_device(person, granted->login_token, false, registration);
  EXPECT_TRUE(registered) << registered.error().detail;
  auto client = std::make_unique<Client>(
      *this, DeviceAddress{person.account, DeviceId{registered->device_id}}, registration,
      std::move(registered->session_token));
  client->connect();
  if (publish) publish_keys(*client, person.identity);
  return client;
}

wc::UploadPrekeys World::make_keys(const crypto::KeyPair& identity, std::uint32_t one_time,
                                   std::uint32_t first_id) {
  const auto curve_key = [&] {
    Bytes key{0x05};
    append(key, random.array<32>());
    return key;
  };
  const auto kyber_key = [&](std::uint32_t id) {
    Bytes key(1569);
    random.fill(key);
    key[0] = 0x08;
    const auto signature = crypto::sign(identity.private_key, key, random);
    return wc::KyberPrekey{id, std::move(key), to_bytes(signature)};
  };
  wc::UploadPrekeys keys;
  const Bytes signed_key = curve_key();
  keys.signed_prekey = wc::SignedPrekey{
      first_id, signed_key, to_bytes(crypto::sign(identity.private_key, signed_key, random))};
  keys.last_resort_kyber_prekey = kyber_key(first_id);
  for (std::uint32_t i = 0; i < one_time; ++i) {
    keys.one_time_prekeys.push_back({first_id + i, curve_key()});
    keys.one_time_kyber_prekeys.push_back(kyber_key(first_id + 1 + i));
  }
  return keys;
}

void World::publish_keys(Client& client, const crypto::KeyPair& identity, std::uint32_t one_time,
                         std::uint32_t first_id) {
  const auto answer = client.ask(make_keys(identity, one_time, first_id));
  EXPECT_NE(body_of<wc::PrekeyCounts>(answer), nullptr)
      << "failure " << static_cast<int>(failure_of(answer));
}

void World::acquaint(Client& a, Client& b) {
  a.ask(wc::SetRelation{b.address().account.to_bytes(), wc::Relation::accepted});
  b.ask(wc::SetRelation{a.address().account.to_bytes(), wc::Relation::accepted});
}

wc::Send World::make_send(const Client& from, std::vector<const Client*> to,
                          const std::string& text) {
  wc::Send send;
  send.send_id = to_bytes(random.array<16>());
  send.franking_tag = Bytes(32, 0x42);
  for (const Client* client : to) {
    const Bytes account = client->address().account.to_bytes();
    if (send.recipients.empty() || send.recipients.back().account_id != account) {
      send.recipients.push_back({account, {}, false});
    }
    send.recipients.back().devices.push_back(
        {client->address().device.value, client->registration().value, wc::CiphertextType::signal,
         to_bytes(as_bytes(text))});
  }
  send.conversation_id =
      conversation_between(from.address().account, to.front()->address().account).to_bytes();
  return send;
}

}  // namespace parley::hub::testing
