#include "hub/daemon/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace parley::hub {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string file_text(const std::string& name) {
  std::ifstream in(name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string all_problems(const std::string& text) {
  std::string all;
  for (const ConfigProblem& problem : parse_config(text).problems) {
    all += describe(problem, "f") + "\n";
  }
  return all;
}

TEST(Config, IsValidWhenEmpty) { EXPECT_EQ(all_problems(""), ""); }

TEST(Config, TakesEveryKindOfField) {
  const auto parsed = parse_config(R"(
listen = "[::1]:9000"
[accounts]
open_registration = false
[limits]
max_connections = 1_000
[proxy]
trusted = ["10.0.0.0/8", "::1"]
[timeouts]
stall_s = 7
[storage]
commit_delay_ms = 0
[mailboxes]
max_mib = 2
days = 3
[quotas]
sign_ups = { burst = 5, per_minute = 0.5 }
)");
  ASSERT_THAT(parsed.problems, IsEmpty());
  EXPECT_EQ(parsed.config.net.listen, "[::1]:9000");
  EXPECT_FALSE(parsed.config.engine.open_registration);
  EXPECT_EQ(parsed.config.net.max_connections, 1'000u);
  EXPECT_EQ(parsed.config.net.trusted_proxies.size(), 2u);
  EXPECT_EQ(parsed.config.net.stall_timeout, seconds(7));
  EXPECT_EQ(parsed.config.engine.commit_delay, milliseconds(0));
  EXPECT_EQ(parsed.config.engine.max_mailbox_bytes, 2u * 1024 * 1024);
  EXPECT_EQ(parsed.config.engine.mailbox_lifetime, days(3));
  EXPECT_EQ(parsed.config.engine.quotas.sign_ups.burst, 5);
  EXPECT_EQ(parsed.config.engine.quotas.sign_ups.per_minute, 0.5);
}

TEST(Config, NamesFieldAndLineOfWhatIsWrong) {
  const struct {
    const char *text, *says;
  } table[] = {
      {"\nlistn = \"x\"", "f:2: listn: there is no such field; did you mean listen?"},
      {"[limits]\nmax_conections = 1",
       "f:2: limits.max_conections: there is no such field; did you mean limits.max_connections?"},
      {"[net]\nmax_connections = 1", "f:1: net: there is no such field"},
      {"[timeouts]\n\n\nlevel = \"info\"",
       "f:4: timeouts.level: there is no such field; did you mean log.level?"},
      {"completely_different = 1", "f:1: completely_different: there is no such field\n"},
      {"listen = 8420", "f:1: listen: expected a text in quotes"},
      {"listen = \"8420\"", "f:1: listen: expected ADDRESS:PORT"},
      {"listen = \"127.0.0.1:99999\"", "f:1: listen: the port must be"},
      {"listen = \"example.org:80\"", "f:1: listen: expected an IP address"},
      {"listen = \"::1:80\"", "f:1: listen: an IPv6 address needs brackets"},
      {"listen = \"0.0.0.0:80\"", "f:1: listen: without TLS"},
      {"[log]\nlevel = \"loud\"", "f:2: log.level: expected one of \"debug\""},
      {"[limits]\nmax_connections = 0",
       "f:2: limits.max_connections: expected a whole number from 1"},
      {"[limits]\nmax_connections = 1.5", "f:2: limits.max_connections: expected a whole number"},
      {"[limits]\nmax_connections = \"many\"", "f:2: limits.max_connections: expected a whole"},
      {"limits = 3", "f:1: limits: there is no such field"},
      {"[timeouts]\nstall_s = -1", "f:2: timeouts.stall_s: expected a whole number from 1 to 3600"},
      {"[accounts]\nopen_registration = 1", "f:2: accounts.open_registration: expected true or"},
      {"[proxy]\ntrusted = \"10.0.0.1\"", "f:2: proxy.trusted: expected a list"},
      {"[proxy]\ntrusted = [1]", "f:2: proxy.trusted: expected only texts"},
      {"[proxy]\ntrusted = [\"10.0.0.0/33\"]", "f:2: proxy.trusted: \"10.0.0.0/33\" is no"},
      {"[quotas]\nsends = 5", "f:2: quotas.sends: there is no such field"},
      {"[quotas.sends]\nburst = 0", "f:2: quotas.sends.burst: expected a number from 1"},
      {"[tls]\ncertificate = \"a.pem\"", "f:2: tls.certificate: certificate and key belong"},
      {"[tls]\nkey = \"a.pem\"", "f:2: tls.key: certificate and key belong together"},
      {"listen = ", "f:1: "},
      {"[a\n", "f:1: "},
      {"data = \"\"", "f:1: data: expected a folder"},
      {"listen = \"a\"\nlisten = \"b\"", "f:2: "},
  };
  for (const auto& row : table)
    EXPECT_THAT(all_problems(row.text), HasSubstr(row.says)) << row.text;
}

TEST(Config, ListsEverythingThatIsWrongInTheOrderOfTheFile) {
  EXPECT_EQ(all_problems("foo = 1\n[log]\nlevel = 3\nformat = 4\n"),
            "f:1: foo: there is no such field\n"
            "f:3: log.level: expected a text in quotes\n"
            "f:4: log.format: expected a text in quotes\n");
}

TEST(Config, SaysThatAFileCannotBeRead) {
  const auto parsed = load_config("/nonexistent/parleyd.toml");
  ASSERT_EQ(parsed.problems.size(), 1u);
  EXPECT_THAT(describe(parsed.problems[0], "x.toml"), HasSubstr("x.toml: cannot be read: No such"));
  EXPECT_EQ(load_config("/").problems.size(), 1u);
}

TEST(Config, ChecksTheCertificateWhenAFileIsLoaded) {
  EXPECT_THAT(all_problems("[tls]\ncertificate = \"/no/c\"\nkey = \"/no/k\""), "");
}

constexpr char kProvider[] =
    "[[provider]]\nid = \"nordlys\"\ndisplay_name = \"Nordlys\"\n"
    "jwks_url = \"https://n.example/keys\"\n";

TEST(Config, TakesProviders) {
  const auto parsed = parse_config(std::string(kProvider) +
                                   "features = [\"reply\"]\nstate = \"live\"\n"
                                   "[provider.data_policy]\nretention = \"A day.\"\n"
                                   "[[provider]]\nid = \"other\"\ndisplay_name = \"O\"\n"
                                   "jwks_url = \"https://o.example/\"\n");
  ASSERT_THAT(parsed.problems, IsEmpty());
  ASSERT_EQ(parsed.config.providers.size(), 2u);
  EXPECT_EQ(parsed.config.providers[0].data_policy.retention, "A day.");
  EXPECT_EQ(parsed.config.providers[0].state, wire::channel::ProviderState::live);
  EXPECT_EQ(parsed.config.providers[1].id, "other");
}

TEST(Config, NamesFieldAndLineOfWhatIsWrongInAProvider) {
  const std::pair<std::string, const char*> table[] = {
      {"jwks_ur = \"x\"\n",
       "f:5: provider.jwks_ur: there is no such field; did you mean jwks_url?"},
      {"state = \"asleep\"\n", "f:5: provider.state: expected one of applied"},
      {"state = 5\n", "f:5: provider.state: expected one of"},
      {"features = \"reply\"\n", "f:5: provider.features: expected a list"},
      {"features = [1]\n", "f:5: provider.features: expected another kind"},
      {"push_url = \"http://n.example/\"\n", "f:5: provider.push_url: expected https"},
      {"state = \"suspended\"\n", "f:1: provider.state_reason: missing"},
      {"logo = 5\n", "f:5: provider.logo: expected the name"},
      {"[provider.data_policy]\nretain = \"\"\n", "f:6: provider.data_policy.retain: there is no"},
      {kProvider, "f:5: provider.id: is there twice"},
  };
  for (const auto& [more, says] : table) {
    EXPECT_THAT(all_problems(kProvider + more), HasSubstr(says)) << more;
  }
  EXPECT_THAT(all_problems("[[provider]]\n"), HasSubstr("f:1: provider.id: expected 2 to 32"));
  EXPECT_THAT(all_problems("[provider]\nid = \"x\"\n"), HasSubstr("begin with [[provider]]"));
  EXPECT_THAT(all_problems("provider = [1]\n"), HasSubstr("begin with [[provider]]"));
  EXPECT_THAT(all_problems("provider = []\n"), HasSubstr("begin with [[provider]]"));
}

TEST(Config, DocumentationHasTheTableOfAProvidersFields) {
  EXPECT_THAT(file_text("docs/configuration.md"), HasSubstr(provider_table()));
}

TEST(Config, TheExamplesProviderIsOne) {
  std::string text = example_config();
  for (std::size_t at = text.find("\n#[[provider]]"); at != std::string::npos;
       at = text.find("\n#", at + 1)) {
    text.erase(at + 1, 1);
  }
  const auto parsed = parse_config(text);
  EXPECT_EQ(all_problems(text), "");
  ASSERT_EQ(parsed.config.providers.size(), 1u);
  EXPECT_EQ(parsed.config.providers[0].id, "nordlys");
}

TEST(Config, DefaultsAreWithinTheirOwnBounds) { EXPECT_EQ(all_problems(example_config()), ""); }

TEST(Config, ExampleFileListsEveryFieldWithItsDefault) {
  // To bring it up to date: parleyd example-config > parleyd.example.toml
  EXPECT_EQ(file_text("parleyd.example.toml"), example_config());
}

TEST(Config, DocumentationHasTheTableOfAllFields) {
  EXPECT_THAT(file_text("docs/configuration.md"), HasSubstr(config_table()));
}

}  // namespace
}  // namespace parley::hub
