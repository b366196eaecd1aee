#include "hub/net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>

#include "hub/net/testing/certificate.h"
#include "hub/net/testing/http_peer.h"

namespace parley::hub {
namespace {

using ::testing::HasSubstr;
using testing::HttpPeer;
using testing::PeerReply;
using testing::PeerRequest;

PeerReply hello(const PeerRequest&) { return {.body = "hello"}; }

class HttpClientTest : public ::testing::Test {
 protected:
  HttpClientTest() { config_.time_limit = seconds(2); }

  Result<OutgoingReply> fetch(OutgoingRequest request) {
    HttpClient client(io_, config_, post_, find_name_);
    std::optional<Result<OutgoingReply>> result;
    client.fetch(std::move(request), [&](Result<OutgoingReply> got) { result = std::move(got); });
    EXPECT_FALSE(result) << "completed inside of the call";
    io_.restart();
    while (!result && io_.run_one() > 0) {
    }
    return result ? *std::move(result) : fail(ErrorCode::internal, "never completed");
  }
  Result<OutgoingReply> get(const std::string& url) {
    return fetch(OutgoingRequest{.url = url, .private_addresses = true});
  }
  // Every name has these addresses.
  void names_lead_to(std::vector<std::string> texts) {
    find_name_ = [this, texts](const std::string& host, const NameLookup::Done& to) {
      asked_.push_back(host);
      NameLookup::Addresses addresses;
      for (const auto& text : texts) addresses.push_back(boost::asio::ip::make_address(text));
      to(addresses);
    };
  }

