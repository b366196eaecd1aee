// Channels over real sockets: the whole way of a message, and what a hub does with peers
// that break the rules.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/daemon/hub_for_tests.h"
#include "hub/net/testing/people.h"
#include "lib/base/limits.h"
#include "lib/wire/wire.h"

namespace parley::hub {
namespace {

using testing::frame_of;
using testing::Person;
using testing::RawChannel;
namespace wc = wire::channel;

constexpr int kMalformedClose = 4001;

class ChannelTest : public ::testing::Test {
 protected:
  explicit ChannelTest(std::function<void(DaemonConfig&)> change = [](DaemonConfig&) {}) {
    DaemonConfig config = test_config(folder_.file("data"));
    change(config);
    hub_.emplace(config);
    EXPECT_TRUE(hub_->opened()) << hub_->opened().error().detail;
  }

  Person person(const std::string& handle) {
    auto made = testing::sign_up(hub_->port(), handle);
    EXPECT_TRUE(made);
    return *std::move(made);
  }
  RawChannel joined(const Person& person, const testing::ChannelOptions& options = {}) {
    auto channel = testing::join(hub_->port(), person, options);
    EXPECT_TRUE(channel);
    return *std::move(channel);
  }
  // Joined, and whoever it is accepts the other's messages.
  RawChannel acquainted(const Person& person, const Person& other,
                        const testing::ChannelOptions& options = {}) {
    RawChannel channel = joined(person, options);
    EXPECT_TRUE(testing::accept(channel, other));
    return channel;
  }
  void send_and_expect_acceptance(RawChannel& from, wc::Send send) {
    const auto answer = from.ask(frame_of(std::move(send)));
    ASSERT_TRUE(answer);
    const auto* accepted = std::get_if<wc::Accepted>(&answer->body);
    ASSERT_TRUE(accepted) << answer->body.index();
    EXPECT_GT(accepted->accepted_at_us, 0);
  }

