// The HTTP side over real sockets: set-up, health, metrics, limits, bad requests, TLS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fstream>

#include "hub/daemon/hub_for_tests.h"
#include "hub/net/testing/certificate.h"
#include "hub/net/testing/people.h"
#include "lib/json/setup_json.h"

namespace parley::hub {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Tcp = boost::asio::ip::tcp;

// Sends bytes as they are and reads until the hub closes. What is not sent is left open.
std::string raw_exchange(std::uint16_t port, const std::string& bytes) {
  boost::asio::io_context io;
  Tcp::socket socket(io);
  boost::system::error_code error;
  socket.connect({boost::asio::ip::address_v4::loopback(), port}, error);
  boost::asio::write(socket, boost::asio::buffer(bytes), error);
  std::string answer;
  boost::asio::read(socket, boost::asio::dynamic_buffer(answer), error);
  return answer;
}

class HttpTest : public ::testing::Test {
 protected:
  explicit HttpTest(std::function<void(DaemonConfig&)> change = [](DaemonConfig&) {}) {
    DaemonConfig config = test_config(folder_.file("data"));
    config.net.request_timeout = seconds(1);
    change(config);
    hub_.emplace(config);
    EXPECT_TRUE(hub_->opened()) << hub_->opened().error().detail;
  }
  testing::HttpReply ask(const std::string& method, const std::string& path,
                         const std::string& body = {}, const testing::Headers& headers = {}) {
    const auto reply = testing::http(hub_->port(), method, path, body, headers);
    EXPECT_TRUE(reply) << path;
    return reply.value_or(testing::HttpReply{});
  }

  TemporaryFolder folder_;
  std::optional<HubForTests> hub_;
};

TEST_F(HttpTest, TellsAboutTheHub) {
  const auto reply = ask("GET", "/v1/hub");
  EXPECT_EQ(reply.status, 200);
  const auto info = json::from_json<wire::setup::HubInfo>(reply.body);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->hub_id.size(), 16u);
  EXPECT_THAT(info->software, HasSubstr("parleyd/"));
}

class OfferTest : public HttpTest {
 protected:
  OfferTest()
      : HttpTest([](DaemonConfig& config) {
          config.engine.contact = "door@hub.example";
          config.engine.specification_url = "https://hub.example/spec";
          ServiceEntry service;
          service.display_name = "Nordlys";
          service.jwks_url = "https://nordlys.example/keys";
          service.data_policy.retention = "A day.";
          service.features = {wire::channel::Feature::reply};
          for (const auto& [id, state] :
               {std::pair{"nordlys", wire::channel::ProviderState::live},
                std::pair{"secret", wire::channel::ProviderState::applied},
                std::pair{"trial", wire::channel::ProviderState::sandbox}}) {
            service.id = id;
            service.state = state;
            config.providers.push_back(service);
          }
        }) {}
};

TEST_F(OfferTest, IsForEverybodyToRead) {
  const auto reply = ask("GET", "/v1/interop/offer");
  EXPECT_EQ(reply.status, 200);
  const auto offer = json::from_json<wire::setup::Offer>(reply.body);
  ASSERT_TRUE(offer) << reply.body;
  const auto hub = json::from_json<wire::setup::HubInfo>(ask("GET", "/v1/hub").body);
  EXPECT_EQ(offer->hub_id, hub->hub_id);
  EXPECT_THAT(offer->channel_versions, ::testing::Contains(1u));
  EXPECT_THAT(offer->countries, ::testing::Contains("DE"));
  ASSERT_EQ(offer->providers.size(), 1u) << "who is not live is nobody's business";
  EXPECT_EQ(offer->providers[0].provider_id, "nordlys");
  EXPECT_EQ(offer->providers[0].data_policy->retention, "A day.");
  EXPECT_GT(offer->providers[0].live_since_ms, 0);
  ASSERT_TRUE(offer->limits);
  ASSERT_TRUE(offer->first_contact);
  EXPECT_EQ(offer->first_contact->sends_before_acceptance, 3u);
  EXPECT_EQ(offer->first_contact->max_bytes_before_acceptance, 4096u);
  EXPECT_GT(offer->first_contact->new_people_a_day_per_sender, 0u);
  EXPECT_THAT(offer->suspension_grounds, Not(::testing::IsEmpty()));
  EXPECT_GT(offer->notice_days, 0u);
  EXPECT_EQ(offer->contact, "door@hub.example");
  EXPECT_EQ(offer->specification_url, "https://hub.example/spec");
  EXPECT_EQ(ask("POST", "/v1/interop/offer").status, 404);
}

