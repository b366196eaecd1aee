// Both ports against a service's server in another thread, over real sockets.
#include "hub/net/service_ports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <mutex>

#include "hub/net/clock.h"
#include "hub/net/testing/http_peer.h"
#include "lib/base/encoding.h"
#include "lib/crypto/system_random.h"

namespace parley::hub {
namespace {

using ::testing::HasSubstr;
using testing::PeerReply;
using testing::PeerRequest;

const DeviceAddress kBrowser{AccountId{}, DeviceId{1}};

crypto::Ed25519KeyPair service_key() {
  return crypto::Ed25519KeyPair::from_seed(Secret<32>(ByteArray<32>{3}));
}

std::string service_token(const std::string& more = {}) {
  const std::string claims = R"({"iss":"nordlys","aud":"hub","sub":"bob","jti":"t","iat":1,)" +
                             more + R"("exp":2,"cnf":{"jkt":")" + base64url_encode(Bytes(32, 1)) +
                             "\"}}";
  const std::string covered = base64url_encode(as_bytes(R"({"alg":"EdDSA","kid":"k"})")) + "." +
                              base64url_encode(as_bytes(claims));
  return covered + "." + base64url_encode(crypto::sign_ed25519(service_key(), as_bytes(covered)));
}

class ServicePortsTest : public ::testing::Test {
 protected:
  ServicePortsTest() {
    ports_.sign_with(
        jose::SigningKey(crypto::Ed25519KeyPair::from_seed(Secret<32>(ByteArray<32>{5}))), "hub");
    ports_.allow_private({"nordlys"});
  }
  ~ServicePortsTest() override {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    over_.notify_all();
    ports_.stop();
    io_.restart();
    io_.run();  // ends: nothing is left to wait for
  }
  PeerReply serve(const PeerRequest& request) {
    const std::lock_guard lock(mutex_);
    if (request.target == "/keys") {
      return {.body = R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":")" +
                      base64url_encode(service_key().public_key) + "\"}]}"};
    }
    pushes_.push_back(request);
    if (request.target.starts_with("/silent")) return {.raw = " ", .hold = true};
    return {.status = pushes_.size() <= failures_ ? 500 : 202};
  }
  Result<TokenClaims> verify(const std::string& provider, const std::string& token) {
    return verify(provider, peer_.url("/keys"), token);
  }
  Result<TokenClaims> verify(const std::string& provider, const std::string& url,
                             const std::string& token) {
    std::optional<Result<TokenClaims>> result;
    ports_.verify(provider, url, token, wall_now(),
                  [&](Result<TokenClaims> claims) { result = std::move(claims); });
    run_until([&] { return result.has_value(); });
    return *std::move(result);
  }
  void allow_browsers(bool private_addresses) {
    auto key = jose::VapidKey::generate();
    ASSERT_TRUE(key);
    ports_.sign_browser_pushes_with(*std::move(key), {"mailto:a@hub.example", private_addresses});
  }
  ServiceTraffic browsers() {
    const auto found = ports_.traffic().find(kBrowserTraffic);
    return found != ports_.traffic().end() ? found->second : ServiceTraffic{};
  }
  template <typename Condition>
  void run_until(Condition condition) {
    while (!condition()) {
      io_.restart();
      io_.run_one();
    }
  }
  // Every name is here; one that begins with "slow" only when the test is over.
  NameLookup::Addresses look_up(const std::string& host) {
    std::unique_lock lock(mutex_);
    if (host.starts_with("slow")) over_.wait(lock, [this] { return is_over_; });
    return {boost::asio::ip::make_address("127.0.0.1")};
  }
  std::string at(const std::string& host, const std::string& target) {
    return "http://" + host + ":" + std::to_string(peer_.port()) + target;
  }
  std::size_t push_count() {
    const std::lock_guard lock(mutex_);
    return pushes_.size();
  }

  std::mutex mutex_;
  std::condition_variable over_;
  bool is_over_ = false;
  std::vector<PeerRequest> pushes_;
  std::size_t failures_ = 0;
  testing::HttpPeer peer_{[this](const PeerRequest& request) { return serve(request); }};
  IoContext io_;
  crypto::SystemRandom random_;
  ServicePorts ports_{
      io_,
      {},
      [this](std::function<void()> work) { boost::asio::post(io_, std::move(work)); },
      random_,
      [this](const std::string& host) { return look_up(host); }};
};

TEST_F(ServicePortsTest, ChecksTokensWithFetchedKeys) {
  const auto claims = verify("nordlys", service_token());
  ASSERT_TRUE(claims) << claims.error().detail;
  EXPECT_EQ(claims->subject, "bob");
  EXPECT_EQ(claims->key_thumbprint[0], 1);
  EXPECT_TRUE(verify("nordlys", service_token()));
  EXPECT_EQ(peer_.connections(), 1);
  const auto early = verify("nordlys", service_token(R"("nbf":99999999999,)"));
  ASSERT_FALSE(early);
  EXPECT_THAT(early.error().detail, HasSubstr("nbf"));
  EXPECT_TRUE(verify("nordlys", service_token(R"("nbf":5,)")));
}