  TemporaryFolder folder_;
  std::optional<HubForTests> hub_;
};

TEST_F(ChannelTest, CarriesAMessageFromOnePersonToAnother) {
  const Person alice = person("alice"), bob = person("bob");
  RawChannel a = joined(alice), b = joined(bob);
  wc::Send send = testing::some_message(alice, bob, 256);
  const Bytes ciphertext = send.recipients[0].devices[0].ciphertext;
  ASSERT_TRUE(a.send(frame_of(send, 9)));

  const auto deliver = b.receive_a<wc::Deliver>();
  ASSERT_TRUE(deliver);
  EXPECT_EQ(deliver->ciphertext, ciphertext);
  EXPECT_EQ(deliver->sender_account_id, alice.account_id);
  ASSERT_TRUE(b.send(frame_of(wc::Acknowledge{.accepted_at_us = {deliver->accepted_at_us}})));

  const auto accepted = a.receive_a<wc::Accepted>();
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->accepted_at_us, deliver->accepted_at_us);
}

TEST_F(ChannelTest, KeepsAMessageForADeviceThatIsAway) {
  const Person alice = person("alice"), bob = person("bob");
  joined(bob).close();
  RawChannel a = joined(alice);
  send_and_expect_acceptance(a, testing::some_message(alice, bob, 300));
  RawChannel b = joined(bob);
  EXPECT_TRUE(b.receive_a<wc::Deliver>());
}

TEST_F(ChannelTest, KeepsAcceptedMessagesOverARestart) {
  const Person alice = person("alice"), bob = person("bob");
  {
    RawChannel b = joined(bob);
    b.close();
    RawChannel a = joined(alice);
    send_and_expect_acceptance(a, testing::some_message(alice, bob, 300));
  }
  EXPECT_EQ(hub_->stop(), ExitStatus::ok);
  hub_.reset();
  hub_.emplace(test_config(folder_.file("data")));
  ASSERT_TRUE(hub_->opened());
  RawChannel b = joined(bob);
  EXPECT_TRUE(b.receive_a<wc::Deliver>());
}

TEST_F(ChannelTest, AnswersEverythingOfATurnInOneMessage) {
  const Person alice = person("alice");
  RawChannel a = joined(alice);
  ASSERT_TRUE(a.receive_a<wc::CaughtUp>());
  const std::size_t before = a.messages();
  std::vector<wc::ClientFrame> pings;
  for (std::uint64_t i = 1; i <= 50; ++i) pings.push_back(frame_of(wc::Ping{}, i));
  ASSERT_TRUE(a.send(std::move(pings)));
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(a.receive_a<wc::Pong>());
  EXPECT_EQ(a.messages(), before + 1);
}

TEST_F(ChannelTest, DeliversMoreAtOnceThanFitsIntoAMessage) {
  constexpr int kMessages = 12;
  const Person alice = person("alice"), bob = person("bob");
  acquainted(bob, alice).close();
  RawChannel a = joined(alice);
  for (int i = 0; i < kMessages; ++i) {
    send_and_expect_acceptance(a, testing::some_message(alice, bob, 100'000));
  }
  RawChannel b = joined(bob);
  for (int i = 0; i < kMessages; ++i) ASSERT_TRUE(b.receive_a<wc::Deliver>()) << i;
}

TEST_F(ChannelTest, RefusesGarbageWithAReason) {
  RawChannel raw;
  ASSERT_TRUE(raw.connect(hub_->port()));
  ASSERT_TRUE(raw.send_bytes(Bytes(100, 0xff)));
  const auto failure = raw.receive_a<wc::Failure>();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, ErrorCode::malformed);
  EXPECT_EQ(raw.wait_for_close(), kMalformedClose);
}

TEST_F(ChannelTest, RefusesTextMessages) {
  RawChannel raw;
  ASSERT_TRUE(raw.connect(hub_->port()));
  ASSERT_TRUE(raw.send_text("hello"));
  const auto failure = raw.receive_a<wc::Failure>();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, ErrorCode::malformed);
  EXPECT_EQ(raw.wait_for_close(), kMalformedClose);
}

TEST_F(ChannelTest, ClosesOnMessagesOverTheLimit) {
  RawChannel raw;
  ASSERT_TRUE(raw.connect(hub_->port()));
  raw.send_bytes(Bytes(limits::kMaxBatchBytes + 1, 0));
  EXPECT_EQ(raw.wait_for_close(), 1009);
}

TEST_F(ChannelTest, RefusesAnotherSubprotocol) {
  for (const char* subprotocol : {"", "parley.channel.v2", "chat"}) {
    testing::ChannelOptions options;
    options.subprotocol = subprotocol;
    RawChannel raw;
    EXPECT_FALSE(raw.connect(hub_->port(), options)) << subprotocol;
    EXPECT_EQ(raw.http_status(), 400) << subprotocol;
  }
}

TEST_F(ChannelTest, TakesOurSubprotocolOutOfAList) {
  testing::ChannelOptions options;
  options.subprotocol = "chat, parley.channel.v1";
  RawChannel raw;
  EXPECT_TRUE(raw.connect(hub_->port(), options));
}

TEST_F(ChannelTest, RefusesAnUnknownProtocolVersion) {
  RawChannel raw;
  ASSERT_TRUE(raw.connect(hub_->port()));
  wc::Hello hello;
  hello.version = 99;
  ASSERT_TRUE(raw.send(frame_of(std::move(hello), 1)));
  const auto failure = raw.receive_a<wc::Failure>();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, ErrorCode::unsupported_version);
  EXPECT_GT(raw.wait_for_close(), 4000);
}

TEST_F(ChannelTest, RefusesAWrongToken) {
  RawChannel raw;
  ASSERT_TRUE(raw.connect(hub_->port()));
  EXPECT_FALSE(raw.hello(Bytes(32, 7)));
  EXPECT_EQ(raw.wait_for_close(), 4000 + static_cast<int>(ErrorCode::not_authenticated));
}