  IoContext io_;
  HttpClientConfig config_;
  HttpClient::Post post_ = [this](std::function<void()> work) {
    boost::asio::post(io_, std::move(work));
  };
  NameLookup names_{io_};
  FindName find_name_ = [this](const std::string& host, NameLookup::Done done) {
    names_.find(host, std::move(done));
  };
  std::vector<std::string> asked_;
};

std::string failure(const Result<OutgoingReply>& result) {
  return result ? "status " + std::to_string(result->status) : result.error().detail;
}

TEST_F(HttpClientTest, GetsAndPosts) {
  PeerRequest seen;
  const HttpPeer peer([&](const PeerRequest& request) {
    seen = request;
    return PeerReply{.status = 202,
                     .body = "ok",
                     .headers = {{"Cache-Control", "public, max-age=90"}, {"Retry-After", "7"}}};
  });
  const auto reply = fetch({.method = "POST",
                            .url = peer.url("/push?a=1"),
                            .body = "{}",
                            .authorization = "Bearer x",
                            .private_addresses = true});
  ASSERT_TRUE(reply) << failure(reply);
  EXPECT_EQ(reply->status, 202);
  EXPECT_EQ(reply->body, "ok");
  EXPECT_EQ(reply->max_age, seconds(90));
  EXPECT_EQ(reply->retry_after, seconds(7));
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/push?a=1");
  EXPECT_EQ(seen.host, "127.0.0.1:" + std::to_string(peer.port()));
  EXPECT_EQ(seen.authorization, "Bearer x");
  EXPECT_EQ(seen.content_type, "application/json");
  EXPECT_EQ(seen.body, "{}");
}

TEST_F(HttpClientTest, DoesNotConnectToPrivateAddressesUnlessAllowed) {
  const HttpPeer peer(hello);
  const std::string port = std::to_string(peer.port());
  for (const std::string& host :
       {std::string("127.0.0.1"), std::string("[::1]"), std::string("[::ffff:127.0.0.1]"),
        std::string("10.0.0.1"), std::string("169.254.169.254"), std::string("192.168.1.1"),
        std::string("0.0.0.0"), std::string("[::]"), std::string("[fd00::1]"),
        std::string("[fe80::1]"), std::string("[64:ff9b::7f00:1]"), std::string("localhost")}) {
    const auto reply = fetch({.url = "https://" + host + ":" + port + "/"});
    EXPECT_THAT(failure(reply), HasSubstr("not a public one")) << host;
  }
  for (const char* host : {"2130706433", "0x7f000001", "127.1", "0177.0.0.1"}) {
    const auto reply = get("https://" + std::string(host) + ":" + port + "/");
    ASSERT_FALSE(reply) << host;
    EXPECT_EQ(reply.error().code, ErrorCode::bad_config) << host;
  }
  EXPECT_EQ(peer.connections(), 0);
  EXPECT_EQ(get(peer.url("/"))->body, "hello");
}

TEST_F(HttpClientTest, ChecksTheAddressANameLeadsToAndConnectsToThatOne) {
  const HttpPeer peer(hello);
  const std::string port = std::to_string(peer.port());
  for (const char* address : {"127.0.0.1", "10.1.1.1", "::1", "::ffff:127.0.0.1", "0.0.0.0"}) {
    names_lead_to({address});
    const auto reply = fetch({.url = "https://service.example:" + port + "/"});
    EXPECT_THAT(failure(reply), HasSubstr("not a public one")) << address;
  }
  names_lead_to({"127.0.0.1", "10.1.1.1", "fd00::1"});
  EXPECT_FALSE(fetch({.url = "https://service.example:" + port + "/"}));
  EXPECT_EQ(peer.connections(), 0);
  // One question, whose answer is both checked and used: no second one that could differ.
  asked_.clear();
  names_lead_to({"127.0.0.1"});
  EXPECT_TRUE(get("http://service.example:" + port + "/"));
  EXPECT_EQ(asked_.size(), 1u);
  names_lead_to({});
  EXPECT_THAT(failure(get("http://service.example/")), HasSubstr("no address"));
}

TEST_F(HttpClientTest, TriesTheNextAddressWhereOneRefuses) {
  const HttpPeer peer(hello);
  names_lead_to({"127.0.0.2", "127.0.0.1"});
  const auto reply = get("http://service.example:" + std::to_string(peer.port()) + "/");
  EXPECT_TRUE(reply) << failure(reply);
}

TEST_F(HttpClientTest, NeedsTlsUnlessPrivateAddressesAreAllowed) {
  const auto reply = fetch({.url = "http://service.example/"});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::bad_config);
}

TEST_F(HttpClientTest, DoesNotFollowRedirects) {
  const HttpPeer target(hello);
  const HttpPeer peer([&](const PeerRequest&) {
    return PeerReply{.status = 302, .headers = {{"Location", target.url("/")}}};
  });
  EXPECT_EQ(get(peer.url("/"))->status, 302);
  EXPECT_EQ(target.connections(), 0);
}

TEST_F(HttpClientTest, IgnoresProxiesOfTheEnvironment) {
  const HttpPeer peer(hello);
  setenv("http_proxy", "http://127.0.0.1:1/", 1);
  const auto reply = get(peer.url("/"));
  unsetenv("http_proxy");
  EXPECT_TRUE(reply) << failure(reply);
}

TEST_F(HttpClientTest, BoundsTheAnswersSize) {
  std::string raw;
  const HttpPeer peer([&](const PeerRequest&) { return PeerReply{.raw = raw, .hold = true}; });
  const std::string body(70'000, 'x');
  const std::string table[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + body,
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n",
      "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body,
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11170\r\n" + body + "\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: " + body + "\r\n\r\n",
  };
  for (const std::string& answer : table) {
    raw = answer;
    EXPECT_THAT(failure(get(peer.url("/"))), HasSubstr("too large")) << answer.substr(0, 60);
  }
}

TEST_F(HttpClientTest, SurvivesAnswersThatAreNone) {
  std::string raw;
  const HttpPeer peer([&](const PeerRequest&) { return PeerReply{.raw = raw}; });
  for (const char* answer :
       {"x", "\r\n\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    raw = answer;
    const auto reply = get(peer.url("/"));
    ASSERT_FALSE(reply) << answer;
    EXPECT_EQ(reply.error().code, ErrorCode::provider_unreachable) << answer;
  }
}

TEST_F(HttpClientTest, GivesUpOnSlowServers) {
  config_.time_limit = milliseconds(200);
  // Answers nothing, or a byte of a head that never ends.
  for (const char* raw :
       {" ", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}) {
    const HttpPeer peer([&](const PeerRequest&) { return PeerReply{.raw = raw, .hold = true}; });
    EXPECT_THAT(failure(get(peer.url("/"))), HasSubstr("took too long")) << raw;
  }
  find_name_ = [](const std::string&, auto) {};
  EXPECT_THAT(failure(get("http://service.example/")), HasSubstr("finding its address"));
}

TEST_F(HttpClientTest, SaysWhenNobodyListens) {
  std::uint16_t port = 0;
  {
    const HttpPeer gone(hello);
    port = gone.port();
  }
  EXPECT_THAT(failure(get("http://127.0.0.1:" + std::to_string(port) + "/")),
              HasSubstr("no connection"));
}

TEST_F(HttpClientTest, LimitsHowManyRunAndWait) {
  config_.most_per_host = 2;
  config_.most_waiting = 5;
  std::atomic<int> at_work = 0, most = 0;
  const HttpPeer peer([&](const PeerRequest&) {
    const int now = ++at_work;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) continue;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    --at_work;  // before the answer, after which the client may come again
    return PeerReply{.body = "x"};
  });
  HttpClient client(io_, config_, post_, find_name_);
  int good = 0, refused = 0;
  for (int i = 0; i < 7; ++i) {
    client.fetch({.url = peer.url("/"), .private_addresses = true},
                 [&](Result<OutgoingReply> reply) {
                   good += reply ? 1 : 0;
                   refused += !reply && reply.error().code == ErrorCode::overloaded ? 1 : 0;
                 });
  }
  io_.run();
  EXPECT_EQ(good, 5);
  EXPECT_EQ(refused, 2);
  EXPECT_EQ(most, 2);
  EXPECT_EQ(client.open(), 0u);
}

TEST_F(HttpClientTest, EndsEverythingWhenItStops) {
  const HttpPeer peer([](const PeerRequest&) { return PeerReply{.raw = " ", .hold = true}; });
  config_.most_per_host = 1;
  config_.time_limit = minutes(10);
  HttpClient client(io_, config_, post_, find_name_);
  int stopped = 0;
  for (int i = 0; i < 3; ++i) {
    client.fetch({.url = peer.url("/"), .private_addresses = true},
                 [&](Result<OutgoingReply> reply) {
                   stopped += !reply && reply.error().code == ErrorCode::shutting_down ? 1 : 0;
                 });
  }
  while (peer.connections() == 0) io_.poll();
  client.stop();
  io_.restart();
  io_.run();  // ends: nothing is left to wait for
  EXPECT_EQ(stopped, 3);
}

class HttpsClientTest : public HttpClientTest {
 protected:
  HttpsClientTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "parley-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    EXPECT_TRUE(testing::write_certificate(folder_ + "/cert.pem", folder_ + "/key.pem"));
    peer_.emplace(hello, folder_ + "/cert.pem", folder_ + "/key.pem");
  }
  ~HttpsClientTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::optional<HttpPeer> peer_;
};

TEST_F(HttpsClientTest, ChecksTheCertificateAndTheNameInIt) {
  EXPECT_THAT(failure(get(peer_->url("/"))), HasSubstr("certificate"));
  config_.authorities_file = folder_ + "/cert.pem";
  const auto reply = get(peer_->url("/"));
  ASSERT_TRUE(reply) << failure(reply);
  EXPECT_EQ(reply->body, "hello");
  names_lead_to({"127.0.0.1"});
  const std::string port = std::to_string(peer_->port());
  const auto named = get("https://service.example:" + port + "/");
  EXPECT_TRUE(named) << failure(named);
  EXPECT_THAT(failure(get("https://other.example:" + port + "/")), HasSubstr("certificate"));
  names_lead_to({"127.0.0.1"});
  const auto plain = get("http://service.example:" + port + "/");
  EXPECT_FALSE(plain);
}

TEST_F(HttpsClientTest, DoesNotTakePlainTextForTls) {
  const HttpPeer plain(hello);
  EXPECT_FALSE(get("https://127.0.0.1:" + std::to_string(plain.port()) + "/"));
}

}  // namespace
}  // namespace parley::hub