TEST_F(HttpTest, SignsUpLogsInAndChangesThePassword) {
  ASSERT_TRUE(testing::sign_up(hub_->port(), "alice"));
  EXPECT_FALSE(testing::sign_up(hub_->port(), "alice"));
  const auto log_in = [&](const std::string& password) {
    return ask("POST", "/v1/logins", R"({"handle":"alice","password":")" + password + "\"}");
  };
  EXPECT_EQ(log_in(testing::kPassword).status, 200);
  const auto wrong = log_in("not the password");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_THAT(wrong.body, HasSubstr("WRONG_CREDENTIALS"));
  EXPECT_EQ(ask("POST", "/v1/logins", R"({"handle":"nobody","password":"not the password"})").body,
            wrong.body);
  EXPECT_EQ(
      ask("POST", "/v1/accounts/password",
          R"({"handle":"alice","oldPassword":"correct horse","newPassword":"battery staple"})")
          .body,
      "{}");
  EXPECT_EQ(log_in(testing::kPassword).status, 401);
  EXPECT_EQ(log_in("battery staple").status, 200);
}

TEST_F(HttpTest, AnswersBadRequestsWithTheCatalogue) {
  const struct {
    const char *method, *path, *body;
    int status;
    const char* says;
  } table[] = {
      {"POST", "/v1/accounts", "{", 400, "MALFORMED"},
      {"POST", "/v1/accounts", "", 400, "MALFORMED"},
      {"POST", "/v1/accounts", "[]", 400, "expected a JSON object"},
      {"POST", "/v1/accounts", R"({"handle":1})", 400, "handle: expected a string"},
      {"POST", "/v1/accounts", R"({"device":{"name":1}})", 400, "device.name: expected base64"},
      {"POST", "/v1/accounts", R"({"handle":"A b"})", 400, "INVALID_ARGUMENT"},
      {"POST", "/v1/devices", R"({"loginToken":"AAAA"})", 400, "login_token"},
      {"POST", "/v1/links/poll", R"({"pollToken":""})", 0, "\"code\""},
      {"POST", "/v1/nothing", "{}", 404, "NOT_FOUND"},
      {"GET", "/v1/accounts", "", 404, "asked with POST"},
      {"PUT", "/v1/accounts", "{}", 404, "asked with POST"},
      {"GET", "/", "", 404, "NOT_FOUND"},
      {"GET", "/../etc/passwd", "", 404, "NOT_FOUND"},
      {"GET", "/v1/channel", "", 400, "WebSocket"},
      {"POST", "/metrics", "x", 404, "NOT_FOUND"},
  };
  for (const auto& row : table) {
    const auto reply = ask(row.method, row.path, row.body);
    if (row.status != 0) {
      EXPECT_EQ(reply.status, row.status) << row.path << row.body;
    }
    EXPECT_GE(reply.status, 400) << row.path;
    EXPECT_THAT(reply.body, HasSubstr(row.says)) << row.path << row.body;
    EXPECT_TRUE(json::from_json<wire::setup::SetupFailure>(reply.body)) << reply.body;
  }
}

TEST_F(HttpTest, RefusesBodiesAndHeadsOverTheLimit) {
  const auto large = ask("POST", "/v1/accounts", std::string(kMaxBodyBytes + 1, ' '));
  EXPECT_EQ(large.status, 413);
  EXPECT_THAT(large.body, HasSubstr("TOO_LARGE"));
  const auto head = ask("GET", "/v1/hub", "", {{"X", std::string(kMaxHeadBytes, 'x')}});
  EXPECT_EQ(head.status, 413);
}

TEST_F(HttpTest, SurvivesWhatIsNotHttp) {
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello", 24),
        std::string("GET\r\n\r\n"), std::string(100, '\0'), std::string("<stream:stream>\n\n"),
        std::string("POST /v1/accounts HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
        std::string("POST /v1/accounts HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")}) {
    EXPECT_THAT(raw_exchange(hub_->port(), bytes), HasSubstr("HTTP/1.1 400")) << bytes;
  }
  EXPECT_EQ(ask("GET", "/health/live").status, 200);
}

TEST_F(HttpTest, CutsOffRequestsThatDoNotArrive) {
  EXPECT_EQ(raw_exchange(hub_->port(), ""), "");
  EXPECT_EQ(raw_exchange(hub_->port(), "POST /v1/accounts HTTP/1.1\r\nContent-Le"), "");
  EXPECT_EQ(raw_exchange(hub_->port(), "POST /v1/accounts HTTP/1.1\r\nContent-Length: 10\r\n\r\n{"),
            "");
}

