// The operator's desk on a running hub, through its admin socket: services and what they count,
// suspensions over restarts, reports page by page.
#include "hub/daemon/engine_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <future>

#include "hub/daemon/admin_client.h"
#include "hub/daemon/hub_for_tests.h"
#include "hub/net/admin_json.h"
#include "hub/net/clock.h"
#include "hub/net/testing/http_peer.h"
#include "hub/net/testing/people.h"
#include "hub/store/sqlite_store.h"
#include "lib/base/encoding.h"
#include "lib/crypto/ed25519.h"
#include "lib/crypto/system_random.h"
#include "lib/json/setup_json.h"

namespace parley::hub {
namespace {

namespace bj = boost::json;
namespace wc = wire::channel;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using State = wc::ProviderState;

class EngineDeskTest : public ::testing::Test {
 protected:
  EngineDeskTest() : config_(test_config(folder_.file("data"))) {}

  void start() {
    hub_.reset();
    hub_.emplace(config_);
    ASSERT_TRUE(hub_->opened()) << hub_->opened().error().detail;
  }
  // The answer as text; a failure's detail.
  std::string ask(const std::string& method, const std::string& target,
                  const std::string& body = {}) {
    const auto answer = AdminClient(config_.data).ask(method, target, body);
    return answer ? bj::serialize(*answer) : answer.error().detail;
  }
  bj::object nordlys() {
    const auto answer = AdminClient(config_.data).ask("GET", "/providers/nordlys");
    return answer ? *answer : bj::object{{"state", answer.error().detail}};
  }
  std::string state() { return text_in(nordlys(), "state"); }
  std::int64_t count(const char* name) {
    return nordlys()["counts"].at(name).to_number<std::int64_t>();
  }
  std::string set_state(const std::string& state, const std::string& reason = {}) {
    return ask("POST", "/providers/nordlys/state",
               R"({"state":")" + state + R"(","reason":")" + reason + "\"}");
  }
  static ServiceEntry entry(State state) {
    ServiceEntry entry;
    entry.id = "nordlys";
    entry.display_name = "Nordlys";
    entry.jwks_url = "https://nordlys.example/keys";
    entry.state = state;
    if (state == State::suspended) entry.state_reason = "Its block says so.";
    return entry;
  }
  std::string add(const ServiceEntry& entry) {
    return ask("POST", "/providers", bj::serialize(to_admin_json(entry)));
  }

