// One request to a media server of another service, over real sockets.
#include "hub/net/upstream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "hub/net/media_limits.h"
#include "hub/net/testing/http_peer.h"

namespace parley::hub {
namespace {

using ::testing::HasSubstr;
using testing::HttpPeer;
using testing::PeerReply;
using testing::PeerRequest;

constexpr Duration kShort = milliseconds(100);

class UpstreamTest : public ::testing::Test {
 protected:
  std::shared_ptr<Upstream> make() { return std::make_shared<Upstream>(io_, nullptr, find_name_); }
  void get(const std::shared_ptr<Upstream>& upstream, const std::string& url, Duration time) {
    head_.reset();
    boost::asio::co_spawn(
        io_,
        [this, upstream, parsed = parse_url(url), time]() -> Task<void> {
          std::string range = "bytes=0-", token = "Bearer x";
          head_ = co_await upstream->get(*parsed, true, std::move(range), std::move(token), time);
        },
        boost::asio::detached);
  }
  void read(const std::shared_ptr<Upstream>& upstream, Duration time) {
    size_.reset();
    boost::asio::co_spawn(
        io_,
        [this, upstream, time]() -> Task<void> {
          size_ = co_await upstream->read(boost::asio::buffer(piece_), time);
        },
        boost::asio::detached);
  }
  template <typename Condition>
  void run_until(Condition condition) {
    io_.restart();
    while (!condition() && io_.run_one() > 0) continue;
    ASSERT_TRUE(condition());
  }
  // Runs until the answer to get is there.
  std::string outcome() {
    run_until([this] { return head_.has_value(); });
    return *head_ ? "status " + std::to_string((*head_)->status) : head_->error().detail;
  }
  static NameLookup::Addresses here() { return {boost::asio::ip::make_address("127.0.0.1")}; }

  IoContext io_;
  FindName find_name_ = [](const std::string&, const NameLookup::Done& done) { done(here()); };
  std::optional<Result<Upstream::Head>> head_;
  std::optional<Result<std::size_t>> size_;
  Bytes piece_ = Bytes(1024);
};

TEST_F(UpstreamTest, PassesOnPieceByPiece) {
  PeerRequest seen;
  const HttpPeer peer([&](const PeerRequest& request) {
    seen = request;
    return PeerReply{.status = 206, .body = std::string(1500, 'x')};
  });
  const auto upstream = make();
  get(upstream, peer.url("/m/1"), seconds(10));
  EXPECT_EQ(outcome(), "status 206");
  EXPECT_EQ((*head_)->length, 1500u);
  EXPECT_EQ(seen.target, "/m/1");
  EXPECT_EQ(seen.authorization, "Bearer x");
  std::size_t all = 0;
  do {
    read(upstream, seconds(10));
    run_until([this] { return size_.has_value(); });
    ASSERT_TRUE(*size_);
    all += **size_;
  } while (**size_ > 0);
  EXPECT_EQ(all, 1500u);
}

TEST_F(UpstreamTest, EndsInTimeWhereANameTakesLonger) {
  const HttpPeer peer([](const PeerRequest&) { return PeerReply{.raw = " ", .hold = true}; });
  NameLookup::Done answer;
  find_name_ = [&](const std::string& host, NameLookup::Done done) {
    EXPECT_EQ(host, "slow.example");
    answer = std::move(done);
  };
  const std::weak_ptr<Upstream> watched = [&] {
    const auto upstream = make();
    get(upstream, "http://slow.example:" + std::to_string(peer.port()) + "/", kShort);
    return upstream;
  }();
  EXPECT_THAT(outcome(), HasSubstr("too long"));
  // The answer, when it comes at last, leads nowhere, and nothing is held for it.
  EXPECT_TRUE(watched.expired());
  answer(here());
  io_.poll();
  EXPECT_EQ(peer.connections(), 0);
}

TEST_F(UpstreamTest, ConnectsToNobodyOnceItIsClosed) {
  const HttpPeer peer([](const PeerRequest&) { return PeerReply{.body = "x"}; });
  const std::string url = "http://slow.example:" + std::to_string(peer.port()) + "/";
  NameLookup::Done answer;
  find_name_ = [&](const std::string&, NameLookup::Done done) { answer = std::move(done); };
  const auto upstream = make();
  get(upstream, url, minutes(10));
  run_until([&] { return answer != nullptr; });
  // Both before anything of it is looked at.
  upstream->close();
  answer(here());
  EXPECT_THAT(outcome(), HasSubstr("too long"));
  get(upstream, url, minutes(10));
  EXPECT_FALSE(outcome().starts_with("status")) << "closed is closed";
  read(upstream, minutes(10));
  run_until([this] { return size_.has_value(); });
  EXPECT_FALSE(*size_);
  EXPECT_EQ(peer.connections(), 0);
}

TEST_F(UpstreamTest, GivesUpOnASilentServer) {
  const HttpPeer peer([](const PeerRequest&) { return PeerReply{.raw = " ", .hold = true}; });
  get(make(), peer.url("/"), kShort);
  EXPECT_THAT(outcome(), HasSubstr("not HTTP, or too late"));
}

TEST_F(UpstreamTest, GivesUpOnAServerThatStopsMidway) {
  const HttpPeer peer([](const PeerRequest&) {
    return PeerReply{.raw = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", .hold = true};
  });
  const auto upstream = make();
  get(upstream, peer.url("/"), seconds(10));
  EXPECT_EQ(outcome(), "status 200");
  read(upstream, seconds(10));
  run_until([this] { return size_.has_value(); });
  EXPECT_EQ(size_->value_or(0), 3u);
  read(upstream, kShort);
  run_until([this] { return size_.has_value(); });
  ASSERT_FALSE(*size_);
  EXPECT_THAT(size_->error().detail, HasSubstr("midway"));
}

TEST_F(UpstreamTest, StaysAwayFromAddressesThatMayNotBeUsed) {
  find_name_ = [](const std::string&, const NameLookup::Done& done) {
    done({boost::asio::ip::make_address("0.0.0.0"), boost::asio::ip::make_address("224.0.0.1")});
  };
  get(make(), "http://other.example/", seconds(10));
  EXPECT_THAT(outcome(), HasSubstr("no address that may be used"));
}

TEST(IsTooSlow, ForgivesAMinuteAndThenCountsFromTheBeginning) {
  const MediaLimits limits;
  EXPECT_FALSE(is_too_slow(limits, 0, minutes(1)));
  EXPECT_TRUE(is_too_slow(limits, 0, seconds(61)));
  EXPECT_FALSE(is_too_slow(limits, 100 * 1024, seconds(100)));
  EXPECT_TRUE(is_too_slow(limits, 100 * 1024 - 1, seconds(100)));
}

}  // namespace
}  // namespace parley::hub