TEST_F(HttpTest, KeepsAConnectionForFurtherRequests) {
  const std::string answers = raw_exchange(
      hub_->port(),
      "GET /health/live HTTP/1.1\r\n\r\nGET /v1/hub HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answers, HasSubstr("live"));
  EXPECT_THAT(answers, HasSubstr("hubId"));
}

TEST_F(HttpTest, PublishesAKeyThatOutlivesARestart) {
  const auto first = ask("GET", "/v1/jwks");
  EXPECT_EQ(first.status, 200);
  EXPECT_THAT(first.body, HasSubstr(R"("kty":"OKP","crv":"Ed25519","alg":"EdDSA")"));
  EXPECT_EQ(ask("POST", "/v1/jwks", "{}").status, 404);
  const std::string file = folder_.file("data/push-key");
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const auto start_again = [&] {
    hub_.reset();
    hub_.emplace(test_config(folder_.file("data")));
  };
  start_again();
  EXPECT_EQ(ask("GET", "/v1/jwks").body, first.body);
  std::filesystem::resize_file(file, 31);
  start_again();
  ASSERT_FALSE(hub_->opened());
  EXPECT_EQ(hub_->opened().error().code, ErrorCode::store_damaged);
  EXPECT_THAT(hub_->opened().error().detail, HasSubstr("push-key"));
  std::filesystem::remove(file);
  start_again();
  EXPECT_NE(ask("GET", "/v1/jwks").body, first.body);
}

TEST_F(HttpTest, ReportsHealth) {
  EXPECT_EQ(ask("GET", "/health/live").status, 200);
  EXPECT_EQ(ask("GET", "/health/ready").status, 200);
  const auto head = ask("HEAD", "/health/ready");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
}

TEST_F(HttpTest, ShowsMetricsToThisMachineButNotThroughAProxy) {
  const auto direct = ask("GET", "/metrics");
  EXPECT_EQ(direct.status, 200);
  EXPECT_THAT(direct.body, HasSubstr("\nparley_hub_sends_accepted_total 0\n"));
  for (const char* header : {"X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"}) {
    EXPECT_EQ(ask("GET", "/metrics", "", {{header, "10.0.0.1"}}).status, 404) << header;
  }
}

TEST_F(HttpTest, WaitsForALinkAndEndsWithTheHub) {
  const auto opened = ask("POST", "/v1/links", "{}");
  ASSERT_EQ(opened.status, 200);
  const auto slot = json::from_json<wire::setup::LinkOpened>(opened.body);
  ASSERT_TRUE(slot);
  wire::setup::PollLink poll;
  poll.poll_token = slot->poll_token.clone();
  std::thread stopper([&] { hub_->stop(); });
  // Answered by the hub's end, not after 25 s. It may be gone before it was asked.
  const auto reply =
      testing::http(hub_->port(), "POST", "/v1/links/poll", json::to_json(poll).value());
  stopper.join();
  if (reply) {
    EXPECT_TRUE(reply->status == 503 || reply->status == 200) << reply->status;
  }
}

class MetricsDoorTest : public HttpTest {
 protected:
  MetricsDoorTest()
      : HttpTest([](DaemonConfig& config) { config.net.metrics_listen = "127.0.0.1:0"; }) {}
};

TEST_F(MetricsDoorTest, ServesMetricsOnlyThere) {
  const std::uint16_t port = hub_->daemon().metrics_endpoint()->port();
  EXPECT_EQ(ask("GET", "/metrics").status, 404);
  EXPECT_EQ(testing::http(port, "GET", "/metrics")->status, 200);
  EXPECT_EQ(testing::http(port, "GET", "/v1/hub")->status, 404);
}

class SmallQuotaTest : public HttpTest {
 protected:
  SmallQuotaTest()
      : HttpTest([](DaemonConfig& config) {
          config.engine.quotas.logins = {1, 1};
          config.net.trusted_proxies = {"127.0.0.1"};
        }) {}
  testing::HttpReply log_in_from(const std::string& address) {
    return ask("POST", "/v1/logins", R"({"handle":"nobody","password":"some password"})",
               {{"X-Forwarded-For", address}});
  }
};

TEST_F(SmallQuotaTest, CountsByTheClientBehindATrustedProxy) {
  EXPECT_EQ(log_in_from("203.0.113.1").status, 401);
  const auto limited = log_in_from("203.0.113.1");
  EXPECT_EQ(limited.status, 429);
  EXPECT_NE(limited.retry_after, "");
  EXPECT_EQ(log_in_from("203.0.113.2").status, 401);
  // What a client puts before the proxy's own entry counts for nothing.
  EXPECT_EQ(log_in_from("198.51.100.7, 203.0.113.1").status, 429);
}

class FewConnectionsTest : public HttpTest {
 protected:
  FewConnectionsTest() : HttpTest([](DaemonConfig& config) { config.net.max_connections = 2; }) {}
};

TEST_F(FewConnectionsTest, ClosesConnectionsOverTheLimit) {
  testing::RawChannel first, second, third;
  ASSERT_TRUE(first.connect(hub_->port()));
  ASSERT_TRUE(second.connect(hub_->port()));
  EXPECT_FALSE(third.connect(hub_->port()));
  first.close();
  // The place is free once the hub has noticed.
  bool again = false;
  for (int i = 0; i < 1000 && !again; ++i) again = third.connect(hub_->port());
  EXPECT_TRUE(again);
}

class WebTest : public HttpTest {
 protected:
  WebTest()
      : HttpTest([this](DaemonConfig& config) {
          config.net.web_folder = folder_.file("web");
          std::filesystem::create_directory(config.net.web_folder);
          std::ofstream(folder_.file("web/index.html")) << "<!doctype html>";
          // More than a socket's buffers hold.
          std::ofstream(folder_.file("web/large.js")) << std::string(8'000'000, ' ');
          std::ofstream(folder_.file("secret.txt")) << "secret";
        }) {}
};

TEST_F(WebTest, ServesTheAppBesideTheInterface) {
  const auto page = testing::http(hub_->port(), "GET", "/?utm=1");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(page->body, "<!doctype html>");
  EXPECT_EQ(testing::http(hub_->port(), "GET", "/large.js")->body.size(), 8'000'000u);
  EXPECT_EQ(testing::http(hub_->port(), "GET", "/v1/hub")->status, 200);
  EXPECT_EQ(testing::http(hub_->port(), "POST", "/")->status, 404);
  EXPECT_THAT(raw_exchange(hub_->port(), "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 15\r\n"), HasSubstr("Content-Security-Policy: "),
                    EndsWith("\r\n\r\n")));
}