  TemporaryFolder folder_;
  DaemonConfig config_;
  std::optional<HubForTests> hub_;
};

TEST_F(EngineDeskTest, KeepsWhatWasAddedUntilItIsRemoved) {
  start();
  EXPECT_EQ(state(), "no service has this id");
  ServiceEntry added = entry(State::sandbox);
  added.sandbox_accounts = {"alice"};
  EXPECT_EQ(add(added), "{}");
  start();
  EXPECT_EQ(state(), "sandbox");
  added.display_name = "Northern Lights";
  EXPECT_EQ(add(added), "{}");
  EXPECT_EQ(text_in(nordlys(), "display_name"), "Northern Lights");
  EXPECT_EQ(ask("DELETE", "/providers/nordlys"), "{}");
  EXPECT_EQ(state(), "no service has this id");
  EXPECT_EQ(ask("DELETE", "/providers/nordlys"), "no service has this id");
  start();
  EXPECT_EQ(state(), "no service has this id");
}

TEST_F(EngineDeskTest, ResumingBringsBackWhatWasBefore) {
  start();
  add(entry(State::sandbox));
  EXPECT_THAT(set_state("resumed"), HasSubstr("it is not suspended but sandbox"));
  EXPECT_EQ(set_state("suspended", "Spam."), "{}");
  EXPECT_EQ(set_state("suspended", "More spam."), "{}");
  start();
  EXPECT_EQ(state(), "suspended");
  EXPECT_EQ(text_in(nordlys(), "state_reason"), "More spam.");
  // Changing something else of it changes nothing of that.
  ServiceEntry changed = entry(State::suspended);
  changed.push_url = "https://nordlys.example/push";
  EXPECT_EQ(add(changed), "{}");
  EXPECT_EQ(set_state("resumed"), R"({"state":"sandbox"})");
  EXPECT_EQ(state(), "sandbox");
  EXPECT_EQ(text_in(nordlys(), "state_reason"), "");
}

TEST_F(EngineDeskTest, ASuspensionByCommandOutlivesWhatTheBlockSays) {
  config_.providers = {entry(State::live)};
  start();
  EXPECT_EQ(set_state("suspended", "Spam."), "{}");
  config_.providers = {entry(State::sandbox)};
  start();
  EXPECT_EQ(state(), "suspended");
  EXPECT_EQ(text_in(nordlys(), "state_reason"), "Spam.");
  EXPECT_EQ(set_state("resumed"), R"({"state":"sandbox"})") << "as its block says now";
  start();
  EXPECT_EQ(state(), "sandbox");
}

TEST_F(EngineDeskTest, ASuspensionByItsBlockAloneEndsWithIt) {
  config_.providers = {entry(State::suspended)};
  start();
  EXPECT_EQ(state(), "suspended");
  EXPECT_THAT(set_state("resumed"), HasSubstr("its block in the configuration file"));
  config_.providers = {entry(State::live)};
  start();
  EXPECT_EQ(state(), "live");
  EXPECT_EQ(text_in(nordlys(), "state_reason"), "");
}

// A person of the service enlists and another one's token is forged: both are counted.
TEST_F(EngineDeskTest, CountsWhatAServicesPeopleDo) {
  crypto::SystemRandom random;
  const auto key = crypto::Ed25519KeyPair::from_seed(random.secret<32>());
  const auto device = crypto::Ed25519KeyPair::from_seed(random.secret<32>());
  const testing::HttpPeer peer([&](const testing::PeerRequest&) {
    return testing::PeerReply{.body = R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":")" +
                                      base64url_encode(key.public_key) + "\"}]}"};
  });
  ServiceEntry beside = entry(State::live);
  beside.jwks_url = peer.url("/keys");
  beside.allow_private_addresses = true;
  config_.providers = {beside};
  start();
  const auto hub =
      json::from_json<wire::setup::HubInfo>(testing::http(hub_->port(), "GET", "/v1/hub")->body);
  const auto now = wall_now().ms / 1000;
  const std::string claims =
      R"({"iss":"nordlys","sub":"bob","jti":"t1","aud":")" + HubId::from(hub->hub_id)->text() +
      R"(","iat":)" + std::to_string(now) + R"(,"exp":)" + std::to_string(now + 600) +
      R"(,"cnf":{"jkt":")" + base64url_encode(jose::ed25519_thumbprint(device.public_key)) + "\"}}";
  const std::string covered = base64url_encode(as_bytes(R"({"alg":"EdDSA","kid":"k"})")) + "." +
                              base64url_encode(as_bytes(claims));
  const auto enlist = [&](const crypto::Ed25519KeyPair& signer) {
    wire::setup::Enlist request;
    request.provider_id = "nordlys";
    const std::string token =
        covered + "." + base64url_encode(crypto::sign_ed25519(signer, as_bytes(covered)));
    request.token = SecretBuffer(as_bytes(token));
    request.device = wire::setup::NewDevice{
        .registration_id = 5,
        .identity_key = to_bytes(crypto::KeyPair::generate(random).public_key.serialize()),
        .name = {}};
    request.device_auth_key = to_bytes(device.public_key);
    const auto reply =
        testing::http(hub_->port(), "POST", "/v1/enlistments", json::to_json(request).value());
    return reply ? reply->status : 0;
  };
  EXPECT_EQ(enlist(device), 401) << "forged";
  EXPECT_EQ(enlist(key), 200);
  EXPECT_EQ(count("enlistments"), 1);
  EXPECT_EQ(count("tokens_accepted"), 1);
  EXPECT_EQ(count("tokens_refused"), 1);
  EXPECT_EQ(count("key_fetches"), 1);
  EXPECT_EQ(count("key_fetch_failures"), 0);
}

