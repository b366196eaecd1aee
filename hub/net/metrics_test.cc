#include "hub/net/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

namespace parley::hub {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, AreWhatPrometheusReads) {
  const std::regex comment("# (HELP|TYPE) [a-z_]+ .+");
  const std::regex sample("([a-z_]+)(\\{[a-z]+=\"[^\"]+\"\\})? [0-9]+");
  std::istringstream lines(metrics_text({}, {}));
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(std::regex_match(line, comment) || std::regex_match(line, sample)) << line;
    EXPECT_TRUE(seen.insert(line).second) << "twice: " << line;
  }
}

TEST(Metrics, HistogramsAreCumulative) {
  Statistics statistics;
  statistics.accept_ms.add(1);
  statistics.accept_ms.add(3);
  statistics.accept_ms.add(1'000'000'000);
  const std::string text = metrics_text(statistics, {});
  EXPECT_THAT(text, HasSubstr("parley_hub_accept_milliseconds_bucket{le=\"1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("parley_hub_accept_milliseconds_bucket{le=\"4\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("parley_hub_accept_milliseconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("parley_hub_accept_milliseconds_count 3\n"));
}

TEST(Metrics, CountByServiceAndNameNobody) {
  NetStatistics net;
  net.services["nordlys"] = {.key_fetches = 2, .pushes_sent = 5, .push_problem = "in words"};
  net.services["other"].pushes_sent = 7;
  const std::string text = metrics_text({}, net);
  EXPECT_THAT(text, HasSubstr("# TYPE parley_hub_service_pushes_sent_total counter\n"
                              "parley_hub_service_pushes_sent_total{provider=\"nordlys\"} 5\n"
                              "parley_hub_service_pushes_sent_total{provider=\"other\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("parley_hub_service_key_fetches_total{provider=\"nordlys\"} 2\n"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("in words")));
}

}  // namespace
}  // namespace parley::hub
