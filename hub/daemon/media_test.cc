// The media proxy's limits on a real hub, with a media server of another service that does as a
// test says. What it follows and passes on: tests/e2e/test_media.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <thread>

#include "hub/daemon/hub_for_tests.h"
#include "hub/net/testing/http_peer.h"
#include "hub/net/testing/people.h"
#include "lib/base/encoding.h"

namespace parley::hub {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using testing::HttpPeer;
using testing::PeerReply;
using testing::PeerRequest;
using Tcp = asio::ip::tcp;

constexpr std::size_t kLarge = 32 * 1024 * 1024;

// A GET whose answer's head is read, and the rest when it is asked for.
class OpenGet {
 public:
  OpenGet(std::uint16_t port, const std::string& target, const testing::Headers& headers)
      : socket_(io_) {
    boost::system::error_code error;
    socket_.connect({asio::ip::address_v4::loopback(), port}, error);
    std::string request = "GET " + target + " HTTP/1.1\r\nHost: hub\r\n";
    for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
    asio::write(socket_, asio::buffer(request + "\r\n"), error);
    const std::size_t end =
        asio::read_until(socket_, asio::dynamic_buffer(received_), "\r\n\r\n", error);
    head_ = received_.substr(0, end);
    received_.erase(0, end);
  }
  const std::string& head() const { return head_; }
  int status() const { return head_.size() < 12 ? 0 : std::atoi(head_.c_str() + 9); }
  // Bytes of the body until the hub ends it.
  std::size_t rest() {
    std::size_t all = received_.size();
    std::array<char, 64 * 1024> piece{};
    boost::system::error_code error;
    while (!error) all += socket_.read_some(asio::buffer(piece), error);
    return all;
  }

 private:
  asio::io_context io_;
  Tcp::socket socket_;
  std::string received_;
  std::string head_;
};

class MediaTest : public ::testing::Test {
 protected:
  explicit MediaTest(const std::function<void(MediaLimits&)>& change = [](MediaLimits&) {}) {
    DaemonConfig config = test_config(folder_.file("data"));
    config.net.trusted_proxies = {"127.0.0.1"};
    change(config.net.media);
    ServiceEntry nordlys;
    nordlys.id = "nordlys";
    nordlys.display_name = "Nordlys";
    nordlys.jwks_url = peer_.url("/keys");
    nordlys.media_base_url = peer_.url("/m/");
    nordlys.allow_private_addresses = true;
    nordlys.state = wire::channel::ProviderState::live;
    config.providers.push_back(nordlys);
    hub_.emplace(config);
    EXPECT_TRUE(hub_->opened()) << hub_->opened().error().detail;
  }

  static PeerReply serve(const PeerRequest& request) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: ";
    if (request.target == "/m/silent") return {.raw = " ", .hold = true};
    if (request.target == "/m/drip") return {.raw = head + "999\r\n\r\n", .drip = filler(999)};
    if (request.target == "/m/large") {
      return {.raw = head + std::to_string(kLarge) + "\r\n\r\n" + filler(kLarge)};
    }
    // A beginning, and nothing more.
    return {.raw = head + "1000\r\n\r\n" + filler(10), .hold = true};
  }
  static std::string filler(std::size_t size) { return std::string(size, 'x'); }

