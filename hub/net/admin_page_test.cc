#include "hub/net/admin_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/net/testing/fake_desk.h"
#include "lib/crypto/system_random.h"

namespace parley::hub {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Knows one password; answers at once, or when it is told to.
class FakeHasher final : public PasswordHasher {
 public:
  void hash(SecretBuffer, Completion<Result<std::string>>) override {}
  void verify(std::string encoded, SecretBuffer password, Completion<Result<bool>> done) override {
    ++asked;
    if (held) return waiting.push_back(std::move(done));
    done(as_text(password.view()) == encoded);
  }
  int asked = 0;
  bool held = false;
  std::vector<Completion<Result<bool>>> waiting;
};

class KeptLog final : public Log {
 public:
  void write(LogLevel, LogText event, std::initializer_list<LogFact> facts) override {
    std::string line(event.text);
    for (const LogFact& fact : facts) {
      line += " " + std::string(fact.name) + "=";
      if (const auto* text = std::get_if<std::string_view>(&fact.value)) line += *text;
    }
    lines.push_back(line);
  }
  std::vector<std::string> lines;
};

constexpr char kHere[] = "http://127.0.0.1:8421";
constexpr char kRight[] = R"({"password":"the right password"})";
constexpr char kWrong[] = R"({"password":"a wrong password"})";

class AdminPageTest : public ::testing::Test {
 protected:
  AdminPageTest() {
    ServiceEntry entry;
    entry.id = "nordlys";
    entry.display_name = "<img src=x onerror=alert(1)>";
    desk_.put_service(entry, [](Status) {});
    desk_.kept_reports = {testing::some_report("r1")};
  }

  AdminRequest request(const std::string& method, const std::string& target,
                       const std::string& body = {}) const {
    return {.method = method,
            .target = target,
            .body = body,
            .cookie = cookie_,
            .host = "127.0.0.1:8421",
            .origin = method == "GET" ? "" : kHere,
            .fetch_site = "same-origin",
            .mark = "acting",
            .accept_encoding = "",
            .if_none_match = "",
            .from = AddressBucket{7}};
  }
  Answer ask(AdminRequest what) {
    std::optional<Answer> answer;
    page_.handle(std::move(what), now_, [&](Answer got) { answer = std::move(got); });
    EXPECT_TRUE(answer);
    return answer.value_or(Answer{});
  }
  Answer ask(const std::string& method, const std::string& target, const std::string& body = {}) {
    return ask(request(method, target, body));
  }
  static std::string set_cookie(const Answer& answer) {
    for (const auto& [name, value] : answer.headers) {
      if (name == "Set-Cookie") return value;
    }
    return {};
  }
  void log_in() {
    const Answer answer = ask("POST", "/admin/api/login", kRight);
    ASSERT_EQ(answer.status, 200) << answer.body;
    const std::string cookie = set_cookie(answer);
    cookie_ = "other=1; " + cookie.substr(0, cookie.find(';'));
  }
  int state_of_session() { return ask("GET", "/admin/api/providers").status; }