TEST_F(ChannelTest, HoldsManyChannelsAtOnce) {
  constexpr int kMany = 300;
  std::vector<RawChannel> channels(kMany);
  for (RawChannel& raw : channels) ASSERT_TRUE(raw.connect(hub_->port()));
  for (RawChannel& raw : channels) ASSERT_TRUE(raw.receive_a<wc::Challenge>());
}

TEST_F(ChannelTest, SaysGoodbyeWhenTheHubStops) {
  const Person alice = person("alice");
  RawChannel a = joined(alice);
  hub_->daemon().stop();
  const auto closing = a.receive_a<wc::Closing>();
  ASSERT_TRUE(closing);
  EXPECT_EQ(closing->code, ErrorCode::shutting_down);
  EXPECT_EQ(a.wait_for_close(), 1001);
  EXPECT_EQ(hub_->stop(), ExitStatus::ok);
}

TEST_F(ChannelTest, StopsWithoutThoseWhoDoNotAnswer) {
  const Person alice = person("alice");
  // Never reads the goodbye.
  RawChannel a = joined(alice);
  RawChannel stranger;
  ASSERT_TRUE(stranger.connect(hub_->port()));
  EXPECT_EQ(hub_->stop(), ExitStatus::ok);
}

class SlowReaderTest : public ChannelTest {
 protected:
  SlowReaderTest()
      : ChannelTest([](DaemonConfig& config) { config.net.stall_timeout = seconds(1); }) {}

  bool hub_gives_up_on_slow_reader() {
    for (int i = 0; i < 600; ++i) {
      const auto metrics = testing::http(hub_->port(), "GET", "/metrics");
      if (metrics &&
          metrics->body.find("\nparley_hub_slow_readers_total 1\n") != std::string::npos) {
        return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }
};

TEST_F(SlowReaderTest, IsDisconnectedAndLosesNothing) {
  constexpr int kMessages = 200;
  constexpr std::size_t kBytes = 60'000;
  const Person alice = person("alice"), bob = person("bob");
  testing::ChannelOptions narrow;
  narrow.receive_buffer = 4096;
  RawChannel b = acquainted(bob, alice, narrow);
  RawChannel a = joined(alice);
  // Bob reads nothing: 12 MB do not fit into the sockets' buffers.
  for (int i = 0; i < kMessages; ++i) {
    send_and_expect_acceptance(a, testing::some_message(alice, bob, kBytes));
  }
  ASSERT_TRUE(hub_gives_up_on_slow_reader());
  // Reading on, he finds the end of the connection before the end of the messages...
  int received = 0;
  std::int64_t last = 0;
  while (b.receive_a<wc::Deliver>()) ++received;
  EXPECT_LT(received, kMessages);
  // ... and everything, in order, on the next one.
  RawChannel again = joined(bob);
  for (int i = 0; i < kMessages; ++i) {
    const auto deliver = again.receive_a<wc::Deliver>();
    ASSERT_TRUE(deliver) << i;
    EXPECT_GT(deliver->accepted_at_us, last);
    last = deliver->accepted_at_us;
    again.send(frame_of(wc::Acknowledge{.accepted_at_us = {last}}));
  }
  EXPECT_TRUE(again.receive_a<wc::CaughtUp>());
}

class SilentClientTest : public ChannelTest {
 protected:
  SilentClientTest()
      : ChannelTest([](DaemonConfig& config) { config.engine.hello_timeout = seconds(1); }) {}
};

TEST_F(SilentClientTest, IsDisconnectedWhenItSaysNoHello) {
  RawChannel raw;
  ASSERT_TRUE(raw.connect(hub_->port()));
  EXPECT_GT(raw.wait_for_close(), 4000);
}

}  // namespace
}  // namespace parley::hub
