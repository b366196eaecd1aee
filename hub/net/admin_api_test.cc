#include "hub/net/admin_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/net/testing/fake_desk.h"

namespace parley::hub {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kNordlys[] =
    R"({"id":"nordlys","display_name":"Nordlys","jwks_url":"https://nordlys.example/keys",)"
    R"("features":["reply"],"data_policy":{"retention":"A day."},"logo":"iVBORw0KGgoA"})";

class AdminApiTest : public ::testing::Test {
 protected:
  Answer ask(const std::string& method, const std::string& target, const std::string& body = {}) {
    std::optional<Answer> answer;
    api_.handle(method, target, body, [&](Answer got) { answer = std::move(got); });
    EXPECT_TRUE(answer) << target;
    return answer.value_or(Answer{});
  }

  testing::FakeDesk desk_;
  AdminApi api_{desk_};
};

TEST_F(AdminApiTest, AddsShowsChangesAndRemovesServices) {
  EXPECT_EQ(ask("POST", "/providers", kNordlys).status, 200);
  ASSERT_EQ(desk_.kept.size(), 1u);
  EXPECT_EQ(desk_.kept[0].entry.data_policy.retention, "A day.");
  EXPECT_EQ(desk_.kept[0].entry.logo.size(), 9u);
  const Answer list = ask("GET", "/providers");
  EXPECT_THAT(list.body, HasSubstr(R"("id":"nordlys")"));
  EXPECT_THAT(list.body, HasSubstr(R"("logo_bytes":9)"));
  EXPECT_THAT(list.body, HasSubstr(R"("connected":3)"));
  EXPECT_THAT(list.body, Not(HasSubstr(R"("logo":)")));
  EXPECT_THAT(ask("GET", "/providers/nordlys").body, HasSubstr(R"("logo":"iVBORw0KGgoA")"));
  EXPECT_EQ(ask("POST", "/providers/nordlys/state", R"({"state":"live"})").status, 200);
  EXPECT_EQ(desk_.kept[0].entry.state, wire::channel::ProviderState::live);
  EXPECT_EQ(ask("POST", "/providers/nordlys/state", R"({"state":"suspended","reason":"r"})").body,
            "{}");
  EXPECT_EQ(desk_.kept[0].entry.state_reason, "r");
  EXPECT_EQ(ask("POST", "/providers/nordlys/state", R"({"state":"resumed"})").body,
            R"({"state":"live"})");
  EXPECT_EQ(desk_.kept[0].entry.state, wire::channel::ProviderState::live);
  EXPECT_EQ(ask("DELETE", "/providers/nordlys").status, 200);
  EXPECT_TRUE(desk_.kept.empty());
}

TEST_F(AdminApiTest, WhatItShowsCanBeEnteredAgain) {
  ask("POST", "/providers", kNordlys);
  const ServiceEntry before = desk_.kept[0].entry;
  EXPECT_EQ(ask("POST", "/providers", ask("GET", "/providers/nordlys").body).status, 200);
  ServiceEntry copy = before, again = desk_.kept[0].entry;
  const auto was = entry_fields(copy), is = entry_fields(again);
  for (std::size_t i = 0; i < was.size(); ++i) EXPECT_EQ(entered(was[i]), entered(is[i]));
  EXPECT_EQ(again.logo, before.logo);
}

TEST_F(AdminApiTest, ListsShowsAndResolvesReports) {
  desk_.kept_reports = {testing::some_report("r1"), testing::some_report("r2")};
  desk_.next_page = "r2";
  const Answer list = ask("GET", "/reports?open=0&provider=nordlys&after=r0");
  EXPECT_THAT(list.body, HasSubstr(R"("next":"r2")"));
  EXPECT_EQ(desk_.last_filter.provider, "nordlys");
  EXPECT_EQ(desk_.last_filter.after, "r0");
  EXPECT_FALSE(desk_.last_filter.open_only);
  EXPECT_THAT(ask("GET", "/reports/r1").body,
              AllOf(HasSubstr(R"("content":"AQID")"), HasSubstr(R"("text":"Buy now")")));
  EXPECT_EQ(ask("POST", "/reports/r1/resolution", R"({"resolution":"upheld","note":"n"})").status,
            200);
  EXPECT_EQ(desk_.kept_reports[0].resolution, "upheld");
  EXPECT_THAT(ask("GET", "/reports").body, Not(HasSubstr(R"("id":"r1")")));
  EXPECT_TRUE(desk_.last_filter.open_only);
}

TEST_F(AdminApiTest, SaysWhatIsWrong) {
  const struct {
    const char *method, *target, *body;
    int status;
    const char* says;
  } table[] = {
      {"GET", "/", "", 404, "no such endpoint"},
      {"GET", "/providersx", "", 404, "no such endpoint"},
      {"PUT", "/providers", kNordlys, 404, "no such endpoint"},
      {"DELETE", "/providers", "", 404, "no such endpoint"},
      {"GET", "/providers/nobody", "", 404, "UNKNOWN_PROVIDER"},
      {"DELETE", "/providers/nobody", "", 404, "UNKNOWN_PROVIDER"},
      {"POST", "/providers/nobody/state", R"({"state":"live"})", 404, "UNKNOWN_PROVIDER"},
      {"POST", "/providers/nobody/state", R"({"state":"resumed"})", 404, "UNKNOWN_PROVIDER"},
      {"POST", "/providers/nobody/state", R"({"state":"asleep"})", 400, "expected applied"},
      {"POST", "/providers/nobody/state", R"({"state":"suspended"})", 400, "reason: missing"},
      {"POST", "/providers/nobody/state", "[]", 400, "expected a JSON object"},
      {"POST", "/providers", "", 400, "expected a JSON object"},
      {"POST", "/providers", "{}", 400, "id: expected"},
      {"POST", "/providers", R"({"id":5})", 400, "id: expected a text"},
      {"POST", "/providers", R"({"id":{}})", 400, "id: expected another kind"},
      {"POST", "/providers", R"({"logo":"*"})", 400, "logo: expected base64"},
      {"GET", "/reports/x", "", 404, "no report has this id"},
      {"POST", "/reports/x/resolution", R"({"resolution":"maybe"})", 400, "upheld or dismissed"},
      {"POST", "/reports/x/resolution", R"({"resolution":"upheld"})", 404, "no report"},
  };
  for (const auto& row : table) {
    const Answer answer = ask(row.method, row.target, row.body);
    EXPECT_EQ(answer.status, row.status) << row.method << row.target;
    EXPECT_THAT(answer.body, HasSubstr(row.says)) << row.method << row.target;
  }
}

}  // namespace
}  // namespace parley::hub