  // Whose token, by name; each signs up once.
  std::string token_of(const std::string& name) {
    auto& token = tokens_[name];
    if (token.empty()) {
      const auto person = testing::sign_up(hub_->port(), name);
      EXPECT_TRUE(person);
      if (person) token = "Bearer " + base64url_encode(person->session_token);
    }
    return token;
  }
  std::unique_ptr<OpenGet> fetch(const std::string& name, const std::string& file,
                                 const std::string& from = "203.0.113.1") {
    return std::make_unique<OpenGet>(
        hub_->port(), "/v1/media/fetch?url=" + peer_.url("/m/" + file),
        testing::Headers{{"Authorization", token_of(name)}, {"X-Forwarded-For", from}});
  }
  // Places come back a moment after a connection ends.
  int status_in_the_end(const std::string& name, const std::string& file) {
    for (int tries = 0; tries < 300; ++tries) {
      const int status = fetch(name, file)->status();
      if (status != 429 && status != 503) return status;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return 0;
  }

  TemporaryFolder folder_;
  HttpPeer peer_{serve};
  std::optional<HubForTests> hub_;
  std::map<std::string, std::string> tokens_;
};

TEST_F(MediaTest, AnAccountHasFourFetchesAtOnce) {
  std::vector<std::unique_ptr<OpenGet>> open;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(open.emplace_back(fetch("alice", "part"))->status(), 200);
  const auto fifth = fetch("alice", "part");
  EXPECT_EQ(fifth->status(), 429);
  EXPECT_THAT(fifth->head(), HasSubstr("Retry-After: 2"));
  EXPECT_EQ(fetch("bob", "part")->status(), 200) << "others have their own";
}

TEST_F(MediaTest, AnOriginHasSixteenTransfersAtOnce) {
  std::vector<std::unique_ptr<OpenGet>> open;
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(open.emplace_back(fetch("person" + std::to_string(i / 4), "part"))->status(), 200);
  }
  const auto next = fetch("alice", "part");
  EXPECT_EQ(next->status(), 503);
  EXPECT_THAT(next->head(), HasSubstr("Retry-After: 2"));
  EXPECT_EQ(fetch("alice", "part", "203.0.113.2")->status(), 200) << "others have their own";
}

TEST_F(MediaTest, WhoLeavesGivesThePlaceBackThoughTheServerSaysNothing) {
  std::vector<std::unique_ptr<OpenGet>> open;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(open.emplace_back(fetch("alice", "part"))->status(), 200);
  EXPECT_EQ(fetch("alice", "part")->status(), 429);
  open.clear();
  EXPECT_EQ(status_in_the_end("alice", "part"), 200)
      << "within three seconds, not MediaLimits::stall";
}

class FewTransfersTest : public MediaTest {
 protected:
  FewTransfersTest() : MediaTest([](MediaLimits& limits) { limits.transfers = 3; }) {}
};

TEST_F(FewTransfersTest, AHubHasSoManyTransfersAtOnce) {
  EXPECT_EQ(MediaLimits().transfers, 256u);
  std::vector<std::unique_ptr<OpenGet>> open;
  for (const char* from : {"203.0.113.1", "203.0.113.2", "203.0.113.3"}) {
    EXPECT_EQ(open.emplace_back(fetch("alice", "part", from))->status(), 200);
  }
  EXPECT_EQ(fetch("bob", "part", "203.0.113.4")->status(), 503);
}

class ImpatientTest : public MediaTest {
 protected:
  ImpatientTest()
      : MediaTest([](MediaLimits& limits) {
          limits.stall = milliseconds(200);
          limits.start = seconds(2);  // a server that does answer may be slow on a busy machine
          limits.patience = milliseconds(100);
          limits.slowest = 1024 * 1024;
          limits.fetches_of_account = 1;
        }) {}
};

TEST_F(ImpatientTest, GivesUpOnAServerThatSaysNothing) {
  const auto got = fetch("alice", "silent");
  EXPECT_EQ(got->status(), 503);
  EXPECT_EQ(status_in_the_end("alice", "part"), 200);
}

TEST_F(ImpatientTest, CutsOffAServerThatStalls) {
  const auto got = fetch("alice", "part");
  EXPECT_EQ(got->status(), 200);
  EXPECT_THAT(got->head(), HasSubstr("Content-Length: 1000"));
  EXPECT_EQ(got->rest(), 10u) << "shorter than announced";
  EXPECT_EQ(status_in_the_end("alice", "part"), 200);
}

TEST_F(ImpatientTest, CutsOffAServerThatIsSlowWithoutAPause) {
  const auto got = fetch("alice", "drip");
  EXPECT_EQ(got->status(), 200);
  EXPECT_LT(got->rest(), 999u);
  EXPECT_EQ(status_in_the_end("alice", "part"), 200);
}

TEST_F(ImpatientTest, CutsOffSomebodyWhoTakesNothing) {
  const auto got = fetch("alice", "large");
  EXPECT_EQ(got->status(), 200);
  EXPECT_EQ(status_in_the_end("alice", "part"), 200);
  EXPECT_LT(got->rest(), kLarge);
}

}  // namespace
}  // namespace parley::hub
