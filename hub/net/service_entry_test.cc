#include "hub/net/service_entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::hub {
namespace {

using ::testing::HasSubstr;

ServiceEntry good() {
  ServiceEntry entry;
  entry.id = "nordlys";
  entry.display_name = "Nordlys";
  entry.jwks_url = "https://nordlys.example/keys";
  return entry;
}

std::string all_problems(const ServiceEntry& entry) {
  std::string all;
  for (const EntryProblem& problem : problems_of(entry)) {
    all += problem.field + ": " + problem.message + "\n";
  }
  return all;
}

TEST(ServiceEntry, NeedsAnIdANameAndKeys) {
  EXPECT_EQ(all_problems(good()), "");
  const std::string all = all_problems(ServiceEntry{});
  EXPECT_THAT(all, HasSubstr("id: "));
  EXPECT_THAT(all, HasSubstr("display_name: missing"));
  EXPECT_THAT(all, HasSubstr("jwks_url: missing"));
}

TEST(ServiceEntry, NamesWhatDoesNotFit) {
  using Change = std::function<void(ServiceEntry&)>;
  const std::pair<Change, const char*> table[] = {
      {[](auto& e) { e.id = "Nordlys"; }, "id: expected"},
      {[](auto& e) { e.id = "a"; }, "id: expected"},
      {[](auto& e) { e.id = "a/b"; }, "id: expected"},
      {[](auto& e) { e.display_name = std::string(65, 'x'); }, "display_name: at most 64"},
      {[](auto& e) { e.display_name = "a\nb"; }, "display_name: expected UTF-8 on one line"},
      {[](auto& e) { e.display_name = "\xff"; }, "display_name: expected UTF-8"},
      {[](auto& e) { e.jwks_url = "http://nordlys.example/keys"; }, "jwks_url: expected https"},
      {[](auto& e) { e.jwks_url = "nordlys.example"; }, "jwks_url: expected a URL"},
      {[](auto& e) { e.push_url = "https://user@x.example/"; }, "push_url: a user name"},
      {[](auto& e) { e.media_base_url = "https://x.example/a"; }, "media_base_url: must end in /"},
      {[](auto& e) { e.media_base_url = "https://x.example/?a/"; }, "no query"},
      {[](auto& e) { e.state = wire::channel::ProviderState::suspended; }, "state_reason: missing"},
      {[](auto& e) { e.sandbox_accounts.assign(33, "alice"); }, "sandbox_accounts: at most 32"},
      {[](auto& e) { e.logo = Bytes(100, 1); }, "logo: expected a PNG"},
      {[](auto& e) { e.logo.assign(kMaxLogoBytes + 1, 0); }, "logo: at most 64 KiB"},
      {[](auto& e) { e.data_policy.retention = std::string(513, 'x'); }, "data_policy.retention"},
      {[](auto& e) { e.contact = std::string(257, 'x'); }, "contact: at most 256"},
  };
  for (const auto& [change, says] : table) {
    ServiceEntry entry = good();
    change(entry);
    EXPECT_THAT(all_problems(entry), HasSubstr(says));
  }
  ServiceEntry far = good();
  far.jwks_url = "https://nordlys.example/" + std::string(1000, 'x');
  EXPECT_EQ(far.jwks_url.size(), 1024u);
  EXPECT_EQ(all_problems(far), "");
  far.jwks_url += 'x';
  far.push_url = far.jwks_url;
  far.media_base_url = far.jwks_url + '/';
  EXPECT_EQ(all_problems(far),
            "jwks_url: at most 1024 bytes\npush_url: at most 1024 bytes\n"
            "media_base_url: at most 1024 bytes\n");
  ServiceEntry beside = good();
  beside.allow_private_addresses = true;
  beside.jwks_url = "http://127.0.0.1:8500/keys";
  EXPECT_EQ(all_problems(beside), "");
}

TEST(ServiceEntry, EntersEachFieldByItsNameAndGivesItBack) {
  const std::pair<const char*, EnteredValue> table[] = {
      {"id", std::string("x")},
      {"id_form", std::string("phone")},
      {"protection", std::string("to_connector")},
      {"features", std::vector<std::string>{"reply", "delete"}},
      {"state", std::string("sandbox")},
      {"new_people_a_day", std::int64_t{7}},
      {"sandbox_accounts", std::vector<std::string>{"alice"}},
      {"allow_private_addresses", true},
      {"data_policy.who_can_read", std::string("Nobody.")},
  };
  ServiceEntry entry;
  for (const EntryField& field : entry_fields(entry)) {
    for (const auto& [name, value] : table) {
      if (field.name != name) continue;
      EXPECT_TRUE(enter(field, value)) << name;
      EXPECT_EQ(entered(field), value) << name;
    }
  }
  EXPECT_EQ(entry.features.size(), 2u);
  EXPECT_EQ(entry.id_form, wire::channel::IdForm::phone);
}

TEST(ServiceEntry, SaysWhatAFieldAccepts) {
  const std::tuple<const char*, EnteredValue, const char*> table[] = {
      {"id", true, "a text"},
      {"id_form", std::string("PHONE"), "one of phone, email, username"},
      {"id_form", std::string("id_form_unspecified"), "one of phone"},
      {"state", std::int64_t{1}, "one of applied, sandbox, live, suspended"},
      {"features", std::vector<std::string>{"telepathy"}, "only reply, reaction"},
      {"features", std::string("reply"), "a list"},
      {"new_people_a_day", std::int64_t{-1}, "from 0"},
      {"new_people_a_day", std::string("many"), "a whole number"},
      {"allow_private_addresses", std::string("yes"), "true or false"},
      {"sandbox_accounts", true, "a list of texts"},
  };
  ServiceEntry entry;
  for (const auto& [name, value, says] : table) {
    for (const EntryField& field : entry_fields(entry)) {
      if (field.name != name) continue;
      const Status taken = enter(field, value);
      ASSERT_FALSE(taken) << name;
      EXPECT_THAT(taken.error().detail, HasSubstr(says)) << name;
    }
  }
}

}  // namespace
}  // namespace parley::hub