  testing::FakeDesk desk_;
  AdminApi api_{desk_};
  FakeHasher hasher_;
  crypto::SystemRandom random_;
  HubHistory history_;
  KeptLog log_;
  Time now_{1'000'000};
  std::string cookie_;
  AdminPage page_{{.api = api_,
                   .passwords = hasher_,
                   .random = random_,
                   .history = history_,
                   .read =
                       [](const Completion<HubHistory::Now>& done) {
                         HubHistory::Now now;
                         now.hub.resize(HubHistory::hub_measures().size());
                         now.services["nordlys"].resize(HubHistory::service_measures().size());
                         done(now);
                       },
                   .log = log_},
                  "the right password"};
};

TEST_F(AdminPageTest, GivesNothingToThoseWhoAreNotLoggedIn) {
  for (const char* target : {"/admin/api/providers", "/admin/api/reports", "/admin/api/reports/r1",
                             "/admin/api/history?service=&span=day", "/admin/api/nothing"}) {
    const Answer answer = ask("GET", target);
    EXPECT_EQ(answer.status, 401) << target;
    EXPECT_THAT(answer.body, Not(HasSubstr("nordlys")));
  }
  cookie_ = "parley-admin=";
  EXPECT_EQ(state_of_session(), 401);
  cookie_ = "parley-admin=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  EXPECT_EQ(state_of_session(), 401);
  EXPECT_EQ(ask("POST", "/admin/api/providers/nordlys/state", R"({"state":"live"})").status, 401);
  EXPECT_EQ(ask("POST", "/admin/api/logout", "{}").status, 401);
}

TEST_F(AdminPageTest, LogsInWithTheRightPasswordAndOut) {
  EXPECT_EQ(ask("POST", "/admin/api/login", kWrong).status, 401);
  EXPECT_EQ(ask("POST", "/admin/api/login", "{}").status, 400);
  EXPECT_EQ(ask("POST", "/admin/api/login", "[").status, 400);
  EXPECT_EQ(ask("GET", "/admin/api/login", kRight).status, 401);
  log_in();
  const Answer list = ask("GET", "/admin/api/providers");
  EXPECT_EQ(list.status, 200);
  EXPECT_EQ(list.cache_control, "no-store");
  EXPECT_EQ(list.content_type, "application/json");
  EXPECT_THAT(ask("GET", "/admin/api/reports/r1").body, HasSubstr("mallory@nordlys"));
  const Answer out = ask("POST", "/admin/api/logout", "{}");
  EXPECT_EQ(out.status, 200);
  EXPECT_THAT(set_cookie(out), AllOf(StartsWith("parley-admin=;"), HasSubstr("Max-Age=0")));
  EXPECT_EQ(state_of_session(), 401);
  EXPECT_THAT(log_.lines, ElementsAre("admin_login_refused", "admin_login"));
}

TEST_F(AdminPageTest, KeepsTheTokenFromScriptsAndOtherSites) {
  const std::string cookie = set_cookie(ask("POST", "/admin/api/login", kRight));
  EXPECT_THAT(cookie, AllOf(HasSubstr("; HttpOnly"), HasSubstr("; SameSite=Strict"),
                            HasSubstr("; Path=/admin;"), Not(HasSubstr("Secure"))));
  // 256 bits.
  EXPECT_EQ(cookie.find(';') - cookie.find('=') - 1, 43u);
  AdminRequest by_tls = request("POST", "/admin/api/login", kRight);
  by_tls.encrypted = true;
  EXPECT_THAT(set_cookie(ask(by_tls)), HasSubstr("; Secure"));
  AdminRequest by_proxy = request("POST", "/admin/api/login", kRight);
  by_proxy.host = "hub.example";
  by_proxy.origin = "https://hub.example";
  EXPECT_THAT(set_cookie(ask(by_proxy)), HasSubstr("; Secure"));
}

TEST_F(AdminPageTest, EndsSessionsThatAreNotUsedAndThoseThatAreOld) {
  log_in();
  now_ = now_ + AdminSessions::kIdleLifetime - milliseconds(1);
  EXPECT_EQ(state_of_session(), 200);
  now_ = now_ + AdminSessions::kIdleLifetime;
  EXPECT_EQ(state_of_session(), 401);
  log_in();
  const Time begun = now_;
  while (now_ + minutes(20) < begun + AdminSessions::kLifetime) {
    now_ = now_ + minutes(20);
    EXPECT_EQ(state_of_session(), 200);
  }
  now_ = begun + AdminSessions::kLifetime;
  EXPECT_EQ(state_of_session(), 401);
}

TEST_F(AdminPageTest, APageThatRefreshesItselfDoesNotKeepItsSession) {
  log_in();
  AdminRequest watching = request("GET", "/admin/api/providers");
  watching.mark = "watching";
  now_ = now_ + AdminSessions::kIdleLifetime - seconds(1);
  EXPECT_EQ(ask(watching).status, 200);
  now_ = now_ + seconds(1);
  EXPECT_EQ(state_of_session(), 401);
}

TEST_F(AdminPageTest, ANewPasswordEndsEverySession) {
  log_in();
  page_.change_password("another password");
  EXPECT_EQ(state_of_session(), 401);
  EXPECT_EQ(ask("POST", "/admin/api/login", kRight).status, 401);
}

TEST_F(AdminPageTest, KeepsAFewSessionsTheOldestGoesFirst) {
  log_in();
  const std::string first = cookie_;
  for (std::size_t i = 0; i < AdminSessions::kMaxSessions; ++i) log_in();
  EXPECT_EQ(state_of_session(), 200);
  cookie_ = first;
  EXPECT_EQ(state_of_session(), 401);
}

TEST_F(AdminPageTest, RefusesWhatOtherPagesAsk) {
  log_in();
  const auto refused = [&](auto change) {
    for (const char* path : {"/admin/api/providers/nordlys/state", "/admin/api/login"}) {
      AdminRequest forged = request("POST", path, R"({"state":"suspended","reason":"r"})");
      change(forged);
      EXPECT_EQ(ask(forged).status, 403) << path;
    }
  };
  refused([](AdminRequest& r) { r.mark = ""; });
  refused([](AdminRequest& r) { r.origin = ""; });
  refused([](AdminRequest& r) { r.origin = "null"; });
  refused([](AdminRequest& r) { r.origin = "http://evil.example"; });
  refused([](AdminRequest& r) { r.origin = "http://127.0.0.1:8420"; });
  refused([](AdminRequest& r) { r.origin = "http://127.0.0.1:8421.evil.example"; });
  refused([](AdminRequest& r) { r.fetch_site = "same-site"; });
  refused([](AdminRequest& r) { r.fetch_site = "cross-site"; });
  AdminRequest read = request("GET", "/admin/api/providers");
  read.fetch_site = "same-site";
  EXPECT_EQ(ask(read).status, 403);
  EXPECT_NE(desk_.kept[0].entry.state, wire::channel::ProviderState::suspended);
}

TEST_F(AdminPageTest, MakesGuessersWaitLongerEachTime) {
  for (int i = 0; i < LoginGuard::kFreeTries; ++i) {
    EXPECT_EQ(ask("POST", "/admin/api/login", kWrong).status, 401);
  }
  std::int64_t before = 0;
  for (int i = 0; i < 14; ++i) {
    const int asked = hasher_.asked;
    // Nor the right one.
    const Answer waits = ask("POST", "/admin/api/login", kRight);
    EXPECT_EQ(waits.status, 429);
    EXPECT_EQ(hasher_.asked, asked);
    EXPECT_TRUE(waits.retry_after_ms == 2 * before || i == 0 ||
                waits.retry_after_ms == LoginGuard::kLongestWait.ms)
        << waits.retry_after_ms;
    before = waits.retry_after_ms;
    now_ = now_ + milliseconds(waits.retry_after_ms);
    EXPECT_EQ(ask("POST", "/admin/api/login", kWrong).status, 401);
  }
  EXPECT_EQ(before, LoginGuard::kLongestWait.ms);
  AdminRequest elsewhere = request("POST", "/admin/api/login", kRight);
  elsewhere.from = AddressBucket{8};
  EXPECT_EQ(ask(elsewhere).status, 200);
  now_ = now_ + LoginGuard::kMemory;
  EXPECT_EQ(ask("POST", "/admin/api/login", kRight).status, 200);
}

TEST_F(AdminPageTest, ChecksFewPasswordsAtATime) {
  hasher_.held = true;
  int answers = 0, overloaded = 0;
  for (int i = 0; i < AdminPage::kMaxChecks + 1; ++i) {
    page_.handle(request("POST", "/admin/api/login", kRight), now_, [&](Answer answer) {
      ++answers;
      overloaded += answer.status == 503 ? 1 : 0;
    });
  }
  EXPECT_EQ(overloaded, 1);
  for (auto& done : hasher_.waiting) done(true);
  EXPECT_EQ(answers, AdminPage::kMaxChecks + 1);
  hasher_.held = false;
  EXPECT_EQ(ask("POST", "/admin/api/login", kRight).status, 200);
}

TEST_F(AdminPageTest, OffersBrowsersOnlyWhatThePageNeeds) {
  log_in();
  const struct {
    const char *method, *target;
  } table[] = {{"POST", "/admin/api/providers"},
               {"DELETE", "/admin/api/providers/nordlys"},
               {"PUT", "/admin/api/providers/nordlys"},
               {"POST", "/admin/api/providers/nordlys"},
               {"GET", "/admin/api/providers/nordlys/state"},
               {"POST", "/admin/api/reports"},
               {"GET", "/admin/api/"},
               {"GET", "/admin/api/../providers"},
               {"POST", "/admin/api/history"}};
  for (const auto& row : table) {
    EXPECT_EQ(ask(row.method, row.target, R"({"id":"x1","display_name":"X"})").status, 404)
        << row.method << row.target;
  }
  EXPECT_EQ(desk_.kept.size(), 1u);
}

TEST_F(AdminPageTest, SuspendsAndSaysSoInTheLog) {
  log_in();
  log_.lines.clear();
  EXPECT_EQ(ask("POST", "/admin/api/providers/nordlys/state", R"({"state":"suspended"})").status,
            400);
  EXPECT_EQ(
      ask("POST", "/admin/api/providers/nobody/state", R"({"state":"suspended","reason":"r"})")
          .status,
      404);
  EXPECT_THAT(log_.lines, ElementsAre());
  EXPECT_EQ(ask("POST", "/admin/api/providers/nordlys/state",
                R"({"state":"suspended","reason":"Keys stolen."})")
                .status,
            200);
  EXPECT_EQ(desk_.kept[0].entry.state_reason, "Keys stolen.");
  // The note may name people.
  EXPECT_EQ(ask("POST", "/admin/api/reports/r1/resolution",
                R"({"resolution":"upheld","note":"asked mallory"})")
                .status,
            200);
  EXPECT_THAT(log_.lines,
              ElementsAre("service_state by=admin page service=nordlys action=suspended "
                          "reason=Keys stolen.",
                          "report_resolved by=admin page report=r1 action=upheld"));
}

TEST_F(AdminPageTest, TellsTheHistoryOfTheHubAndOfAService) {
  log_in();
  EXPECT_THAT(ask("GET", "/admin/api/history?service=&span=day").body,
              AllOf(HasSubstr(R"("step_s":60)"), HasSubstr(R"("deliveries":[0])")));
  EXPECT_THAT(ask("GET", "/admin/api/history?service=nordlys&span=month").body,
              AllOf(HasSubstr(R"("step_s":3600)"), HasSubstr(R"("messages_in":[0])")));
  EXPECT_EQ(ask("GET", "/admin/api/history?service=nobody&span=day").status, 404);
}

}  // namespace
}  // namespace parley::hub