class StoredReportsTest : public EngineDeskTest {
 protected:
  // Three reporters' reports of two accused, one of them of the service, and the first contacts
  // of today.
  void store_reports(int many) {
    start();
    add(entry(State::live));
    hub_.reset();
    std::promise<void> written;
    auto store = SqliteStore::open((folder_.path() / "data" / "hub.db").string(),
                                   [](const std::function<void()>& work) { work(); });
    ASSERT_TRUE(store) << store.error().detail;
    auto batch = std::make_shared<WriteBatch>();
    for (int i = 0; i < 40; ++i) {
      batch->push_back(op::AddFirstContact{"nordlys", wall_now().ms / days(1).ms});
    }
    for (int i = 0; i < many; ++i) {
      ReportRecord report;
      report.reporter.bytes[0] = static_cast<std::uint8_t>(1 + i % 3);
      report.accused.bytes[0] = static_cast<std::uint8_t>(100 + i % 2);
      report.provider = i % 2 == 0 ? "nordlys" : "";
      report.proven = i == 0;
      report.received = wall_now();
      report.report.report_id = Bytes(16, static_cast<std::uint8_t>(i));
      report.report.reason = wc::ReportReason::scam;
      report.report.comment = "number " + std::to_string(i);
      batch->push_back(op::Boxed(op::PutReport{report, 1'000}));
    }
    (*store)->commit(batch, [&](const Result<CommitReplies>& done) {
      EXPECT_TRUE(done);
      written.set_value();
    });
    written.get_future().wait();
    store->reset();
    start();
  }
  // How long the pages are, from the first to the last.
  std::vector<std::size_t> pages(const std::string& filter) {
    std::vector<std::size_t> sizes;
    std::int64_t last = 0;
    std::string after;
    do {
      const auto page = AdminClient(config_.data).ask("GET", "/reports?after=" + after + filter);
      if (!page) return {};
      const bj::array& reports = page->at("reports").as_array();
      sizes.push_back(reports.size());
      for (const bj::value& each : reports) {
        const std::int64_t number = std::stoll(text_in(each.as_object(), "id"));
        EXPECT_GT(number, last) << "each once, in order";
        last = number;
      }
      after = text_in(*page, "next");
    } while (!after.empty() && sizes.size() < 10);
    return sizes;
  }
};

TEST_F(StoredReportsTest, AreListedPageByPage) {
  store_reports(120);
  EXPECT_THAT(pages(""), ElementsAre(50, 50, 20));
  EXPECT_THAT(pages("&provider=nordlys"), ElementsAre(50, 10));
  EXPECT_EQ(ask("POST", "/reports/1/resolution", R"({"resolution":"upheld","note":"n"})"), "{}");
  EXPECT_THAT(pages("&open=1"), ElementsAre(50, 50, 19));
  EXPECT_THAT(pages("&open=0"), ElementsAre(50, 50, 20));
  EXPECT_THAT(ask("GET", "/reports?after=x"), HasSubstr("expected a report's id"));
  EXPECT_THAT(ask("GET", "/reports/2"), HasSubstr(R"("comment":"number 1")"));
  EXPECT_EQ(ask("GET", "/reports/121"), "no report has this id");
}

TEST_F(StoredReportsTest, CountAgainstTheService) {
  store_reports(2);
  EXPECT_EQ(count("first_contacts_today"), 40);
  EXPECT_EQ(count("first_contacts_7_days"), 40);
  EXPECT_EQ(count("reports_7_days"), 1);
  EXPECT_EQ(count("trust_percent"), 50);
  EXPECT_EQ(count("first_contacts_allowed_today"), 500);
}

}  // namespace
}  // namespace parley::hub