TEST_F(WebTest, ServesNothingElseOfTheDisk) {
  for (const char* path : {"/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt",
                           "/./../secret.txt", "/large.js/../../secret.txt", "//etc/passwd"}) {
    const std::string answer =
        raw_exchange(hub_->port(), std::string("GET ") + path +
                                       " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 404")) << path;
  }
}

class TlsTest : public HttpTest {
 protected:
  TlsTest()
      : HttpTest([this](DaemonConfig& config) {
          EXPECT_TRUE(
              testing::write_certificate(folder_.file("cert.pem"), folder_.file("key.pem")));
          config.net.tls_certificate = folder_.file("cert.pem");
          config.net.tls_key = folder_.file("key.pem");
        }) {}
};

TEST_F(TlsTest, CarriesHttpAndChannels) {
  const auto info = testing::http(hub_->port(), "GET", "/v1/hub", {}, {}, true);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->status, 200);
  const auto alice = testing::sign_up(hub_->port(), "alice", true);
  const auto bob = testing::sign_up(hub_->port(), "bob", true);
  ASSERT_TRUE(alice && bob);
  testing::ChannelOptions options;
  options.tls = true;
  auto a = testing::join(hub_->port(), *alice, options);
  auto b = testing::join(hub_->port(), *bob, options);
  ASSERT_TRUE(a && b);
  ASSERT_TRUE(testing::accept(*b, *alice));
  // Larger than a TLS record.
  const auto answer = a->ask(testing::frame_of(testing::some_message(*alice, *bob, 100'000)));
  ASSERT_TRUE(answer);
  EXPECT_TRUE(std::holds_alternative<wire::channel::Accepted>(answer->body));
  const auto deliver = b->receive_a<wire::channel::Deliver>();
  ASSERT_TRUE(deliver);
  EXPECT_EQ(deliver->ciphertext.size(), 100'000u);
}

TEST_F(TlsTest, CutsOffThoseWhoDoNotSpeakIt) {
  EXPECT_THAT(raw_exchange(hub_->port(), "GET /v1/hub HTTP/1.1\r\n\r\n"), Not(HasSubstr("hubId")));
  EXPECT_EQ(raw_exchange(hub_->port(), ""), "");
}

TEST_F(TlsTest, ReadsTheCertificateAgain) {
  ASSERT_TRUE(testing::write_certificate(folder_.file("cert.pem"), folder_.file("key.pem")));
  hub_->daemon().reload();
  EXPECT_TRUE(testing::http(hub_->port(), "GET", "/v1/hub", {}, {}, true));
  // A broken one is refused, the old one stays.
  std::filesystem::resize_file(folder_.file("cert.pem"), 20);
  hub_->daemon().reload();
  EXPECT_TRUE(testing::http(hub_->port(), "GET", "/v1/hub", {}, {}, true));
}

}  // namespace
}  // namespace parley::hub