TEST_F(ServicePortsTest, StaysAwayFromPrivateAddressesUnlessAllowed) {
  const auto claims = verify("other", service_token());
  ASSERT_FALSE(claims);
  EXPECT_EQ(claims.error().code, ErrorCode::provider_unreachable);
  EXPECT_EQ(peer_.connections(), 0);
  ports_.notify("other", peer_.url("/push"), "bob");
  run_until([&] { return ports_.traffic().at("other").pushes_dropped == 1; });
  EXPECT_EQ(peer_.connections(), 0);
}

TEST_F(ServicePortsTest, TellsTheServiceAndTriesAgain) {
  failures_ = 1;
  ports_.notify("nordlys", peer_.url("/push"), "bob");
  run_until([&] { return ports_.traffic().at("nordlys").pushes_sent == 1; });
  ASSERT_EQ(push_count(), 2u);
  EXPECT_EQ(pushes_[1].method, "POST");
  EXPECT_EQ(pushes_[1].body, R"({"to":"bob"})");
  EXPECT_EQ(ports_.traffic().at("nordlys").push_failures, 1u);
  const auto keys = jose::KeySet::parse(ports_.key_set());
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->size(), 1u);
}

TEST_F(ServicePortsTest, TellsABrowserWithoutAWord) {
  allow_browsers(true);
  ports_.notify_browser(kBrowser, peer_.url("/wpush/abc"));
  run_until([&] { return browsers().pushes_sent == 1; });
  ASSERT_EQ(push_count(), 1u);
  EXPECT_EQ(pushes_[0].method, "POST");
  EXPECT_EQ(pushes_[0].target, "/wpush/abc");
  EXPECT_EQ(pushes_[0].body, "");
  EXPECT_EQ(pushes_[0].content_type, "");
  EXPECT_THAT(pushes_[0].authorization, ::testing::StartsWith("vapid t="));
}

// Whatever a browser says is its push service; also by a name, which is looked up.
TEST_F(ServicePortsTest, NeverAsksItsNeighboursForABrowser) {
  allow_browsers(false);
  const std::string port = std::to_string(peer_.port());
  std::uint64_t tries = 0;
  for (const std::string& host : {"127.0.0.1:" + port, "localhost:" + port, "[::1]:" + port,
                                  std::string("10.0.0.1"), std::string("169.254.169.254")}) {
    ports_.notify_browser(kBrowser, "https://" + host + "/x");
    ++tries;
    run_until([&] { return browsers().push_failures >= tries; });
    EXPECT_THAT(browsers().push_problem, HasSubstr("not a public one")) << host;
  }
  EXPECT_EQ(peer_.connections(), 0);
}

TEST_F(ServicePortsTest, AServiceWithSlowNamesKeepsNoOtherWaiting) {
  ports_.allow_private({"nordlys", "slow"});
  const auto answers = std::make_shared<int>(0);
  for (int i = 0; i < 100; ++i) {
    ports_.verify("slow", at("slow.example", "/keys"), service_token(), wall_now(),
                  [answers](const Result<TokenClaims>&) { ++*answers; });
    ports_.notify("slow", at("slow.push.example", "/push"), "bob" + std::to_string(i));
  }
  io_.poll();
  EXPECT_TRUE(verify("nordlys", at("nordlys.example", "/keys"), service_token()));
  EXPECT_EQ(*answers, 0);
}

// Anybody may name endpoints, each at another host, whose servers say nothing.
TEST_F(ServicePortsTest, SlowBrowserPushesKeepNoTokenWaiting) {
  allow_browsers(true);
  const std::size_t many = HttpClientConfig().most_at_once;
  for (std::size_t i = 0; i < 2 * many; ++i) {
    ports_.notify_browser(kBrowser, at("b" + std::to_string(i) + ".example", "/silent"));
  }
  for (int i = 0; i < 50; ++i) {
    ports_.notify_browser(kBrowser, at("slow" + std::to_string(i) + ".example", "/silent"));
  }
  run_until([&] { return push_count() >= many; });
  EXPECT_TRUE(verify("nordlys", at("nordlys.example", "/keys"), service_token()));
  EXPECT_EQ(browsers().push_failures, 0u) << "no place was free before";
}

TEST_F(ServicePortsTest, StopsWithPushesWaiting) {
  failures_ = 100;
  ports_.notify("nordlys", peer_.url("/push"), "bob");
  run_until([&] { return push_count() > 0; });
}

}  // namespace
}  // namespace parley::hub
